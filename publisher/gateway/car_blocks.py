"""Choose the blocks of a CAR: first the blocks on a path, then the requested blocks below the path, depth first.

See `dag-scope` and `entity-bytes` in https://specs.ipfs.tech/http-gateways/trustless-gateway/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Codec, Get
from publisher.dag.dag_pb import Malformed
from publisher.dag.limits import ReadLimits
from publisher.dag.node import Node, link, links, load, node_of
from publisher.dag.paths import must_be_part, parts
from publisher.gateway.negotiate import Car


def blocks(get: Get, cid: Cid, path_blocks: Mapping[Cid, bytes], car: Car, limits: ReadLimits) -> Iterator[Block]:
    """Yield `path_blocks`, then `cid` and the requested blocks below it. Without `car.dups`, yield each block once.

    Identity CIDs are left out, because they hold their data themselves. Raises Malformed if a block is malformed, and
    TooMuch above a limit. Exceptions of `get` pass through. All of them may come after some blocks were yielded.
    """
    yield from (Block(each, data) for each, data in path_blocks.items())
    passed = set(path_blocks)
    size = count = 0
    for block in _below(get, cid, car, limits):
        if block.cid.is_identity or (block.cid in passed and not car.dups):
            continue
        if car.scope == "entity" and not car.dups:  # walk.reachable yields each block once
            passed.add(block.cid)
        count += 1
        size += len(block.data)
        limits.check(count=count, size=size)
        yield block


def _below(get: Get, cid: Cid, car: Car, limits: ReadLimits) -> Iterator[Block]:
    if car.scope == "block":
        return iter((Block(cid, load(get, cid)),))
    if car.scope == "all":
        return _all(get, cid, limits) if car.dups else walk.reachable(get, cid, limits=limits)
    return _entity(get, cid, car, limits)


def _all(get: Get, cid: Cid, limits: ReadLimits) -> Iterator[Block]:
    """Yield every block as often as it is linked.

    The memory depends only on the depth of the tree, because there is one iterator for each level.
    """
    pending = [iter((cid,))]
    while pending:
        each = next(pending[-1], None)
        if each is None:
            pending.pop()
            continue
        limits.check(depth=len(pending))
        data = load(get, each)
        yield Block(each, data)
        below = [link(entry)[1].cid for entry in links(each, data)]
        if below:
            pending.append(iter(below))


def _entity(get: Get, cid: Cid, car: Car, limits: ReadLimits) -> Iterator[Block]:
    """Yield the blocks of a file or of the requested part of it, or the blocks that list a folder.

    For any other block, yield only the block itself.
    """
    data = load(get, cid)
    if cid.codec not in (Codec.RAW, Codec.DAG_PB):
        yield Block(cid, data)
        return
    top = node_of(cid, data)
    if top.kind == "shard":
        yield Block(cid, data)
        yield from _shards(get, top, limits)
    elif top.kind == "file":
        start, stop = _inside(car.span, top.size)
        yield Block(cid, data)
        yield from _file(get, top, start, stop, limits)
    else:
        yield Block(cid, data)


def _shards(get: Get, top: Node, limits: ReadLimits) -> Iterator[Block]:
    """Yield all shards below a shard, without the blocks of the entries."""
    pending = [iter(top.links)]
    while pending:
        found = next(pending[-1], None)
        if found is None:
            pending.pop()
            continue
        name, child = found
        if len(name) > 2:
            continue
        limits.check(depth=len(pending))
        data = load(get, child.cid)
        below = node_of(child.cid, data)
        if below.kind != "shard":
            raise Malformed(f"{child.cid}: a {below.kind} where a shard should be")
        yield Block(child.cid, data)
        pending.append(iter(below.links))


def _file(get: Get, top: Node, start: int, stop: int, limits: ReadLimits) -> Iterator[Block]:
    """Yield the blocks below the first block `top` of a file that hold bytes from `start` up to `stop` (exclusive)."""
    pending = [parts(top, 0)] if start < stop else []
    while pending:
        part = next(pending[-1], None)
        if part is None:
            pending.pop()
            continue
        at, size, child = part
        if at >= stop or at + size <= start:
            continue
        limits.check(depth=len(pending))
        data = load(get, child.cid)
        below = node_of(child.cid, data)
        must_be_part(child.cid, below, size)
        yield Block(child.cid, data)
        pending.append(parts(below, at))


def _inside(span: tuple[int, int | None] | None, size: int) -> tuple[int, int]:
    """Return the start and the stop (exclusive) of a span in a file of `size` bytes.

    The start and the stop are equal if the span is outside of the file.
    """
    if span is None:
        return 0, size
    first, last = span
    start = first if first >= 0 else max(0, size + first)
    stop = size if last is None else last + 1 if last >= 0 else size + last + 1
    return start, max(start, min(stop, size))
