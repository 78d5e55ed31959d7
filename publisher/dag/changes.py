"""Two roots as file systems: which files came, changed and went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from publisher.dag import folder, hamt
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import LIMITS, Limits
from publisher.dag.node import Node, node
from publisher.dag.paths import files, is_folder
from publisher.dag.unixfs import Link


class Changes(NamedTuple):
    """Paths of files; a file that became a folder went, and the folder's files came."""

    added: set[str]
    changed: set[str]
    removed: set[str]


def changed(get: Get, old: Cid, new: Cid, *, limits: Limits = LIMITS) -> Changes:
    """Compare two folders; what is linked equally on both sides is not read."""
    found = Changes(set(), set(), set())
    pending = [("", old, new)] if old != new else []
    count = 0
    while pending:
        above, before, after = pending.pop()
        for name, left, right in _differing(get, node(get, before), node(get, after)):
            path = above + name
            count += 1
            limits.check(depth=path.count("/"), count=count)
            if left and right and left.cid == right.cid:
                continue  # the same bytes, said to be of another size
            was, now = (_look(get, link) for link in (left, right))
            if was == now == "folder" and left and right:
                pending.append((path + "/", left.cid, right.cid))
            elif was == now == "file":
                found.changed.add(path)
            else:
                found.removed.update(_below(get, path, left, was, limits))
                found.added.update(_below(get, path, right, now, limits))
    return found


def _differing(get: Get, old: Node, new: Node) -> Iterator[tuple[str, Link | None, Link | None]]:
    if old.kind == new.kind == "shard":
        for raw, left, right in hamt.differences(get, old, new):
            yield raw.decode("utf-8", "surrogateescape"), left, right
        return
    before, after = dict(folder.entries(get, old)), dict(folder.entries(get, new))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _look(get: Get, link: Link | None) -> str:
    if link is None:
        return ""
    return "folder" if is_folder(get, link.cid) else "file"


def _below(get: Get, path: str, link: Link | None, kind: str, limits: Limits) -> Iterator[str]:
    if link is None:
        return
    if kind == "file":
        yield path
        return
    for inner, _ in files(get, link.cid, limits=limits):
        yield f"{path}/{inner}"
