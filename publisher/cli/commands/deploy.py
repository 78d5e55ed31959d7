"""`publish deploy`: bare `publish` without the build. None of the author's code runs here."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.deploy_target import deploy
from publisher.app.deploying import DeployOptions
from publisher.cli.deploy_report import deploy_report
from publisher.cli.options import OfRoots, common, deploying, plain


@click.command(cls=OfRoots)
@click.argument("target", metavar="ROOT|FOLDER|CAR")
@click.option("--hidden", is_flag=True, help="Of a folder, take along what begins with a dot.")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, hidden: bool, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Store, pin, verify and name a root, a folder or a CAR file.

    ROOT is a CID, the beginning of one, @1 or -1 for an earlier one, or a name that shows it.
    """
    deploy(session, target, DeployOptions(yes, dry_run, skip_name), deploy_report(session.report), hidden=hidden)
