"""`publish explain`: show how a file, a folder or a root becomes its CID."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.text.terminal import width
from publisher.cli.values import files, whole_number, words_of

PIPED = 100
"""A line has at most this many columns if the output is no terminal."""


def profiles() -> list[tuple[str, str]]:
    """Return the completions for a CID profile: pairs of a name and an empty help text."""
    from publisher.dag.unixfs import PROFILES

    return [(name, "") for name in PROFILES]


@click.command(cls=OfRoots)
@click.argument("path", shell_complete=files)
@click.option(
    "--profile",
    metavar="NAME",
    show_default="none",
    shell_complete=words_of(profiles),
    help="Compare with the CID under this profile: unixfs-v1-2025 or unixfs-v0-2015.",
)
@click.option(
    "--depth", type=whole_number(0, 100), metavar="N", default=3, show_default=True, help="Show N levels of the tree."
)
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str, profile: str | None, depth: int) -> None:
    """Show how a file, a folder or a root becomes its CID.

    The command shows the tree below PATH: chunks, links, shards and bytes. PATH is a path on this disk, or a path in a
    root that is in the cache, such as ROOT/posts/first.

    It changes nothing outside of `.publish`.

    Examples:
    publish explain content/about.md
    publish explain --depth 1 content
    publish explain -1/index.html
    """
    from publisher.app.explain import explain
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
