"""Make, read and edit sharded folders. Such a folder is a trie over the hashes of its names, with one byte per level.

Format: https://specs.ipfs.tech/unixfs/#dag-pb-hamtdirectory. The shape depends only on the set of names. A slot with
one name holds its entry. A slot with several names holds a shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import mmh3

from publisher.dag import dag_pb, varint
from publisher.dag.cid import Emit, Get
from publisher.dag.dag_pb import Malformed
from publisher.dag.node import Node, node
from publisher.dag.unixfs import Link, Profile, seal
from publisher.fast_dataclass import dataclass

Item = tuple[bytes, bytes, Link]
"""The hash of a name, the name, and its link."""

Change = tuple[bytes, bytes, Link | None]
"""The hash of a name, the name, and its new link. The link is None if the name is to be removed."""

_Slots = dict[int, tuple[bytes, Link]]
"""Maps a slot number to a name and a link. The name of a lower shard is empty."""

_DEPTH = 8
_TOO_DEEP = "a shard at the ninth level, but the hash of a name has only eight bytes"
_HEX = [b"%02X" % n for n in range(256)]


def key(name: bytes) -> bytes:
    """Return the hash of a name: the first 64 bits of murmur3 x64, big-endian. Each level of the trie uses one byte."""
    both: bytes = mmh3.mmh3_x64_128_digest(name)  # little-endian
    return both[7::-1]


def build(items: Iterable[Item], profile: Profile, emit: Emit, level: int = 0) -> Link:
    """Make a shard and everything below it, and return its link. Raises ValueError if two names have the same hash."""
    return _seal(_fill(items, profile, emit, level), profile, emit)


def edit(
    get: Get, root: Node, changes: Iterable[Change], profile: Profile, emit: Emit
) -> tuple[Link, dict[bytes, Link]]:
    """Return the link of the edited folder, and the old links of the changed names.

    The folder equals a folder that `build` makes from the new entries. Raises ValueError if two names have the same
    hash, and Malformed if a shard is malformed. Exceptions of `get` pass through.
    """
    work = _Edit(get, profile, emit, {})
    return _seal(work.shard(root, changes, 0), profile, emit), work.before


def find(get: Get, root: Node, name: bytes) -> Link | None:
    """Return the link of a name, or None if the folder does not have it. Read only the shards on the path to the name.

    Raises Malformed if a shard is malformed. Exceptions of `get` pass through.
    """
    shard = root
    for step in key(name):
        slot = _slots(shard).get(step)
        if slot is None:
            return None
        if slot[0]:
            return slot[1] if slot[0] == name else None
        shard = node(get, slot[1].cid)
    return None


def entries(get: Get, root: Node, prefix: bytes = b"") -> Iterator[tuple[bytes, Link]]:
    """Yield the names and links of a folder in the order of the hashes of the names.

    If `root` is a lower shard, `prefix` has the slot numbers on the path to it. Raises Malformed if a name is not where
    its hash leads, or if a lower shard is empty. Without these checks, a few shards that link to each other could look
    like an endless folder. Exceptions of `get` pass through.
    """
    pending = [(prefix, iter(sorted(_slots(root).items())))]
    while pending:
        prefix, slots = pending[-1]
        for number, (name, link) in slots:
            here = b"%b%c" % (prefix, number)
            if not name:
                pending.append((here, iter(sorted(_below(get, link, len(here)).items()))))
                break
            if not key(name).startswith(here):
                raise Malformed(f"{name!r} is in a shard where its hash does not lead")
            yield name, link
        else:
            pending.pop()


def differences(get: Get, old: Node, new: Node) -> Iterator[tuple[bytes, Link | None, Link | None]]:
    """Yield the names whose links differ in two sharded folders, with the old and the new link.

    Equal shards are not read. A link is None if the folder does not have the name. Raises Malformed if a shard is
    malformed. Exceptions of `get` pass through.
    """
    before, after = _slots(old), _slots(new)
    for number in sorted(before.keys() | after.keys()):
        if before.get(number) == after.get(number):
            continue
        left, right = (_flat(get, number, slots.get(number)) for slots in (before, after))
        for name in sorted(left.keys() | right.keys()):
            if left.get(name) != right.get(name):
                yield name, left.get(name), right.get(name)


@dataclass(frozen=True, slots=True)
class _Edit:
    get: Get
    profile: Profile
    emit: Emit
    before: dict[bytes, Link]

    def shard(self, old: Node, changes: Iterable[Change], level: int) -> _Slots:
        slots = _slots(old)
        buckets: dict[int, list[Change]] = {}
        for change in changes:
            buckets.setdefault(change[0][level], []).append(change)
        for number, bucket in buckets.items():
            name, link = slots.pop(number, (b"", None))
            if link is None or name:
                inner = self.slot((name, link) if link else None, bucket, level)
            elif level + 1 == _DEPTH:
                raise Malformed(f"{link.cid}: {_TOO_DEEP}")
            else:
                inner = self.shard(node(self.get, link.cid), bucket, level + 1)
            if len(inner) == 1 and (only := next(iter(inner.values())))[0]:
                slots[number] = only  # a single name gets no shard, as in `build`
            elif inner:
                slots[number] = (b"", _seal(inner, self.profile, self.emit))
        return slots

    def slot(self, old: tuple[bytes, Link] | None, changes: list[Change], level: int) -> _Slots:
        """Return the entries after the changes, as slots of a shard. `old` is the only old entry, or None.

        If only one entry is left, its slot number is 0 and has no meaning, because no shard is made for one entry.
        """
        kept: dict[bytes, Item] = {old[0]: (key(old[0]), *old)} if old else {}
        for way, name, to in changes:
            if gone := kept.pop(name, None):
                self.before[name] = gone[2]
            if to is not None:
                kept[name] = (way, name, to)
        if len(kept) > 1:
            return _fill(kept.values(), self.profile, self.emit, level + 1)
        return {number: (name, link) for number, (_, name, link) in enumerate(kept.values())}


def _fill(items: Iterable[Item], profile: Profile, emit: Emit, level: int) -> _Slots:
    if level == _DEPTH:
        raise ValueError("two names in one folder have the same 64-bit hash: rename one of them")
    buckets: dict[int, list[Item]] = {}
    for item in items:  # this loop runs once per name and level, so `setdefault` would be too slow
        number = item[0][level]
        if number in buckets:
            buckets[number].append(item)
        else:
            buckets[number] = [item]
    slots: _Slots = {}
    for number, bucket in buckets.items():
        if len(bucket) == 1:
            slots[number] = bucket[0][1:]
        else:
            slots[number] = (b"", build(bucket, profile, emit, level + 1))
    return slots


def _seal(slots: _Slots, profile: Profile, emit: Emit) -> Link:
    field = below = 0
    links = []
    for number in sorted(slots):
        name, link = slots[number]
        field |= 1 << number
        below += link.size
        links.append(dag_pb.encode_link(_HEX[number] + name, link.cid.raw, link.size))
    bits = field.to_bytes((field.bit_length() + 7) // 8)
    data = b"\x08\x05\x12%c%b\x28\x22\x30%b" % (len(bits), bits, varint.encode(profile.hamt_fanout))
    return seal(b"".join(links) + dag_pb.encode_data(data), below, profile, emit)


def _below(get: Get, link: Link, level: int) -> _Slots:
    slots = _slots(node(get, link.cid))
    if not slots or level == _DEPTH:
        raise Malformed(f"{link.cid}: {'an empty shard' if not slots else _TOO_DEEP}")
    return slots


def _flat(get: Get, number: int, slot: tuple[bytes, Link] | None) -> dict[bytes, Link]:
    if slot is None:
        return {}
    name, link = slot
    return {name: link} if name else dict(entries(get, node(get, link.cid), bytes([number])))


def _slots(shard: Node) -> _Slots:
    if shard.kind != "shard":
        raise Malformed(f"a {shard.kind} where a shard should be")
    slots = {int(name[:2], 16): (name[2:].encode("utf-8", "surrogateescape"), link) for name, link in shard.links}
    if len(slots) != len(shard.links):
        raise Malformed("a shard with one slot twice")
    return slots
