"""`publish diff`: what changed between two roots, or what publishing would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.app.replace_file import must_be_beside, must_be_free, replacing
from publisher.app.root_arguments import find, public, reading, working
from publisher.cli.group import OfRoots, common, plain
from publisher.cli.text.terminal import width
from publisher.errors import StoreRefused

if TYPE_CHECKING:
    from publisher.dag.cid import Cid, Get
    from publisher.diff import Difference

PAGE = "page of `publish diff`"


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
    session = ctx.ensure_object(Session)
    if html is not None:
        must_be_ours(session, html)
    old, new = sides(session, a, b)
    get = reading(session, old or new, new if b is None else None)
    found = difference(session, old, new, get)
    if html is not None:
        write_html(session, found, html, get)
    tell(session, found, stat=stat)
    session.report.finish()
    if exit_code and found.files:
        ctx.exit(1)


def sides(session: Session, a: str | None, b: str | None) -> tuple[Cid | None, Cid]:
    """The two roots. The first is None where nothing was published yet."""
    if a is not None and b is not None:
        return find(session, a), find(session, b)
    settings = session.settings()
    new = working(session, settings).root
    return (public(session, settings) if a is None else find(session, a)), new


def difference(session: Session, old: Cid | None, new: Cid, get: Get) -> Difference:
    """What changed, with what is not at hand fetched. StoreRefused for a root that is no site."""
    from publisher.dag.walk import Malformed
    from publisher.diff import compare, folded

    try:
        found = folded(compare(get, old, new))
    except Malformed as error:
        raise StoreRefused("publish diff", str(error), hint="both must be folders of files, as a site is") from error
    session.cache().commit()
    return found


def tell(session: Session, found: Difference, *, stat: bool) -> None:
    """As lines on standard output, or as one object."""
    from publisher.cli.text import diff

    report = session.report
    if report.json:
        report.data.update(diff.rows(found))
        return
    report.say(f"{found.old or '(nothing published yet)'} -> {found.new}")
    person = report.out.isatty() and report.env.get("TERM") != "dumb"
    room = width(report.out, 0) if person else 0
    for line in diff.lines(found, stat=stat, width=room):
        report.result(diff.painted(line, colour=person and "NO_COLOR" not in report.env))


def must_be_ours(session: Session, path: Path) -> None:
    """ConfigError where the file would replace something that is no page of ours, or become a part of the site."""
    from publisher.diff.sidebyside import START

    must_be_free(path, lambda file: file.read(len(START.encode())) == START.encode(), PAGE, "changes.html")
    if (session.config or session.site / "publish.toml").exists():
        must_be_beside(session, session.settings(), path)


def write_html(session: Session, found: Difference, path: Path, get: Get | None = None) -> None:
    """The page, put in place when it is complete."""
    from publisher.diff.sidebyside import document

    page = document(get or reading(session, found.old or found.new), found)
    with replacing(path) as file:
        file.write(page.encode("utf-8", "replace"))
    session.report.add("html", str(path))
    session.report.say(f"side by side: {path}")
