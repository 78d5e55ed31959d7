"""The blocks of a root: all of them, their number and bytes, and those that another root lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.dag import dag_pb
from publisher.dag.cid import Block, Cid, Get
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import link, links, load
from publisher.dag.paths import files
from publisher.errors import BlockMissing


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of a site."""

    files: int
    pages: int
    """Files whose name ends with .html."""
    blocks: int
    """Distinct blocks."""
    bytes: int
    """The sum of the lengths of the distinct blocks."""


def reachable(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[Block]:
    """Yield every block once, depth first in the order of the links, which is the order of a CAR.

    Identity CIDs carry their bytes and are no blocks of their own. Links are followed in every codec that can be read.
    Raises Malformed, and what `get` raises.
    """
    return _walk(get, root, None, limits)


def difference(get: Get, old: Cid, new: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[Block]:
    """Yield the blocks of `new` in the order of a CAR, without those that `old` links to in the same places.

    Time grows with the number of changed blocks. A store with all of `old` and these blocks has all of `new`; it may
    have had a few of them before. Nodes of `old` that are missing count as different. Raises Malformed, and what `get`
    raises for `new`.
    """
    return iter(()) if old == new else _walk(get, new, old, limits)


def measure(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Measure:
    """Count a folder's files, pages, distinct blocks and their bytes. Raw leaves are counted by their links, not read.

    Raises Malformed, and what `get` raises.
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
    """Yield the blocks below `root`. With `other_root`, only those that this older node in the same place lacks."""
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
