"""One folder, sharded or not: make it, read it, edit it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

from publisher.dag import dag_pb, hamt, varint
from publisher.dag.cid import Block, Emit, Get
from publisher.dag.dag_pb import Malformed
from publisher.dag.node import Node
from publisher.dag.unixfs import Link, Profile, seal

_DATA = b"\x0a\x02\x08\x01"
_MANY = 1000
"""A folder with more entries may be over the threshold; a smaller one is encoded to find out."""

_NO_NAMES = frozenset(("", ".", ".."))


def add_folder(entries: Mapping[str, Link], profile: Profile, emit: Emit) -> Link:
    """Make a folder: one node, or shards if the node would be longer than the profile's threshold.

    Raises ValueError for a bad name.
    """
    return seal_folder({raw_name(name): link for name, link in entries.items()}, profile, emit)


def seal_folder(named: Mapping[bytes, Link], profile: Profile, emit: Emit) -> Link:
    """Make a folder as `add_folder` does, from names that raw_name gave."""
    in_links = profile.hamt_estimate == "links"
    if in_links and sum(len(name) + len(link.cid.raw) for name, link in named.items()) > profile.hamt_threshold:
        return _shard(named, profile, emit)
    most = sys.maxsize if in_links else profile.hamt_threshold
    if len(named) > _MANY and _at_least(named) > most:  # do not encode a folder that will be sharded
        return _shard(named, profile, emit)
    length, below, parts = len(_DATA), 0, []
    encode = dag_pb.encode_link
    for name in sorted(named):
        link = named[name]
        part = encode(name, link.cid.raw, link.size)
        length += len(part)
        if length > most:
            return _shard(named, profile, emit)
        below += link.size
        parts.append(part)
    parts.append(_DATA)
    return seal(b"".join(parts), below, profile, emit)


def edit_folder(get: Get, old: Node, changes: Mapping[bytes, Link | None], profile: Profile, emit: Emit) -> Link | None:
    """Return the folder with names set or removed (None); None if no entry is left.

    It equals seal_folder of the result if `old` was made with the same profile. Raises Malformed, and what `get`
    raises.
    """
    if old.kind == "shard":
        return _edit_shards(get, old, changes, profile, emit)
    _must_be_folder(old)
    merged: dict[bytes, Link | None] = {_bytes(name): link for name, link in old.links}
    merged |= changes
    kept = {name: link for name, link in merged.items() if link is not None}
    return seal_folder(kept, profile, emit) if kept else None


def raw_name(name: str) -> bytes:
    """Return a name as it stands in a folder. Raises ValueError for a name that no folder may have.

    Names that are not UTF-8 exist on disks and in other people's folders. They keep their bytes.
    """
    if name in _NO_NAMES or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name for a file")
    return name.encode("utf-8", "surrogateescape")


def find(get: Get, folder: Node, name: str) -> Link | None:
    """Return the link of a name; None if there is none, or if it is not a folder. Raises Malformed, and as `get`."""
    if folder.kind == "shard":
        return hamt.find(get, folder, _bytes(name))
    return next((link for found, link in folder.links if found == name), None) if folder.kind == "folder" else None


def estimate(named: Iterable[tuple[str, Link]], profile: Profile) -> int:
    """Return what a folder counts against the profile's threshold: bytes of its node, or of its names and CIDs."""
    start = 0 if profile.hamt_estimate == "links" else len(_DATA)
    return start + sum(_weight(_bytes(name), link, profile) for name, link in named)


def entries(get: Get, folder: Node) -> Iterator[tuple[str, Link]]:
    """Yield names and links in stored order, which is by hash in a sharded folder.

    Raises Malformed for something that is not a folder and for a name that could lead out of it.
    """
    flat: Iterable[tuple[str, Link]] = folder.links
    if folder.kind == "shard":
        flat = ((raw.decode("utf-8", "surrogateescape"), link) for raw, link in hamt.entries(get, folder))
    else:
        _must_be_folder(folder)
    for name, link in flat:
        if _is_bad(name):
            raise Malformed(f"{name!r} is no name for a file")
        yield name, link


def _at_least(named: Mapping[bytes, Link]) -> int:
    """Return a length that the node exceeds, in a fifth of the time of encoding it."""
    return len(_DATA) + sum(map(len, named)) + sum([8 + len(link.cid.raw) for link in named.values()])


def _shard(named: Mapping[bytes, Link], profile: Profile, emit: Emit) -> Link:
    return hamt.build(((hamt.key(name), name, link) for name, link in named.items()), profile, emit)


def _edit_shards(
    get: Get, folder: Node, changes: Mapping[bytes, Link | None], profile: Profile, emit: Emit
) -> Link | None:
    made: list[Block] = []
    ways = [(hamt.key(name), name, link) for name, link in changes.items()]
    edited, before = hamt.edit(get, folder, ways, profile, made.append)
    growth = sum(_weight(name, link, profile) for name, link in changes.items() if link is not None)
    growth -= sum(_weight(name, link, profile) for name, link in before.items())
    # It was above the threshold, so only a smaller one can be below it. Then its entries have to be counted.
    if growth < 0 and (few := _below_threshold(get, folder, changes, profile)) is not None:
        return seal_folder(few, profile, emit) if few else None
    for block in made:
        emit(block)
    return edited


def _below_threshold(
    get: Get, folder: Node, changes: Mapping[bytes, Link | None], profile: Profile
) -> dict[bytes, Link] | None:
    """Return all entries after the changes if they fit into one node; None as soon as they do not."""
    kept = {name: link for name, link in changes.items() if link is not None}
    length = 0 if profile.hamt_estimate == "links" else len(_DATA)
    length += sum(_weight(name, link, profile) for name, link in kept.items())
    for name, link in hamt.entries(get, folder):
        if name not in changes:
            kept[name] = link
            length += _weight(name, link, profile)
        if length > profile.hamt_threshold:
            return None
    return kept


def _weight(name: bytes, link: Link, profile: Profile) -> int:
    """Return what an entry counts towards the threshold, in bytes."""
    cid = len(link.cid.raw)
    if profile.hamt_estimate == "links":
        return len(name) + cid
    body = 3 + varint.length(cid) + cid + varint.length(len(name)) + len(name) + varint.length(link.size)
    return 1 + varint.length(body) + body


def _must_be_folder(read: Node) -> None:
    if read.kind != "folder":
        raise Malformed(f"a {read.kind}, not a folder")


def _is_bad(name: str) -> bool:
    return name in _NO_NAMES or "/" in name or "\0" in name


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
