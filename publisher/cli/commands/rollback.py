"""`publish rollback`: store an earlier root where it is missing, then point the name at it."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, deploying, plain


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|-1]", default="-1")
@deploying
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str, yes: bool, dry_run: bool, skip_name: bool, high_fee: bool) -> None:
    """Point the name back at an earlier root.

    ROOT is -1 for the root before the last published one, -2 for the root before that, @3 for the row @3 of `publish
    history`, or a CID. Before the name moves, enough stores have to hold the root. If a store lacks the root, the
    command sends it again. It takes the blocks from the cache, another store or a gateway. A second run of the same
    command changes nothing more, because -1 counts from the last publish and not from a rollback.

    It changes the stores, the name, and the journal and cache in `.publish`.

    Examples:
    publish rollback
    publish rollback -2 --dry-run
    publish rollback @3
    """
    from publisher.app.deploying import DeployOptions
    from publisher.app.rollback import rollback
    from publisher.cli.deploy_report import deploy_report

    rollback(session, target, DeployOptions(yes, dry_run, skip_name, high_fee), deploy_report(session.report))
    session.report.finish()
