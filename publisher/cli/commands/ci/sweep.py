"""`publish ci sweep`: unpin previews that nobody needs any more."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="List the previews; unpin nothing.")
@common
@click.pass_obj
@plain
def command(session: Session, /, dry_run: bool) -> None:
    """Unpin previews of closed pull requests, and old previews.

    A preview is old after `[ci] preview-days`. Run the command once a day: a Kubo node and a pinning service keep a pin
    until it is removed.

    It unpins previews at the stores.

    Examples:
    publish ci sweep --dry-run
    publish ci sweep
    """
    from publisher.app.preview_sweep import sweep
    from publisher.cli.text.ci import report_sweep
    from publisher.journal.log import now

    report_sweep(session.report, sweep(session, now().date(), dry_run=dry_run), dry_run=dry_run)
