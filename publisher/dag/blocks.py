"""List the blocks of a root, count them, and find the blocks that another root lacks."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.dag import dag_pb
from publisher.dag.cid import Block, Cid, Get
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import link, links, load
from publisher.dag.paths import files
from publisher.errors import BlockMissing
from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of a site."""

    files: int
    pages: int
    """The number of files whose names end with .html."""
    blocks: int
    """The number of distinct blocks."""
    bytes: int
    """The sum of the lengths of the distinct blocks."""


def reachable(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[Block]:
    """Yield `root` and every block below it once, depth first in the order of the links. A CAR has the same order.

    Identity CIDs hold their data themselves, so no block is yielded for them. Links in blocks of every known codec are
    followed. Raises Malformed if a block is malformed, and TooMuch above a limit. Exceptions of `get` pass through.
    """
    return _walk(get, root, None, limits)


def difference(get: Get, old: Cid, new: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[Block]:
    """Yield the blocks of `new` that `old` lacks, in the order of a CAR.

    The two trees are compared node by node, so time grows with the number of changed blocks. A block that moved to
    another position may be yielded although `old` has it. A store with all blocks of `old` and the yielded blocks has
    all blocks of `new`. If `get` has no block for a node of `old`, that node counts as different. Raises Malformed if a
    block of `new` is malformed, and TooMuch above a limit. Exceptions of `get` for blocks of `new` pass through.
    """
    return iter(()) if old == new else _walk(get, new, old, limits)


def measure(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Measure:
    """Count the files, the pages, the distinct blocks and the bytes of a folder.

    Raw leaves are not read, because the links to them have their sizes. Raises Malformed if a block is malformed, and
    TooMuch above a limit. Exceptions of `get` pass through.
    """
    sizes: dict[Cid, int] = {}

    def noting(cid: Cid) -> bytes:
        data = get(cid)
        if cid not in sizes:
            sizes[cid] = len(data)
            limits.check(count=len(sizes))
        return data

    total = pages = 0
    for path, found in files(noting, root, limits=limits):
        total += 1
        pages += path.endswith(".html")
        pending = [found]
        done: set[Cid] = set()
        while pending:
            part = pending.pop()
            if part.cid.is_raw:
                if not part.cid.is_identity:
                    sizes[part.cid] = part.size
            elif part.cid not in done:
                done.add(part.cid)
                pending.extend(link(entry)[1] for entry in links(part.cid, load(noting, part.cid)))
                limits.check(count=len(pending) + len(done))
    return Measure(total, pages, len(sizes), sum(sizes.values()))


def _walk(get: Get, root: Cid, other_root: Cid | None, limits: ReadLimits) -> Iterator[Block]:
    """Yield `root` and the blocks below it.

    If `other_root` is given, leave out blocks that the tree of `other_root` has at the same position.
    """
    passed: set[Cid] = set()
    size = 0
    pending: list[tuple[Cid, Cid | None, int]] = [(root, other_root, 1)]
    while pending:
        cid, other, depth = pending.pop()
        if cid in passed:
            continue
        passed.add(cid)
        data = load(get, cid)
        size += len(data)
        limits.check(depth=depth, count=len(passed), size=size)
        if not cid.is_identity:
            yield Block(cid, data)
        below = [(entry[0], link(entry)[1].cid) for entry in links(cid, data)]
        theirs = _links_of_other(get, other) if below else []
        passed.update(there for _, there in theirs)
        named = {name: there for name, there in theirs if name}
        for place in range(len(below) - 1, -1, -1):
            name, here = below[place]
            if here not in passed:
                twin = named.get(name) if name else theirs[place][1] if place < len(theirs) else None
                pending.append((here, twin, depth + 1))


def _links_of_other(get: Get, cid: Cid | None) -> list[tuple[bytes, Cid]]:
    if cid is None or cid.is_raw:
        return []
    try:
        return [(entry[0], link(entry)[1].cid) for entry in links(cid, load(get, cid))]
    except (BlockMissing, dag_pb.Malformed):
        return []
