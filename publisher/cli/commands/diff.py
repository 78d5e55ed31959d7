"""`publish diff`: show what differs between two roots, or what publishing would change."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.text.terminal import width
from publisher.cli.values import files


@click.command(cls=OfRoots)
@click.argument("a", metavar="[A]", required=False, shell_complete=files)
@click.argument("b", metavar="[B]", required=False, shell_complete=files)
@click.option("--stat", is_flag=True, help="Show only the list of pages and files.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    show_default="none",
    help="Write both versions, side by side, into this HTML file.",
)
@click.option("--exit-code", is_flag=True, help="Exit with code 1 if something differs.")
@common
@click.pass_context
@plain
def command(
    ctx: click.Context, /, a: str | None, b: str | None, stat: bool, html: Path | None, exit_code: bool
) -> None:
    """Show what publishing would change, or compare two roots.

    The command compares the pages of A and B, word by word. A and B are each a root, the beginning of a known root, a
    name, a folder or a CAR file. @1 is the root in the row @1 of `publish history`, and -1 is the root before the last
    published one. Without B, the command compares A with the site that a build would make now. Without A and B, A is
    the root that the first name in `publish.toml` shows.

    It changes only files in `.publish`, and the file of --html.

    Examples:
    publish diff
    publish diff -1
    publish diff @1 @0 --stat
    """
    from publisher.app.differences import differences
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
