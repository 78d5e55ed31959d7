"""Make the blocks of files as UnixFS: chunks, leaves and the balanced layout. Define the CID profiles.

Formats: https://specs.ipfs.tech/unixfs/ and IPIP-499 (CID profiles), https://github.com/ipfs/specs/pull/499.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, TypeVar

from publisher.dag import dag_pb, varint
from publisher.dag.cid import Block, Cid, Emit
from publisher.fast_dataclass import dataclass

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Profile:
    """All settings that change a CID, with their names in IPIP-499. Sizes and thresholds are in bytes."""

    name: str
    cid_version: Literal[0, 1]
    chunk_size: int
    file_max_links: int
    raw_leaves: bool
    hamt_fanout: Literal[256]
    """The number of slots of a shard. Each level uses one byte of a name's hash, so this program supports only 256."""
    hamt_threshold: int
    hamt_estimate: Literal["block", "links"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a finished file or folder."""

    cid: Cid
    size: int
    """The Tsize: the bytes of this block and of all blocks below it. A block counts as often as it is linked."""


MODERN = Profile("unixfs-v1-2025", 1, 1 << 20, 1024, True, 256, 256 << 10, "block")
LEGACY = Profile("unixfs-v0-2015", 0, 256 << 10, 174, False, 256, 256 << 10, "links")
PROFILES: Mapping[str, Profile] = MappingProxyType({p.name: p for p in (MODERN, LEGACY)})

_RAW = b"\x01\x55\x12\x20"
_DAG_PB = {0: b"\x12\x20", 1: b"\x01\x70\x12\x20"}

Each = Callable[[Callable[[bytes], bytes], Iterable[bytes]], Iterable[bytes]]
"""A function like the built-in `map`. Its results have the order of the values. It may use several threads."""

_Part = tuple[Link, int]
"""A part of a file: its link, and the number of bytes of the file that it holds."""


def add_file(chunks: Iterable[bytes], profile: Profile, emit: Emit) -> Link:
    """Make the blocks of a file and return its link. `chunks` are the bytes of the file, in pieces of any size.

    At most one chunk, and `file_max_links` links per level, are in memory.
    """
    levels: list[list[_Part]] = [[]]
    for chunk in _recut(chunks, profile.chunk_size):
        _append(levels, 0, _leaf(chunk, profile, emit), profile, emit)
    if not levels[0]:
        return _leaf(b"", profile, emit)[0]
    level = 0
    while (
        level + 1 < len(levels) or len(levels[level]) > 1
    ):  # every leaf has the same depth, so the last node may have one link
        _append(levels, level + 1, _join(levels[level], profile, emit), profile, emit)
        level += 1
    return levels[level][0][0]


def add_bytes(data: bytes, profile: Profile, emit: Emit) -> Link:
    """Make the blocks of a file and return its link. It is faster than `add_file` for files of one chunk."""
    if len(data) > profile.chunk_size:
        return add_file((data,), profile, emit)
    return _leaf(data, profile, emit)[0]


def add_each(
    files: Iterable[tuple[Key, bytes]], profile: Profile, emit: Emit, each: Each = map
) -> Iterator[tuple[Key, Link]]:
    """Make the blocks of many files. Yield the key and the link of each file, in the order of `files`.

    Nearly all the time is hashing. `each` does the hashing of files that are one raw leaf, and may use several threads.
    """
    waiting: deque[tuple[Key, bytes]] = deque()

    def drawn() -> Iterator[bytes]:
        for file in files:
            waiting.append(file)
            yield file[1]

    one_leaf = profile.chunk_size if profile.raw_leaves else -1

    def digest(data: bytes) -> bytes:
        return sha256(data).digest() if len(data) <= one_leaf else b""

    for found in each(digest, drawn()):
        key, data = waiting.popleft()
        yield key, _raw_leaf(data, found, emit) if found else add_file((data,), profile, emit)


def add_symlink(target: bytes, profile: Profile, emit: Emit) -> Link:
    """Make a symbolic link and return its link. `target` is stored unchanged and not resolved."""
    return seal(dag_pb.encode_data(b"\x08\x04\x12%b%b" % (varint.encode(len(target)), target)), 0, profile, emit)


def seal(data: bytes, below: int, profile: Profile, emit: Emit) -> Link:
    """Make a block from the bytes of a dag-pb node and return its link.

    `below` is the sum of the Tsizes of its links.
    """
    cid = Cid(_DAG_PB[profile.cid_version] + sha256(data).digest())
    emit(Block(cid, data))
    return Link(cid, len(data) + below)


def _append(levels: list[list[_Part]], level: int, part: _Part, profile: Profile, emit: Emit) -> None:
    if level == len(levels):
        levels.append([])
    if len(levels[level]) == profile.file_max_links:
        _append(levels, level + 1, _join(levels[level], profile, emit), profile, emit)
        levels[level].clear()
    levels[level].append(part)


def _leaf(chunk: bytes, profile: Profile, emit: Emit) -> _Part:
    size = len(chunk)
    if profile.raw_leaves:
        return _raw_leaf(chunk, sha256(chunk).digest(), emit), size
    length = varint.encode(size)
    data = b"\x08\x02\x12%b%b\x18%b" % (length, chunk, length) if chunk else b"\x08\x02\x18\x00"
    return seal(dag_pb.encode_data(data), 0, profile, emit), size


def _raw_leaf(chunk: bytes, digest: bytes, emit: Emit) -> Link:
    cid = Cid(_RAW + digest)
    emit(Block(cid, chunk))
    return Link(cid, len(chunk))


def _join(parts: list[_Part], profile: Profile, emit: Emit) -> _Part:
    sizes = [size for _, size in parts]
    data = b"\x08\x02\x18" + varint.encode(sum(sizes)) + b"".join(b"\x20" + varint.encode(size) for size in sizes)
    links = b"".join(dag_pb.encode_link(b"", link.cid.raw, link.size) for link, _ in parts)
    node = links + dag_pb.encode_data(data)
    return seal(node, sum(link.size for link, _ in parts), profile, emit), sum(sizes)


def _recut(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the bytes of `chunks` in pieces of `size` bytes. The last piece may be shorter. No piece is empty."""
    rest = b""
    pieces: list[bytes] = []  # joined when a chunk is full, because appending each piece to bytes takes quadratic time
    held = 0
    for chunk in chunks:
        if held + len(chunk) < size:
            pieces.append(chunk)
            held += len(chunk)
            continue
        cut = size - held
        yield b"".join((*pieces, chunk[:cut])) if held else chunk[:cut]
        while len(chunk) - cut >= size:
            yield chunk[cut : cut + size]
            cut += size
        rest = chunk[cut:]
        pieces, held = [rest], len(rest)
    if held:
        yield b"".join(pieces)
