"""`publish preview`: serve the site on this machine and build it again after every save."""

from __future__ import annotations

from datetime import date

import click

from publisher.app.context import Session
from publisher.app.preview import PreviewListener, PreviewOptions, preview
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import DAY, PORT


@click.command(cls=Command)
@click.option("-D", "--drafts", is_flag=True, help="Show drafts too.")
@click.option("--future", is_flag=True, help="Show articles with a future date too.")
@click.option("--now", type=DAY, metavar="DATE", show_default="today", help="Show the site as it is on this day.")
@click.option("--open", "browse", is_flag=True, help="Open the site in a browser.")
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port", type=PORT, metavar="N", default=0, show_default=True, help="Listen on this port; 0 takes a free one."
)
@common
@click.pass_obj
@plain
def command(
    session: Session, /, *, drafts: bool, future: bool, now: date | None, browse: bool, host: str, port: int
) -> None:
    """Show the site on this machine and reload on every save.

    The command prints an address: open it in a browser to see what a visitor will see. Mistakes appear at the foot of
    the page. Press Ctrl-C to end the preview. `publish serve` is the same command.

    It changes only the cache in `.publish`.

    Examples:
    publish preview
    publish preview --drafts --open
    publish preview --now 2027-01-01
    """
    report = session.report

    def bound(address: str) -> None:
        report.add("url", address)
        report.result(address)
        report.say("watching for changes; Ctrl-C ends it")
        report.finish()

    def built(address: str) -> None:
        if browse:
            click.launch(address)

    options = PreviewOptions(drafts, future, now)
    preview(session, PreviewListener(bound, built), options, host=host, port=port)
