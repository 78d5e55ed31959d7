"""`publish verify`: what others give for a root, hashed; and whether the sources give this root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.app.verify import verify
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.text.verify import lines, row

if TYPE_CHECKING:
    from publisher.dag.cid import Cid
    from publisher.deploy.verify import Check


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|NAME]", required=False)
@click.option("--full", is_flag=True, help="Every block, not only some from all over.")
@click.option("--from", "folder", type=click.Path(path_type=Path), help="Prove that a site's folder gives this root.")
@click.option("--gateway", "urls", multiple=True, metavar="URL", help="Ask this trustless gateway too.")
@common
@click.pass_obj
@plain
def command(session: Session, /, target: str | None, full: bool, folder: Path | None, urls: tuple[str, ...]) -> None:
    """Ask every store and gateway for a root, or for what a name shows, and hash each block that they give.

    Without ROOT or NAME it is what the first name shows. Nobody is trusted: a block that differs is named, with the
    pages that it belongs to.
    """
    report = session.report

    def write(check: Check, found: Mapping[Cid, Sequence[str]]) -> None:
        report.append("verified", row(check, found))
        for line in lines(check, found):
            report.say(line)

    report.result(str(verify(session, target, write, full=full, folder=folder, urls=urls)))
    report.finish()
