"""`publish deploy`: publish a root without a build. It runs no code of the site's author."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.options import HIDDEN, OfRoots, common, deploying, plain, relative
from publisher.cli.values import files


@click.command(cls=OfRoots)
@click.argument("target", metavar="ROOT|FOLDER|CAR", shell_complete=files)
@HIDDEN
@relative
@click.option(
    "--same-as",
    metavar="CAR|ROOT",
    default="",
    show_default="none",
    shell_complete=files,
    help="Stop if the root differs from this CAR file or root, which another machine built.",
)
@deploying
@common
@click.pass_obj
@plain
def command(
    session: Session,
    /,
    target: str,
    hidden: bool,
    relative: bool,
    same_as: str,
    yes: bool,
    dry_run: bool,
    skip_name: bool,
    high_fee: bool,
) -> None:
    """Publish a root, a folder or a CAR file without a build.

    The command does everything that `publish` does except the build. It shows a plan with its cost. If you say yes, it
    stores and pins the site, reads the site back, and moves the name.

    ROOT is a CID, the beginning of a known CID, or a name that shows a root. @1 is the root in the row @1 of `publish
    history`, and -1 is the root before the last published one.

    It changes the stores, the name, and the journal and cache in `.publish`.

    Examples:
    publish deploy --relative public
    publish deploy --dry-run site.car
    publish deploy site.car --same-as other.car
    """
    from publisher.app.add import FolderOptions
    from publisher.app.deploy_existing import deploy
    from publisher.app.deploying import DeployOptions
    from publisher.cli.deploy_report import deploy_report

    options = DeployOptions(yes, dry_run, skip_name, high_fee, same_as=same_as)
    deploy(session, target, options, deploy_report(session.report), FolderOptions(hidden, relative=relative))
    session.report.finish()
