"""Make, read and edit one folder, sharded or not."""

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
"""If a folder has more entries than this, its length is estimated before it is encoded."""

_NO_NAMES = frozenset(("", ".", ".."))


def add_folder(entries: Mapping[str, Link], profile: Profile, emit: Emit) -> Link:
    """Make a folder and return its link. The folder is sharded if it exceeds the threshold of the profile.

    Raises ValueError if a name is not allowed.
    """
    return seal_folder({raw_name(name): link for name, link in entries.items()}, profile, emit)


def seal_folder(named: Mapping[bytes, Link], profile: Profile, emit: Emit) -> Link:
    """Make a folder as `add_folder` does. The names in `named` come from `raw_name`."""
    in_links = profile.hamt_estimate == "links"
    if in_links and sum(len(name) + len(link.cid.raw) for name, link in named.items()) > profile.hamt_threshold:
        return _shard(named, profile, emit)
    most = sys.maxsize if in_links else profile.hamt_threshold
    if len(named) > _MANY and _at_least(named) > most:  # this saves the time to encode a node that is too long
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
    """Return the link of the edited folder, or None if it has no entries.

    `changes` maps a name to its new link, or to None to remove the name. If `old` was made with the same profile, the
    result equals `seal_folder` of the new entries. Raises Malformed if a block is malformed. Exceptions of `get` pass
    through.
    """
    if old.kind == "shard":
        return _edit_shards(get, old, changes, profile, emit)
    _must_be_folder(old)
    merged: dict[bytes, Link | None] = {_bytes(name): link for name, link in old.links}
    merged |= changes
    kept = {name: link for name, link in merged.items() if link is not None}
    return seal_folder(kept, profile, emit) if kept else None


def raw_name(name: str) -> bytes:
    """Return a name as the bytes that a folder stores. Raises ValueError if no folder may have this name.

    Files on a disk and folders of other programs may have names that are not UTF-8. Their bytes do not change.
    """
    if name in _NO_NAMES or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name for a file")
    return name.encode("utf-8", "surrogateescape")


def find(get: Get, folder: Node, name: str) -> Link | None:
    """Return the link of a name, or None if `folder` does not have the name or is not a folder.

    Raises Malformed if a shard is malformed. Exceptions of `get` pass through.
    """
    if folder.kind == "shard":
        return hamt.find(get, folder, _bytes(name))
    return next((link for found, link in folder.links if found == name), None) if folder.kind == "folder" else None


def estimate(named: Iterable[tuple[str, Link]], profile: Profile) -> int:
    """Return the number of bytes that the profile compares with its threshold.

    Depending on the profile, this is the length of the node, or the length of all names and CIDs.
    """
    start = 0 if profile.hamt_estimate == "links" else len(_DATA)
    return start + sum(_weight(_bytes(name), link, profile) for name, link in named)


def entries(get: Get, folder: Node) -> Iterator[tuple[str, Link]]:
    """Yield names and links in their stored order. In a sharded folder, this is the order of the hashes of the names.

    Raises Malformed if `folder` is not a folder, or if a name such as ".." could lead out of it. Exceptions of `get`
    pass through.
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
    """Return a lower bound of the length of the node, in a fifth of the time that encoding the node would take."""
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
    # The old folder was above the threshold. The new folder can be below the threshold only if it is smaller.
    if growth < 0 and (few := _below_threshold(get, folder, changes, profile)) is not None:
        return seal_folder(few, profile, emit) if few else None
    for block in made:
        emit(block)
    return edited


def _below_threshold(
    get: Get, folder: Node, changes: Mapping[bytes, Link | None], profile: Profile
) -> dict[bytes, Link] | None:
    """Return all entries after the changes if they fit into one node, else None."""
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
    """Return the number of bytes by which an entry counts towards the threshold."""
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
