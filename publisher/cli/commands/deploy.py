"""`publish deploy`: bare `publish` without the build. It runs no code of the site's author."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, deploying, plain
from publisher.cli.values import files


@click.command(cls=OfRoots)
@click.argument("target", metavar="ROOT|FOLDER|CAR", shell_complete=files)
@click.option("--hidden", is_flag=True, help="Of a folder, include names that begin with a dot, such as .well-known.")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, hidden: bool, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Publish a root, a folder or a CAR file without a build.

    It does all that `publish` does except the build: it shows the plan and its cost, and when you say yes, it stores
    and pins the site, reads it back, and moves the name. ROOT is a CID, the beginning of one, @1 or -1 for an earlier
    root, or a name that shows one.

    It changes the stores, the name, and the journal and cache in `.publish`.

    Examples:
    publish deploy public
    publish deploy --dry-run site.car
    publish deploy @1
    """
    from publisher.app.deploy_existing import deploy
    from publisher.app.deploying import DeployOptions
    from publisher.cli.deploy_report import deploy_report

    deploy(session, target, DeployOptions(yes, dry_run, skip_name), deploy_report(session.report), hidden=hidden)
