"""Compare two roots. Find the files that were added, changed, moved and removed, and the changes in each file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.unixfs import Link as DagLink
from publisher.diff import words
from publisher.diff.kinds import FileKind, kind_of
from publisher.diff.page_text import PageLink, read
from publisher.diff.sequence import Effort, runs
from publisher.diff.words import Passage
from publisher.errors import BlockMissing
from publisher.fast_dataclass import dataclass, replace

What = Literal["added", "changed", "moved", "removed"]
LARGEST = 2 << 20
"""The number of bytes of the largest file that is compared by words or lines."""
ALL = 1 << 30
"""The number of bytes of all files that are compared by words or lines.

Further files are only listed with their size.
"""
EFFORT = 120_000_000
"""The largest number of steps of all comparisons together. So many steps take one or two minutes.

The comparison of one edited page takes about 20,000 steps. Most of them are for reading both versions of the page.
"""
PART = 16
"""The number of steps for reading a tag or a link of a page."""
CHANGE = 64
"""The number of steps for showing a changed passage or link. This also limits the memory that all changes take."""
LETTER = 10
"""The number of steps for each character of a changed paragraph, which is split into words."""
BYTES = 32
"""The number of bytes of a file that are read in one step."""
TOO_MUCH = "not compared: too much has changed"
"""The note of a file that is not compared, because other files have used up the bytes or the steps."""


class LineCounts(NamedTuple):
    """The numbers of added and removed lines of a text."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class File:
    """A file that differs between two roots."""

    path: str
    what: What
    kind: FileKind
    before: int | None
    """The old size in bytes, or None if the old root does not have the file."""
    after: int | None
    """The new size in bytes, or None if the new root does not have the file."""
    was: str = ""
    """The old path of a moved file, else ""."""
    passages: tuple[Passage, ...] = ()
    """The changed passages of a page."""
    gone: tuple[PageLink, ...] = ()
    """The links that only the old page has."""
    come: tuple[PageLink, ...] = ()
    """The links that only the new page has."""
    lines: LineCounts | None = None
    """The changed lines of a text that is not a page, or None if the lines were not compared."""
    note: str = ""
    """The reason why no words or lines are shown, or ""."""
    same: tuple[int, ...] = ()
    """Indexes into `Difference.same`: the changes of this file that many pages have."""


@dataclass(frozen=True, slots=True)
class Same:
    """A change that many pages have."""

    paths: tuple[str, ...]
    passages: tuple[Passage, ...]
    gone: tuple[PageLink, ...]
    come: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All differences between two roots. The files are sorted by path. `old` is None if there is no old root."""

    old: Cid | None
    new: Cid
    files: tuple[File, ...]
    same: tuple[Same, ...] = ()

    def only(self, what: What) -> tuple[File, ...]:
        """Return the files of one kind of change."""
        return tuple(file for file in self.files if file.what == what)


@dataclass(slots=True)
class _Work:
    """The limits that are left for all comparisons."""

    get: Get
    bytes: int = ALL
    """The number of bytes that may still be compared."""
    effort: int = EFFORT
    """The number of steps that are left. It may become negative."""

    def spend(self, steps: int) -> None:
        """Subtract steps from the steps that are left."""
        self.effort -= steps


def compare(
    get: Get,
    old: Cid | None,
    new: Cid,
    *,
    deep: bool = True,
    limits: walk.ReadLimits = walk.LIMITS,
    effort: int = EFFORT,
) -> Difference:
    """Compare two roots. Parts with equal CIDs are not read.

    If `deep` is set, changed pages and texts are read and compared by words or lines. If `old` is None, all files count
    as added. A file whose blocks are missing gets a note, and so does each file that is left when `effort` is used up.
    Raises BlockMissing if a block of a folder is missing, Malformed if a folder is malformed, and TooMuch if a root is
    larger than `limits`.
    """
    pairs = list(_pairs(get, old, new, limits))
    moves = _moves(pairs)
    work = _Work(get, effort=effort)
    files = []
    for path, before, after in sorted(pairs, key=lambda pair: pair.path.encode("utf-8", "surrogateescape")):
        if before and after:
            files.append(_changed(work, path, before, after) if deep else _listed(get, path, before, after))
        elif after and path in moves:
            files.append(replace(_listed(get, path, before, after), what="moved", was=moves[path]))
        elif after or path not in moves.values():
            files.append(_listed(get, path, before, after))
    return Difference(old, new, tuple(files))


def _pairs(get: Get, old: Cid | None, new: Cid, limits: walk.ReadLimits) -> Iterator[walk.Pair]:
    if old is not None:
        return walk.pairs(get, old, new, limits=limits)
    return (walk.Pair(path, None, link) for path, link in walk.files(get, new, limits=limits))


def _moves(pairs: list[walk.Pair]) -> dict[str, str]:
    """Return the old path of each moved file by its new path.

    A file is moved if a removed file has the same CID. Each removed file is used once.
    """
    gone: dict[Cid, list[str]] = {}
    for path, before, after in pairs:
        if before and not after:
            gone.setdefault(before.cid, []).append(path)
    moves: dict[str, str] = {}
    for path, before, after in sorted(pairs, key=lambda pair: pair.path):
        if after and not before and (places := gone.get(after.cid)):
            name = path.rpartition("/")[2]
            best = min(places, key=lambda place: (place.rpartition("/")[2] != name, place))
            places.remove(best)
            moves[path] = best
    return moves


def _listed(get: Get, path: str, before: DagLink | None, after: DagLink | None) -> File:
    what: What = "changed" if before and after else "added" if after else "removed"
    old, new = (_size(get, link) if link else None for link in (before, after))
    return File(path, what, kind_of(path, b"\0"), old, new)


def _size(get: Get, link: DagLink) -> int:
    """Return the number of bytes of a file. If its blocks are missing, return the Tsize of its link."""
    if link.cid.is_raw:
        return link.size
    try:
        return walk.node(get, link.cid).size
    except (BlockMissing, walk.Malformed):
        return link.size


def _changed(work: _Work, path: str, before: DagLink, after: DagLink) -> File:
    """Return the change of a file that both roots have, by words or lines if possible."""
    listed = _listed(work.get, path, before, after)
    size = (listed.before or 0) + (listed.after or 0)
    if max(listed.before or 0, listed.after or 0) > LARGEST:
        return replace(listed, note="too large to be compared")
    if work.bytes < size or work.effort <= 0:
        return replace(listed, note=TOO_MUCH)
    try:
        old, new = (_bytes(work.get, link.cid) for link in (before, after))
    except BlockMissing:
        return replace(listed, note="its bytes are not available")
    except walk.Malformed:
        return replace(listed, note="its blocks are damaged")
    work.bytes -= size
    work.spend((len(old) + len(new)) // BYTES)
    listed = replace(listed, before=len(old), after=len(new))
    effort = Effort(min(work.effort, Effort().left))
    start = effort.left
    kind = kind_of(path, new)
    if kind == "page":
        told = _page(work, listed, (_decoded(old), _decoded(new)), effort)
    elif kind == "text":
        told = _text(listed, old, new, effort)
    else:
        told = listed
    work.spend(start - effort.left)
    return replace(told, kind=kind)


def _bytes(get: Get, cid: Cid) -> bytes:
    """Return the first LARGEST bytes of a file. The limit holds even if the file states a wrong size."""
    return b"".join(walk.cat(get, cid, 0, LARGEST))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\0", "\ufffd")


def _page(work: _Work, listed: File, html: tuple[str, str], effort: Effort) -> File:
    """Return the change of a page. `html` has its old and its new version.

    A hostile page can have very many tags, links, characters and changes. So each of them costs steps.
    """
    old, new = (read(each, listed.path) for each in html)
    work.spend(PART * sum(each.count("<") + len(page.links) for each, page in zip(html, (old, new), strict=True)))
    work.spend(LETTER * sum(map(len, {*old.main, *old.around} ^ {*new.main, *new.around})))
    gone, come = words.links(old, new)
    passages = words.changes(old, new, effort)
    work.spend(CHANGE * (len(passages) + len(gone) + len(come)))
    note = "" if passages or gone or come else "markup only"
    return replace(listed, passages=passages, gone=gone, come=come, note=note)


def _text(listed: File, old: bytes, new: bytes, effort: Effort) -> File:
    before, after = (_decoded(side).splitlines() for side in (old, new))
    equal = sum(run.length for run in runs(before, after, effort))
    lines = LineCounts(len(after) - equal, len(before) - equal)
    return replace(listed, lines=lines, note="" if any(lines) else "line ends only")
