"""A root as a tree of parts: chunks with their offsets, the nodes above them, folders, shards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from publisher.dag import folder, hamt
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import LIMITS
from publisher.dag.node import Node, node
from publisher.dag.unixfs import Link, Profile

T = TypeVar("T")

Kind = Literal["chunk", "file", "folder", "shard", "symlink"]
Length = Callable[[Cid], int]

SMALL = 400
"""Bytes. A node of at most this size carries its bytes, so that its fields can be shown."""


@dataclass(frozen=True, slots=True)
class Sharding:
    """Why a folder is one node or several."""

    counted: int
    """What the folder counts: bytes of its node, or of its names and CIDs."""
    by: Literal["block", "links"]
    threshold: int
    sharded: bool
    levels: int = 0
    shards: int = 0

    @property
    def as_the_profile(self) -> bool:
        """Whether the profile would decide the same. If not, another profile made this root."""
        return self.sharded == (self.counted > self.threshold)


@dataclass(frozen=True, slots=True)
class Part:
    """One block, and what it stands for."""

    name: str
    """Its name in the folder; empty for a chunk or an inner node."""
    kind: Kind
    cid: Cid
    size: int
    """Bytes of the block."""
    tsize: int
    """Bytes of this block and of all below it, each counted as often as it is linked."""
    content: int
    """Bytes of the file, or of the part of it, below this block; or of a symlink's target."""
    offset: int = 0
    """Where that part begins in the file."""
    links: int = 0
    """The number of links of the block; for a sharded folder, of its entries."""
    parts: tuple[Part, ...] = ()
    left: int = 0
    """The number of parts that are not shown."""
    sharding: Sharding | None = None
    block: bytes = b""
    """The bytes of a small node; empty for larger ones and for a file's content."""
    target: str = ""
    """The target of a symlink."""


@dataclass(frozen=True, slots=True)
class _Limits:
    get: Get
    length: Length
    profile: Profile
    max_parts: int


def explain(
    get: Get, length: Length, top: Link, profile: Profile, *, name: str = "", depth: int = 3, max_parts: int = 8
) -> Part:
    """Return the tree below a link: `depth` levels, and at most about `max_parts` parts of each node.

    The first parts and the last one are shown. `length` returns the bytes of a block without reading it; a folder's
    size is compared with `profile`. Raises Malformed for something that is not a file system, and BlockMissing.
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
    """Return a file, an inner node of a file, or a leaf that is wrapped in a node."""
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
    """Return how deep the shards of a folder go, and how many there are.

    A slot holds an entry, or a shard of several.
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
    """Return the first items and the last one, if there are more than `max_parts` and one: "1 more" saves no line."""
    return items if len(items) <= max_parts + 1 else [*items[: max_parts - 1], items[-1]]


def _with_block(limits: _Limits, part: Part) -> Part:
    return replace(part, block=limits.get(part.cid)) if part.size <= SMALL and not part.cid.is_identity else part
