"""`publish diff`: what changed between two roots, or what publishing would change."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.app.context import Session
from publisher.app.differences import differences
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.text.terminal import width


@click.command(cls=OfRoots)
@click.argument("a", metavar="[A]", required=False)
@click.argument("b", metavar="[B]", required=False)
@click.option("--stat", is_flag=True, help="Only the list of pages and files.")
@click.option("--html", type=click.Path(path_type=Path), help="Write both renderings side by side into this file.")
@click.option("--exit-code", is_flag=True, help="Leave with 1 when something differs.")
@common
@click.pass_context
@plain
def command(
    ctx: click.Context, /, a: str | None, b: str | None, stat: bool, html: Path | None, exit_code: bool
) -> None:
    """What changed between A and B: pages, and the words on them.

    Each is a root, the beginning of one, @1 for the last but one, -1 for what `publish rollback` goes to, a name, a
    folder or a CAR file. Without B it is what the site's folder would be now, without A what the name shows: what would
    publishing change?
    """
    from publisher.cli.text.diff import lines
    from publisher.cli.text.diff_rows import rows
    from publisher.cli.text.paint import painted

    session = ctx.ensure_object(Session)
    report = session.report
    found = differences(session, a, b, html)
    if report.json:
        report.data.update(rows(found))
    else:
        report.say(f"{found.old or '(nothing published yet)'} -> {found.new}")
        person = report.out.isatty() and report.env.get("TERM") != "dumb"
        for line in lines(found, stat=stat, width=width(report.out, 0) if person else 0):
            report.result(painted(line, colour=person and "NO_COLOR" not in report.env))
    report.finish()
    if exit_code and found.files:
        ctx.exit(1)
