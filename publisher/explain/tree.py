"""Turn a root into a tree of parts: chunks with their offsets, the nodes above them, folders and shards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from publisher.dag import folder, hamt
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import LIMITS
from publisher.dag.node import Node, node
from publisher.dag.unixfs import Link, Profile
from publisher.fast_dataclass import dataclass, replace

T = TypeVar("T")

Kind = Literal["chunk", "file", "folder", "shard", "symlink"]
Length = Callable[[Cid], int]

SMALL = 400
"""A part has the bytes of its node only if the node has at most SMALL bytes. The fields of such a node can be shown."""


@dataclass(frozen=True, slots=True)
class Sharding:
    """The numbers that decide whether a folder is one node or several shards."""

    counted: int
    """The size of the folder in bytes, counted as `by` says."""
    by: Literal["block", "links"]
    """With `block`, the bytes of the node are counted. With `links`, the bytes of its names and CIDs are counted."""
    threshold: int
    """A folder with more bytes is split into shards."""
    sharded: bool
    """This is true if the folder is split into shards."""
    levels: int = 0
    """The number of levels of shards, or 0 if the folder is one node."""
    shards: int = 0
    """The number of shards, or 0 if the folder is one node."""

    @property
    def as_the_profile(self) -> bool:
        """Return whether the profile would make the same decision. If not, another profile made this root."""
        return self.sharded == (self.counted > self.threshold)


@dataclass(frozen=True, slots=True)
class Part:
    """One block, and its meaning in the tree."""

    name: str
    """The name of the block in its folder. The string is empty for a chunk or an inner node."""
    kind: Kind
    cid: Cid
    size: int
    """The number of bytes in the block."""
    tsize: int
    """The number of bytes in this block and all blocks below it. A block counts as often as it is linked."""
    content: int
    """The number of bytes of the file that are in this block and below it. For a symlink, the length of its target."""
    offset: int = 0
    """The offset of these bytes in the file."""
    links: int = 0
    """The number of links in the block. For a sharded folder, the number of its entries."""
    parts: tuple[Part, ...] = ()
    left: int = 0
    """The number of parts that are left out of `parts`."""
    sharding: Sharding | None = None
    block: bytes = b""
    """The bytes of a small node. They are empty for a larger node and for a block with the content of a file."""
    target: str = ""
    """The target of a symlink, or an empty string."""


@dataclass(frozen=True, slots=True)
class _Limits:
    get: Get
    length: Length
    profile: Profile
    max_parts: int


def explain(
    get: Get, length: Length, top: Link, profile: Profile, *, name: str = "", depth: int = 3, max_parts: int = 8
) -> Part:
    """Return the tree of parts below the link `top`: `depth` levels, and at most `max_parts` + 1 parts of each node.

    If a node has more parts, the tree has its first parts and its last part. `get` returns the bytes of a block.
    `length` returns the number of bytes in a block without reading it. The size of a folder is compared with the
    threshold of `profile`. Raises Malformed for blocks that are not a file system, and BlockMissing.
    """
    return _part(_Limits(get, length, profile, max_parts), name, top, depth)


def _part(limits: _Limits, name: str, top: Link, depth: int) -> Part:
    cid = top.cid
    if cid.is_raw:
        size = len(cid.digest) if cid.is_identity else limits.length(cid)
        return Part(name, "chunk", cid, size, top.size, size)
    read = node(limits.get, cid)
    if read.kind in ("folder", "shard"):
        return _folder(limits, name, top, read, depth)
    if read.kind == "symlink":
        target = read.data.decode("utf-8", "backslashreplace")
        return _with_block(limits, Part(name, "symlink", cid, limits.length(cid), top.size, read.size, target=target))
    return _file(limits, name, top, read, 0, depth)


def _file(limits: _Limits, name: str, top: Link, read: Node, offset: int, depth: int) -> Part:
    """Return the part for a file, an inner node of a file, or a leaf that is a dag-pb node."""
    kind: Kind = "file" if read.links else "chunk"
    size = limits.length(top.cid)
    below: list[tuple[Link, int, int]] = []
    at = offset + len(read.data)
    for (_, link), length in zip(read.links, read.sizes, strict=True):
        below.append((link, at, length))
        at += length
    shown = _some(below, limits.max_parts) if depth else []
    parts = tuple(_piece(limits, link, start, length, depth - 1) for link, start, length in shown)
    made = Part(name, kind, top.cid, size, top.size, read.size, offset, len(read.links), parts, len(below) - len(parts))
    return _with_block(limits, made) if kind == "file" else made


def _piece(limits: _Limits, link: Link, offset: int, length: int, depth: int) -> Part:
    if link.cid.is_raw:
        return Part("", "chunk", link.cid, length, link.size, length, offset)
    return _file(limits, "", link, node(limits.get, link.cid), offset, depth)


def _folder(limits: _Limits, name: str, top: Link, read: Node, depth: int) -> Part:
    entries = sorted(folder.entries(limits.get, read), key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))
    LIMITS.check(count=len(entries))
    levels, shards = _shards(entries) if read.kind == "shard" else (0, 0)
    profile = limits.profile
    counted = folder.estimate(entries, profile)
    sharding = Sharding(counted, profile.hamt_estimate, profile.hamt_threshold, read.kind == "shard", levels, shards)
    shown = _some(entries, limits.max_parts) if depth else []
    parts = tuple(_part(limits, inner, link, depth - 1) for inner, link in shown)
    made = Part(
        name, "shard" if sharding.sharded else "folder", top.cid, limits.length(top.cid), top.size, 0, 0, len(entries),
        parts, len(entries) - len(parts), sharding,
    )  # fmt: skip
    return _with_block(limits, made)


def _shards(entries: Iterable[tuple[str, Link]]) -> tuple[int, int]:
    """Return the number of levels of a folder's shards, and the number of shards.

    A slot of a shard has an entry, or the next shard if several entries share the slot.
    """
    levels, shards = 1, 1
    groups = [[hamt.key(name.encode("utf-8", "surrogateescape")) for name, _ in entries]]
    while groups and levels <= 8:
        below: list[list[bytes]] = []
        for group in groups:
            slots: dict[int, list[bytes]] = {}
            for key in group:
                slots.setdefault(key[levels - 1], []).append(key)
            below += (slot for slot in slots.values() if len(slot) > 1)
        if not below:
            break
        levels, shards, groups = levels + 1, shards + len(below), below
    return levels, shards


def _some(items: list[T], max_parts: int) -> list[T]:
    """Return the first items and the last item if there are more than `max_parts` + 1 items, and otherwise all items.

    If only one item were left out, the line "1 more" would take as much room as the item.
    """
    return items if len(items) <= max_parts + 1 else [*items[: max_parts - 1], items[-1]]


def _with_block(limits: _Limits, part: Part) -> Part:
    return replace(part, block=limits.get(part.cid)) if part.size <= SMALL and not part.cid.is_identity else part
