"""Two roots -> the pages and files that came, changed, moved and went, and what changed in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.dag.unixfs import Link as DagLink
from publisher.diff import words
from publisher.diff.kinds import FileKind, kind_of
from publisher.diff.page_text import PageLink, PageText, read
from publisher.diff.sequence import Effort, runs
from publisher.diff.words import Passage
from publisher.errors import BlockMissing

What = Literal["added", "changed", "moved", "removed"]
LARGEST = 2 << 20
"""Bytes of a file that is still compared by its words or lines."""
ALL = 1 << 30
"""Bytes that are compared so in all; after that files are told by their size."""
EFFORT = 60_000_000
"""Steps in all, half a minute at the most; a page of a blog that was edited takes some thousands."""


class LineCounts(NamedTuple):
    """Lines of a text that came and went."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class File:
    """A file that is not the same in two roots. Sizes in bytes; None on the side that does not have it."""

    path: str
    what: What
    kind: FileKind
    before: int | None
    after: int | None
    was: str = ""
    """Where a file that moved was before."""
    passages: tuple[Passage, ...] = ()
    """What changed in a page."""
    gone: tuple[PageLink, ...] = ()
    """Links that it has no more."""
    come: tuple[PageLink, ...] = ()
    lines: LineCounts | None = None
    """What changed in another text."""
    note: str = ""
    """Why nothing more can be told."""
    same: tuple[int, ...] = ()
    """Which changes that are told once for many pages it has too: indexes into `Difference.same`."""


@dataclass(frozen=True, slots=True)
class Same:
    """The same change on many pages."""

    paths: tuple[str, ...]
    passages: tuple[Passage, ...]
    gone: tuple[PageLink, ...]
    come: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it, files in the order of their paths."""

    old: Cid | None
    new: Cid
    files: tuple[File, ...]
    same: tuple[Same, ...] = ()

    def only(self, what: What) -> tuple[File, ...]:
        """The files to which this happened."""
        return tuple(file for file in self.files if file.what == what)


@dataclass(slots=True)
class _Work:
    """What may still be read and tried."""

    get: Get
    bytes: int = ALL
    effort: int = EFFORT


def compare(
    get: Get, old: Cid | None, new: Cid, *, deep: bool = True, limits: walk.ReadLimits = walk.LIMITS
) -> Difference:
    """Walk both roots, equal links skipped. `deep` tells the words too, for which the pages that changed are read.

    Without an old root everything came. Errors: BlockMissing for a folder that is nowhere (a page that is nowhere is
    told with a note), Malformed for a root that is no file system or unfolds beyond the limits.
    """
    pairs = list(_pairs(get, old, new, limits))
    moves = _moves(pairs)
    work = _Work(get)
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
    """New path -> old path of what has the same CID on both sides; each path once."""
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
    """Bytes of a file; of one in many blocks that are not at hand, what its link says."""
    if link.cid.is_raw:
        return link.size
    try:
        return walk.node(get, link.cid).size
    except (BlockMissing, walk.Malformed):
        return link.size


def _changed(work: _Work, path: str, before: DagLink, after: DagLink) -> File:
    """A file that both have, told by its words or lines where that can be."""
    listed = _listed(work.get, path, before, after)
    size = (listed.before or 0) + (listed.after or 0)
    if max(listed.before or 0, listed.after or 0) > LARGEST:
        return replace(listed, note="too large to be compared")
    if work.bytes < size or work.effort <= 0:
        return replace(listed, note="not compared: too much has changed")
    try:
        old, new = (_bytes(work.get, link.cid) for link in (before, after))
    except BlockMissing:
        return replace(listed, note="its bytes are nowhere to be had")
    except walk.Malformed:
        return replace(listed, note="its blocks are damaged")
    work.bytes -= size
    listed = replace(listed, before=len(old), after=len(new))
    effort = Effort(min(work.effort, Effort().left))
    start = effort.left
    kind = kind_of(path, new)
    if kind == "page":
        told = _page(listed, read(_decoded(old), path), read(_decoded(new), path), effort)
    elif kind == "text":
        told = _text(listed, old, new, effort)
    else:
        told = listed
    work.effort -= start - effort.left
    return replace(told, kind=kind)


def _bytes(get: Get, cid: Cid) -> bytes:
    """A file's bytes; of one whose parts say more than its top, no more than we compare."""
    return b"".join(walk.cat(get, cid, 0, LARGEST))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\0", "\ufffd")


def _page(listed: File, old: PageText, new: PageText, effort: Effort) -> File:
    gone, come = words.links(old, new)
    passages = words.changes(old, new, effort)
    note = "" if passages or gone or come else "markup only"
    return replace(listed, passages=passages, gone=gone, come=come, note=note)


def _text(listed: File, old: bytes, new: bytes, effort: Effort) -> File:
    before, after = (_decoded(side).splitlines() for side in (old, new))
    equal = sum(run.length for run in runs(before, after, effort))
    lines = LineCounts(len(after) - equal, len(before) - equal)
    return replace(listed, lines=lines, note="" if any(lines) else "line ends only")
