"""`publish verify`: hash the blocks that stores and gateways return for a root; with --from, build the root again."""

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
@click.option("--full", is_flag=True, help="Check every block, not only a sample from all over the site.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    shell_complete=folders,
    show_default="none",
    help="Check too that the site in this folder gives the root.",
)
@click.option("--now", type=DAY, metavar="DATE", show_default="from the journal", help="Build the site for this day.")
@click.option(
    "--gateway", "urls", multiple=True, metavar="URL", show_default="none", help="Ask this trustless gateway too."
)
@common
@click.pass_obj
@plain
def command(
    session: Session, /, target: str | None, *, full: bool, folder: Path | None, now: date | None, urls: tuple[str, ...]
) -> None:
    """Check that stores and gateways give back the right bytes.

    It asks each of them for blocks of a root and hashes what they give. ROOT or NAME says which root; without it, it
    takes what your first name shows. Of a block that differs, it names the pages that the block belongs to.

    It changes nothing but the cache in `.publish`.

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
