"""`publish ci close`: unpin the previews of a pull request."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.option(
    "--pull-request",
    "number",
    type=click.IntRange(1),
    metavar="NUMBER",
    show_default="that of the event",
    help="Unpin the previews of this pull request.",
)
@common
@click.pass_obj
@plain
def command(session: Session, /, number: int | None) -> None:
    """Unpin the previews of a pull request.

    It runs in the workflow that starts when the pull request is closed. A root that the site has published, or that
    another pull request shows, stays pinned.

    It unpins previews at the stores.

    Examples:
    publish ci close
    publish ci close --pull-request 12
    """
    from publisher.app.preview_sweep import close
    from publisher.cli.text.ci import report_sweep

    report_sweep(session.report, close(session, number), dry_run=False)
