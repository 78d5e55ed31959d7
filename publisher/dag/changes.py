"""Find the files that differ between two roots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from publisher.dag import dag_pb, folder, hamt
from publisher.dag.cid import Cid, Get
from publisher.dag.dag_pb import Malformed
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import Kind, Node, node, outline, part
from publisher.dag.paths import files
from publisher.dag.unixfs import Link


class Changes(NamedTuple):
    """Paths of files.

    If a file became a folder, the file is in `removed` and the files of the folder are in `added`.
    """

    added: set[str]
    changed: set[str]
    removed: set[str]


class Pair(NamedTuple):
    """A file that differs between two roots. `old` is None for an added file, `new` is None for a removed file."""

    path: str
    old: Link | None
    new: Link | None


class _Opened(NamedTuple):
    """A block whose links are not parsed yet. Two blocks can be compared without parsing their links."""

    cid: Cid
    kind: Kind
    links: frozenset[bytes]


def changed(get: Get, old: Cid, new: Cid, *, limits: ReadLimits = LIMITS) -> Changes:
    """Return which files of two folders differ. Subfolders that are equal in both are not read.

    Raises Malformed if a block is malformed, and TooMuch above a limit. Exceptions of `get` pass through.
    """
    found = Changes(set(), set(), set())
    for path, before, after in pairs(get, old, new, limits=limits):
        (found.changed if before and after else found.removed if before else found.added).add(path)
    return found


def pairs(get: Get, old: Cid, new: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[Pair]:
    """Yield the files that differ, with their links. Do not rely on the order.

    Raises Malformed if a block is malformed, and TooMuch above a limit. Exceptions of `get` pass through.
    """
    if old == new:
        return
    pending = [("", _open(get, old), _open(get, new))]
    count = 0
    while pending:
        above, before, after = pending.pop()
        for name, left, right in _differing(get, before, after):
            path = above + name
            count += 1
            limits.check(depth=path.count("/"), count=count)
            if left and right and left.cid == right.cid:
                continue  # both links lead to the same file, and only their Tsizes differ
            was, now = (_open(get, side.cid) if side else None for side in (left, right))
            if was and now and _is_folder(was) and _is_folder(now):
                pending.append((path + "/", was, now))
            elif was and now and not _is_folder(was) and not _is_folder(now):
                yield Pair(path, left, right)
            else:
                for inner, gone in _below(get, path, left, was, limits):
                    yield Pair(inner, gone, None)
                for inner, come in _below(get, path, right, now, limits):
                    yield Pair(inner, None, come)


def _open(get: Get, cid: Cid) -> _Opened:
    kind, links = outline(get, cid)
    return _Opened(cid, kind, frozenset(links))


def _is_folder(opened: _Opened) -> bool:
    return opened.kind in ("folder", "shard")


def _differing(get: Get, old: _Opened, new: _Opened) -> Iterator[tuple[str, Link | None, Link | None]]:
    if old.kind != new.kind:  # only one of the folders is sharded, so their links cannot be equal
        sides = [dict(folder.entries(get, node(get, side.cid))) for side in (old, new)]
    else:
        # A large folder has thousands of links. To save time, only links that the other folder lacks are parsed.
        nodes = [_without(side, other) for side, other in ((old, new), (new, old))]
        if old.kind == "shard":
            for raw, left, right in hamt.differences(get, *nodes):
                yield raw.decode("utf-8", "surrogateescape"), left, right
            return
        sides = [dict(folder.entries(get, side)) for side in nodes]
    before, after = sides
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _without(one: _Opened, other: _Opened) -> Node:
    """Return the folder or shard `one` without the links that `other` has too.

    Raises Malformed if one of the two is malformed.
    """
    try:
        return part(one.kind, [dag_pb.entry(raw) for raw in sorted(one.links - other.links)])
    except Malformed as error:
        raise type(error)(f"{one.cid}: {error}") from None


def _below(
    get: Get, path: str, top: Link | None, opened: _Opened | None, limits: ReadLimits
) -> Iterator[tuple[str, Link]]:
    if top is None or opened is None:
        return
    if not _is_folder(opened):
        yield path, top
        return
    for inner, found in files(get, top.cid, limits=limits):
        yield f"{path}/{inner}", found
