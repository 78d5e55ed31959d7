"""Write the changes between two roots as Markdown, for a job summary or the comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from publisher.ci.escaping import code, markdown
from publisher.diff.compare import Same
from publisher.diff.counts import left_out, summary
from publisher.diff.kinds import address
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.diff import Difference, File
    from publisher.diff.page_text import PageLink
    from publisher.diff.words import Passage

SOME = 4
"""At most this many pages with the same change are named."""
PLACES = {"title": "title: ", "description": "summary: ", "main": "", "around": "around the page: "}
TAGS = {"removed": "del", "added": "ins"}


def changes(found: Difference, limit: int) -> list[str]:
    """Return the Markdown lines that show the changed files and words. Together they have at most `limit` characters.

    Every text from the site is escaped. If the limit leaves files out, the last line has their number.
    """
    if not found.files:
        return ["Nothing differs."]
    lines = [f"{summary(found)}.", ""]
    if more := left_out(found):
        lines += [f"**{more.capitalize()}.**", ""]
    left = limit - sum(len(line) + 1 for line in lines) - 40  # There must be room for the last line.
    items: list[Same | File] = [*found.same, *(file for file in found.files if not _told_above(file))]
    for number, item in enumerate(items):
        # A stranger may have built a page with a million changes. Only lines that fit are written.
        item_lines: list[str] = []
        for line in _same(item) if isinstance(item, Same) else _file(item):
            item_lines.append(line)
            left -= len(line) + 1
            if left < 0:
                return [*lines, "", f"… and {count(len(items) - number, 'further change')}."]
        lines += item_lines
    return lines


def _told_above(file: File) -> bool:
    """Return whether every change of a file is in the list of changes that several pages have."""
    return bool(file.same) and not (file.passages or file.gone or file.come)


def _same(same: Same) -> Iterator[str]:
    names = ", ".join(code(_page(path)) for path in same.paths[:SOME])
    more = f" and {len(same.paths) - SOME:,} more" if len(same.paths) > SOME else ""
    yield f"- {count(len(same.paths), 'page')}, the same change: {names}{more}"
    yield from _details(same)


def _file(file: File) -> Iterator[str]:
    name = _page(file.path) if file.kind == "page" else file.path
    was = f"{code(_page(file.was) if file.kind == 'page' else file.was)} → " if file.was else ""
    size = volume((file.after if file.after is not None else file.before) or 0)
    note = f" ({markdown(file.note)})" if file.note else f" ({size})" if file.kind != "page" else ""
    yield f"- {file.what} {was}{code(name)}{note}"
    yield from _details(file)


def _details(change: File | Same) -> Iterator[str]:
    for passage in change.passages:
        yield f"  - {_passage(passage)}"
    for line in _links(change.gone, change.come):
        yield f"  - {line}"


def _passage(passage: Passage) -> str:
    pieces = []
    for kind, text in passage.pieces:
        tag, shown = TAGS.get(kind), markdown(text)
        inner = "…" if kind == "cut" else f"<{tag}>{shown}</{tag}>" if tag and shown else shown
        # `markdown` removes the spaces at both ends. Without them, two words would become one.
        pieces.append(f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}")
    return PLACES[passage.where] + "".join(pieces).strip()


def _links(gone: Iterable[PageLink], come: Iterable[PageLink]) -> Iterator[str]:
    from publisher.diff.page_text import readable

    for tag, links in (("del", gone), ("ins", come)):
        for link in links:
            target = readable(link.target)
            shown = target if len(target) <= 200 else f"{target[:120]}… ({len(target)} characters)"
            yield f"{link.kind}: <{tag}>{code(shown)}</{tag}>"


def _page(path: str) -> str:
    return address(path)[1:] or "/"
