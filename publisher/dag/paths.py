"""Read a root as a file system: resolve a path, list a folder, read a file, list all files."""

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
    """Return the CID at a path such as `a/b/c` below a root. If the path is empty, return the root.

    Symlinks are not followed. Raises PathMissing if there is nothing at the path, and Malformed if a block is
    malformed. Exceptions of `get` pass through.
    """
    cid = root
    for name in filter(None, path.split("/")):
        found = None if cid.is_raw else folder.find(get, node(get, cid), name)
        if found is None:
            raise PathMissing(root, path)
        cid = found.cid
    return cid


def entries(get: Get, cid: Cid) -> Iterator[tuple[str, Link]]:
    """Yield the names and links of a folder in their stored order. The folder may be sharded.

    Raises Malformed if the block is malformed or not a folder. Exceptions of `get` pass through.
    """
    yield from _entries(get, cid, node(get, cid))


def cat(get: Get, cid: Cid, start: int = 0, stop: int | None = None, *, limits: ReadLimits = LIMITS) -> Iterator[bytes]:
    """Yield the bytes of a file from offset `start` to `stop` (exclusive), block by block. Read no other blocks.

    If `stop` is None, read to the end of the file. Raises Malformed if a length in a block is wrong, and TooMuch above
    a limit. Exceptions of `get` pass through.
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
        del read  # so that the whole block does not stay in memory while a slow caller uses a small piece of it
        if piece:
            yield piece


def files(get: Get, root: Cid, *, limits: ReadLimits = LIMITS) -> Iterator[tuple[str, Link]]:
    """Yield the path and the link of every file and symlink, in their stored order. Do not read raw leaves.

    Raises Malformed if a block is malformed, and TooMuch above a limit. Exceptions of `get` pass through.
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
    """Raise Malformed if the node `read` is not a part of a file, or does not have `size` bytes as its link says."""
    if read.kind != "file" or read.size != size:
        raise Malformed(f"{cid}: {read.size} bytes of a {read.kind} where {size} of a file should be")


def parts(read: Node, at: int) -> Iterator[tuple[int, int, Link]]:
    """Yield the offset in the file, the stated length and the link of each part below a node.

    `at` is the offset in the file at which the node begins.
    """
    at += len(read.data)
    for (_, link), size in zip(read.links, read.sizes, strict=True):
        yield at, size, link
        at += size
