"""`publish ci run`: do one step of a pipeline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import DRY_RUN, HIDDEN, HIGH_FEE, SKIP_NAME, common, plain, relative
from publisher.cli.values import DAY, files

STEPS = ("check", "build", "publish", "deploy")


@click.command(cls=Command)
@click.argument("what", metavar="|".join(STEPS), type=click.Choice(STEPS))
@click.argument("target", metavar="[CAR|FOLDER|ROOT]", required=False, default="", shell_complete=files)
@click.option(
    "--car",
    type=click.Path(path_type=Path),
    metavar="FILE",
    show_default="none",
    help="With build, write the site into this CAR file too.",
)
@click.option("--now", type=DAY, metavar="DATE", show_default="today", help="The site is built for this day.")
@click.option(
    "--same-root-as",
    metavar="CAR|ROOT",
    default="",
    show_default="none",
    shell_complete=files,
    help="Stop if the root differs from this CAR file or root, which another job built.",
)
@HIDDEN
@relative
@click.option("--due", is_flag=True, help="With publish, publish only if articles became due.")
@click.option("--fails-without-credentials", is_flag=True, help="Fail if a variable of a store or name is not set.")
@DRY_RUN
@SKIP_NAME
@HIGH_FEE
@common
@click.pass_obj
@plain
def command(
    session: Session,
    /,
    what: Any,
    target: str,
    car: Path | None,
    now: date | None,
    same_root_as: str,
    hidden: bool,
    relative: bool,
    due: bool,
    fails_without_credentials: bool,
    dry_run: bool,
    skip_name: bool,
    high_fee: bool,
) -> None:
    """Check, build or publish the site as a step of a pipeline.

    With check and build, it needs no secret. With publish, it builds the site without results of earlier builds and
    publishes it. With deploy, it publishes a CAR file that another job built, and runs no code of the site's author.
    --now is then the day for which that job built the site. With deploy, the file may also be a folder that another
    program built; --hidden and --relative are for such a folder.

    If the run is for a pull request, the step publish only builds and checks the site, and the step deploy only reads
    the file. The same is true if a variable of a store or name is unset or empty. The command then says what it left
    out.

    On GitHub, Forgejo and Gitea, it writes an annotation for each fault, a summary, and the outputs root, url,
    name-changed, transaction, car, diff and now. If the variable PUBLISH_FORGE_TOKEN is set, it records a deployment.

    It changes what `publish check`, `publish build`, `publish` or `publish deploy` changes.

    Examples:
    publish ci run check
    publish ci run build --car site.car
    publish ci run deploy site.car
    publish ci run deploy --relative public
    """
    from publisher.app.add import FolderOptions
    from publisher.app.build_options import BuildOptions
    from publisher.app.deploying import DeployOptions
    from publisher.app.pipeline_run import Step, run
    from publisher.cli.deploy_report import deploy_report

    day = now.isoformat() if now is not None and what == "deploy" else ""
    build = BuildOptions(fresh=True, now=now)
    deploy = DeployOptions(True, dry_run, skip_name, high_fee, built_for=day, same_as=same_root_as)
    step = Step(
        what,
        target,
        car,
        build,
        deploy,
        folder=FolderOptions(hidden, relative=relative),
        only_due=due,
        needs_credentials=fails_without_credentials,
    )
    run(session, step, deploy_report(session.report))
    session.report.finish()
