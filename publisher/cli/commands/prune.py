"""`publish prune`: old roots are let go of, and the cache is made small."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.prune import prune
from publisher.cli.options import common, plain
from publisher.cli.text.prune import telling


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would go and what it frees, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
@click.pass_obj
@plain
def command(session: Session, /, dry_run: bool, yes: bool) -> None:
    """Let go of old roots as [keep] says, and make the cache small.

    What a name shows, what a transaction may still set, and what this folder's journal does not know always stays.
    """
    prune(session, telling(session.report), dry_run=dry_run, yes=yes)
    session.report.finish()
