"""`publish preview`: the site as a visitor will get it, reloading on every save."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.preview import PreviewListener, preview
from publisher.cli.options import common, plain


@click.command()
@click.option("-D", "--drafts", is_flag=True, help="Show drafts too.")
@click.option("--open", "browse", is_flag=True, help="Open it in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@common
@click.pass_obj
@plain
def command(session: Session, /, drafts: bool, browse: bool, host: str, port: int) -> None:
    """Show the site on a local gateway while you write; every save reloads the page."""
    report = session.report

    def bound(address: str) -> None:
        report.add("url", address)
        report.result(address)
        report.say("watching for changes; Ctrl-C ends it")
        report.finish()

    def built(address: str) -> None:
        if browse:
            click.launch(address)

    preview(session, PreviewListener(bound, built), drafts=drafts, host=host, port=port)
