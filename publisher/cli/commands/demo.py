"""`publish demo`: the whole main job on an embedded store and an embedded chain."""

from __future__ import annotations

from typing import Any

import click

from publisher.app.context import Session
from publisher.app.demo import DemoListener, demo
from publisher.app.deploying import DeployOptions
from publisher.cli.commands.publish import run
from publisher.cli.options import common, plain
from publisher.cli.text.demo import lines


@click.command()
@click.option("--once", is_flag=True, help="End after checking the result over HTTP.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@common
@click.pass_obj
@plain
def command(session: Session, /, once: bool, host: str, port: int) -> None:
    """Publish the site here (or a sample) to an embedded node and chain, edit it, publish again, and serve it."""
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
