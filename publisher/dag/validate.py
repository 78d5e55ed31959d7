"""Check that blocks from anybody are one complete site. Every node is read, and every name and length is checked.

A few blocks can link to the same blocks many times, and so contain more files than any disk holds. So each block is
read only once. The counts for a node are computed from the counts of its links. Time grows with the number of distinct
blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from publisher.dag import folder
from publisher.dag.cid import Cid, Get
from publisher.dag.dag_pb import Malformed, TooMuch
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import Kind, Node, node
from publisher.dag.unixfs import Link
from publisher.fast_dataclass import dataclass

Length = Callable[[Cid], int]
"""A function that returns the length of a block in bytes. It raises BlockMissing if the block is missing."""


@dataclass(frozen=True, slots=True)
class TreeSummary:
    """Counts for a block and everything below it. A block counts as often as it is linked."""

    kind: Kind
    parts: int
    """The number of files, folders, symlinks and parts of files."""
    bytes: int
    """The number of bytes of all files."""
    depth: int
    """The number of levels of folders and parts of files."""


@dataclass(slots=True)
class _OpenNode:
    """A node whose links are being checked."""

    cid: Cid
    read: Node
    below: Iterator[tuple[str, Link, int | None]]
    waiting: tuple[str, Link, int | None] | None = None
    """The link whose target is being checked, or None. The link is counted after this check."""
    parts: int = 1
    bytes: int = 0
    depth: int = 1


def survey(get: Get, length: Length, root: Cid, *, limits: ReadLimits = LIMITS) -> TreeSummary:
    """Check everything below a root, and return its summary. Raw leaves are not read.

    Raises Malformed if a block is not UnixFS. Raises Malformed too if a name could lead out of its folder, occurs twice
    or is not UTF-8. Raises TooMuch above a limit, and BlockMissing if a block is missing.
    """
    if root.is_raw:
        return _raw(length, root)
    known: dict[Cid, TreeSummary] = {}
    stack = [_opened(get, root)]
    while True:
        here = stack[-1]
        here.waiting = here.waiting or next(here.below, None)
        if here.waiting is not None:
            cid = here.waiting[1].cid
            found = _raw(length, cid) if cid.is_raw else known.get(cid)
            if found is None:
                limits.check(depth=len(stack) + 1, count=len(known))
                stack.append(_opened(get, cid))
            else:
                _add(here, found, here.waiting[2], limits)
                here.waiting = None
            continue
        done = known[here.cid] = TreeSummary(here.read.kind, here.parts, here.bytes + len(here.read.data), here.depth)
        stack.pop()
        limits.check(depth=len(stack) + done.depth)
        if not stack:
            return done


def _opened(get: Get, cid: Cid) -> _OpenNode:
    read = node(get, cid)
    return _OpenNode(cid, read, iter(_links(get, cid, read)))


def _links(get: Get, cid: Cid, read: Node) -> Iterator[tuple[str, Link, int | None]]:
    """Yield the name, link and size of each entry of a folder or each part of a file. Read the shards of a folder.

    The size is None for an entry of a folder. The name is "" for a part of a file.
    """
    if read.kind not in ("folder", "shard"):
        for (_, link), size in zip(read.links, read.sizes, strict=True):
            yield "", link, size
        return
    seen: set[str] = set()
    try:
        for name, link in folder.entries(get, read):
            if name in seen:
                raise Malformed(f"the name {name!r} is there twice")
            if not _is_text(name):
                raise Malformed(f"the name {name.encode('utf-8', 'surrogateescape')!r} is not UTF-8")
            seen.add(name)
            yield name, link, None
    except TooMuch:
        raise
    except Malformed as error:
        text = str(error)
        raise type(error)(text if text.startswith(str(cid)) else f"{cid}: {text}") from None


def _add(here: _OpenNode, found: TreeSummary, size: int | None, limits: ReadLimits) -> None:
    if size is not None and (found.kind != "file" or found.bytes != size):
        what = f"{found.bytes:,} bytes of a {found.kind} where {size:,} of a file should be"
        raise Malformed(f"{here.cid}: {what}")
    here.parts += found.parts
    here.bytes += found.bytes
    here.depth = max(here.depth, found.depth + 1)
    limits.check(count=here.parts, size=here.bytes)


def _raw(length: Length, cid: Cid) -> TreeSummary:
    return TreeSummary("file", 1, len(cid.digest) if cid.is_identity else length(cid), 1)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
