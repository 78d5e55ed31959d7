"""`publish verify`: hash the blocks that stores and gateways return for a root. With --from, build the root again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.values import DAY, folders

if TYPE_CHECKING:
    from publisher.dag.cid import Cid
    from publisher.deploy.verify import Check


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|NAME]", required=False)
@click.option("--full", is_flag=True, help="Check every block of the site, not only a sample.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    shell_complete=folders,
    show_default="none",
    help="Build the site in this folder too, and compare its root.",
)
@click.option(
    "--now",
    type=DAY,
    metavar="DATE",
    show_default="from the journal",
    help="Build the site of --from as it is on this day.",
)
@click.option(
    "--gateway", "urls", multiple=True, metavar="URL", show_default="none", help="Ask this trustless gateway too."
)
@common
@click.pass_obj
@plain
def command(
    session: Session, /, target: str | None, *, full: bool, folder: Path | None, now: date | None, urls: tuple[str, ...]
) -> None:
    """Check that stores and gateways return the right bytes.

    The command asks each store and gateway for blocks of a root, and hashes the answers. Without ROOT or NAME, it takes
    the root that the first name in `publish.toml` shows. If a block is wrong, the command names the pages that contain
    the block.

    It changes only files in `.publish`.

    Examples:
    publish verify
    publish verify --full
    publish verify example.eth --from .
    """
    from publisher.app.verify import verify
    from publisher.cli.text.verify import lines, row

    report = session.report

    def write(check: Check, found: Mapping[Cid, Sequence[str]]) -> None:
        report.append("verified", row(check, found))
        for line in lines(check, found):
            report.say(line)

    report.result(str(verify(session, target, write, full=full, folder=folder, urls=urls, now=now)))
    report.finish()
