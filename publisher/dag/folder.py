"""One folder: made, read and edited, without the caller knowing whether it is sharded."""

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
"""Entries of a folder that may be over the threshold; fewer are written, to see it."""

_NO_NAMES = frozenset(("", ".", ".."))


def add_folder(entries: Mapping[str, Link], profile: Profile, emit: Emit) -> Link:
    """A single node, or shards when it would be longer than the profile's threshold. ValueError for a bad name."""
    return seal_folder({raw_name(name): link for name, link in entries.items()}, profile, emit)


def seal_folder(named: Mapping[bytes, Link], profile: Profile, emit: Emit) -> Link:
    """As add_folder, of names that raw_name gave."""
    in_links = profile.hamt_estimate == "links"
    if in_links and sum(len(name) + len(link.cid.raw) for name, link in named.items()) > profile.hamt_threshold:
        return _shard(named, profile, emit)
    most = sys.maxsize if in_links else profile.hamt_threshold
    if len(named) > _MANY and _at_least(named) > most:  # nothing is written in vain
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
    """The folder with names set, or removed (None); None when nothing is left.

    It equals seal_folder of the result if `old` was made with the same profile.
    """
    if old.kind == "shard":
        return _edit_shards(get, old, changes, profile, emit)
    _must_be_folder(old)
    merged: dict[bytes, Link | None] = {_bytes(name): link for name, link in old.links}
    merged |= changes
    kept = {name: link for name, link in merged.items() if link is not None}
    return seal_folder(kept, profile, emit) if kept else None


def raw_name(name: str) -> bytes:
    """A name as it stands in a folder. ValueError for one that no folder may have.

    Names that are not UTF-8 exist on disks and in other people's folders: they keep their bytes.
    """
    if name in _NO_NAMES or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name for a file")
    return name.encode("utf-8", "surrogateescape")


def find(get: Get, folder: Node, name: str) -> Link | None:
    """What the folder has under a name; None when it has no such name or is no folder at all."""
    if folder.kind == "shard":
        return hamt.find(get, folder, _bytes(name))
    return next((link for found, link in folder.links if found == name), None) if folder.kind == "folder" else None


def estimate(named: Iterable[tuple[str, Link]], profile: Profile) -> int:
    """What a folder counts against the profile's threshold: bytes of its node, or of its names and CIDs."""
    start = 0 if profile.hamt_estimate == "links" else len(_DATA)
    return start + sum(_weight(_bytes(name), link, profile) for name, link in named)


def entries(get: Get, folder: Node) -> Iterator[tuple[str, Link]]:
    """Names and links in the order they are stored (of a sharded folder, by hash).

    Malformed where there is no folder, or a name that could lead out of one.
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
    """A length that the node is not shorter than, found in a fifth of the time of writing it."""
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
    # It was above the threshold, so only one that shrinks can come below it. Then its entries have to be counted.
    if growth < 0 and (few := _below_threshold(get, folder, changes, profile)) is not None:
        return seal_folder(few, profile, emit) if few else None
    for block in made:
        emit(block)
    return edited


def _below_threshold(
    get: Get, folder: Node, changes: Mapping[bytes, Link | None], profile: Profile
) -> dict[bytes, Link] | None:
    """All entries after the changes if they fit into one node; None as soon as they do not."""
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
    """What an entry counts towards the threshold, in bytes."""
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
