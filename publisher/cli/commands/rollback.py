"""`publish rollback`: an earlier root again. First it is made sure that it is still held, or it is fetched back."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.deploying import DeployOptions
from publisher.app.rollback import rollback
from publisher.cli.deploy_report import deploy_report
from publisher.cli.options import OfRoots, common, deploying, plain


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|-1]", default="-1")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, yes: bool, dry_run: bool, skip_name: bool) -> None:
    """Show an earlier root again: the one before, -2 for the one before that, or any root.

    Stores that no longer hold it are sent it again, from the cache, another store or a gateway. Done twice, it does
    nothing more: -1 counts back from what was published last, not from an earlier rollback.
    """
    rollback(session, target, DeployOptions(yes, dry_run, skip_name), deploy_report(session.report))
