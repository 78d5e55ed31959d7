"""Read a root as a file system: a path, the entries of a folder, the bytes of a file, all files."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.dag import folder
from publisher.dag.cid import Cid, Get
from publisher.dag.dag_pb import Malformed
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import Node, node
from publisher.dag.unixfs import Link


class PathMissing(LookupError):
    """A root has nothing at this path."""

    def __init__(self, root: Cid, path: str) -> None:
        super().__init__(f"{root} has no {path!r}")
        self.root = root
        self.path = path


def resolve(get: Get, root: Cid, path: str) -> Cid:
    """Return the CID at `a/b/c` below a root; the root itself for an empty path. Symlinks are not followed.

    Raises PathMissing, Malformed, and what `get` raises.
    """
    cid = root
    for name in filter(None, path.split("/")):
        found = None if cid.is_raw else folder.find(get, node(get, cid), name)
        if found is None:
            raise PathMissing(root, path)
        cid = found.cid
    return cid


def entries(get: Get, cid: Cid) -> Iterator[tuple[str, Link]]:
    """Yield names and links of a folder, sharded or not, in stored order. Raises Malformed if it is not a folder."""
    yield from _entries(get, cid, node(get, cid))


def cat(get: Get, cid: Cid, start: int = 0, stop: int | None = None, *, limits: ReadLimits = LIMITS) -> Iterator[bytes]:
    """Yield the bytes of a file from `start` up to `stop`, block by block. Blocks outside are not read.

    Every length is compared with the bytes that it is about. Raises Malformed if they differ, TooMuch above a limit,
    and what `get` raises.
    """
    top = node(get, cid)
    if top.kind not in ("file", "symlink"):
        raise Malformed(f"{cid}: a {top.kind}, not a file")
    start, stop = max(start, 0), top.size if stop is None else min(stop, top.size)
    limits.check(size=stop - start)
    pending = [parts(top, 0)]
    if piece := top.data[start:stop]:
        yield piece
    while pending:
        part = next(pending[-1], None)
        if part is None:
            pending.pop()
            continue
        at, size, link = part
        if size == 0 or at >= stop or at + size <= start:
            continue
        limits.check(depth=len(pending))
        read = node(get, link.cid)
        must_be_part(link.cid, read, size)
        piece = read.data[max(start - at, 0) : stop - at]
        if read.links:
            pending.append(parts(read, at))
        del read  # otherwise a slow reader of a part would keep the whole block in memory
        if piece:
            yield piece


def files(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[tuple[str, Link]]:
    """Yield path and link of every file and symlink, in stored order. Raw leaves are not read.

    Raises Malformed, TooMuch above a limit, and what `get` raises.
    """
    pending = [("", entries(get, root))]
    count = 0
    while pending:
        above, names = pending[-1]
        for name, link in names:
            count += 1
            limits.check(depth=len(pending), count=count)
            read = None if link.cid.is_raw else node(get, link.cid)
            if read and read.kind in ("folder", "shard"):
                pending.append((f"{above}{name}/", _entries(get, link.cid, read)))
                break
            yield above + name, link
        else:
            pending.pop()


def _entries(get: Get, cid: Cid, read: Node) -> Iterator[tuple[str, Link]]:
    try:
        yield from folder.entries(get, read)
    except Malformed as error:
        raise type(error)(f"{cid}: {error}") from None


def must_be_part(cid: Cid, read: Node, size: int) -> None:
    """Raise Malformed if a part of a file is something else, or has another length than its link says."""
    if read.kind != "file" or read.size != size:
        raise Malformed(f"{cid}: {read.size} bytes of a {read.kind} where {size} of a file should be")


def parts(read: Node, at: int) -> Iterator[tuple[int, int, Link]]:
    """Yield where each part of a file begins, its stated length, and its link."""
    at += len(read.data)
    for (_, link), size in zip(read.links, read.sizes, strict=True):
        yield at, size, link
        at += size
