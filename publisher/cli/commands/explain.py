"""`publish explain`: how a file, a folder or a root becomes its CID."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.explain import explain
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.text.terminal import width

PIPED = 100
"""Columns where nobody looks at a terminal."""


@click.command(cls=OfRoots)
@click.argument("path")
@click.option("--profile", metavar="NAME", help="Compare with what this profile makes of it.")
@click.option("--depth", type=click.IntRange(0, 100), default=3, show_default=True, help="Levels of the tree.")
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str, profile: str | None, depth: int) -> None:
    """Show how a file, a folder or a root becomes its CID: chunks, links, shards, bytes.

    PATH may also lead into a root that is in the cache: ROOT/posts/first.
    """
    from publisher.cli.text.explain import told
    from publisher.cli.text.explain_rows import rows

    report = session.report
    found = explain(session, path, profile, depth)
    if report.json:
        report.data.update(rows(found))
    else:
        for line in told(found, width(report.out, PIPED)):
            report.result(line)
    report.finish()
