"""`publish demo`: run a whole publish with an embedded store and an embedded chain."""

from __future__ import annotations

from typing import Any

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import PORT


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Read the result back over HTTP once, then stop.")
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port", type=PORT, metavar="N", default=0, show_default=True, help="Listen on this port; 0 takes a free one."
)
@common
@click.pass_obj
@plain
def command(session: Session, /, once: bool, host: str, port: int) -> None:
    """Try a whole publish on an embedded store and chain.

    The command copies the site in this folder and publishes the copy. If there is no site, it publishes a sample. Then
    it edits an article, publishes again, and serves the result. It needs no node and costs nothing. Press Ctrl-C to end
    it.

    It changes nothing in this folder: the copy is deleted at the end.

    Examples:
    publish demo
    publish demo --once
    """
    from publisher.app.demo import DemoListener, demo
    from publisher.app.deploying import DeployOptions
    from publisher.cli.commands.publish import run
    from publisher.cli.text.demo import lines

    report = session.report

    def write_publishes(publishes: list[dict[str, Any]]) -> None:
        report.add("publishes", publishes)
        for line in lines(publishes):
            report.say(line)

    def write_address(url: str) -> None:
        report.add("url", url)
        report.result(url)

    listener = DemoListener(write_publishes, write_address)
    demo(session, lambda inner: run(inner, DeployOptions(yes=True)), listener, once=once, host=host, port=port)
    report.finish()
