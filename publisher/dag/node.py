"""Read one block as UnixFS: a file, a part of a file, a folder, a shard of a folder, or a symlink.

Format: https://specs.ipfs.tech/unixfs/. This module checks every length in the block. It does not hash the block,
because the code that reads the block from a store does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from publisher.dag import dag_cbor, dag_pb, varint
from publisher.dag.cid import Cid, Codec, Get
from publisher.dag.dag_pb import Malformed, Unsupported
from publisher.dag.unixfs import Link
from publisher.fast_dataclass import dataclass

Links = TypeVar("Links")
Made = TypeVar("Made")

Kind = Literal["file", "folder", "shard", "symlink"]

_KINDS: dict[int, Kind] = {0: "file", 1: "folder", 2: "file", 4: "symlink", 5: "shard"}
_TYPE, _DATA, _SIZE, _SIZES, _HASH, _FANOUT = 1, 2, 3, 4, 5, 6
_MURMUR3, _WIDTH = 0x22, 256
_PLAIN_FOLDER = b"\x08\x01"
_KNOWN = (b"\x01\x55\x12\x20", b"\x01\x70\x12\x20")


@dataclass(frozen=True, slots=True)
class Node:
    """The content of a block."""

    kind: Kind
    size: int
    """The number of bytes of the file, or of the target of a symlink. It is 0 for a folder."""
    links: tuple[tuple[str, Link], ...] = ()
    """The links with their stored names. In a shard, each name begins with two hex digits for its slot."""
    sizes: tuple[int, ...] = ()
    """The number of bytes of the file below each link."""
    data: bytes = b""
    """The first bytes of a file, before the bytes below its links, or the target of a symlink."""


def load(get: Get, cid: Cid) -> bytes:
    """Return the bytes of a block. The data of an identity CID is in the CID, so `get` is not called for it.

    Exceptions of `get` pass through.
    """
    return cid.digest if cid.is_identity else get(cid)


def links(cid: Cid, block: bytes) -> list[dag_pb.Entry]:
    """Return the links of a block of any known codec.

    Raises Malformed if the block is malformed, and Unsupported if its codec is unknown.
    """
    if cid.is_raw:
        return []
    if cid.codec == Codec.DAG_CBOR:
        return [(b"", below.raw, 0) for below in dag_cbor.links(block, cid)]
    _refuse_other_codecs(cid)
    return dag_pb.decode(block)[0]


def node(get: Get, cid: Cid) -> Node:
    """Read a block as UnixFS.

    Raises Malformed if the block is malformed, and Unsupported if it is not raw or dag-pb, or if its kind is unknown.
    Exceptions of `get` pass through.
    """
    return node_of(cid, load(get, cid))


def node_of(cid: Cid, block: bytes) -> Node:
    """Read a block as `node` does, but from its bytes. Raises Malformed and Unsupported in the same cases."""
    if cid.is_raw:
        return Node("file", len(block), data=block)
    return _taken_apart(cid, block, dag_pb.decode, _node)


def outline(get: Get, cid: Cid) -> tuple[Kind, list[bytes]]:
    """Return the kind of a block and its unparsed links, which are enough to compare two folders.

    Raises Malformed if the block is malformed, and Unsupported if it is not raw or dag-pb, or if its kind is unknown.
    Exceptions of `get` pass through.
    """
    if cid.is_raw:
        return "file", []
    return _taken_apart(cid, load(get, cid), dag_pb.split, lambda links, data: (_kind(_fields(data)[0]), links))


def _taken_apart(
    cid: Cid, block: bytes, split: Callable[[bytes], tuple[Links, bytes | None]], make: Callable[[Links, bytes], Made]
) -> Made:
    """Split a dag-pb block with `split`, and return the result of `make` for its links and data.

    Raises Malformed or Unsupported, with the CID in the text.
    """
    _refuse_other_codecs(cid)
    try:
        links, data = split(block)
        if data is None:
            raise Malformed("dag-pb without UnixFS data")
        return make(links, data)
    except Malformed as error:
        raise type(error)(f"{cid}: {error}") from None
    except ValueError as error:
        raise Malformed(f"{cid}: {error}") from None


def part(kind: Kind, entries: Iterable[dag_pb.Entry]) -> Node:
    """Return a folder or a shard with these links. Raises Malformed if a CID or the slot of a shard is not valid."""
    named = tuple(map(link, entries))
    if kind == "shard" and not all(_slot(name) for name, _ in named):
        raise Malformed("a sharded folder with a link that begins with no slot")
    return Node(kind, 0, named)


def link(entry: dag_pb.Entry) -> tuple[str, Link]:
    """Parse a link. Raises Malformed if its CID is not valid."""
    name, raw, size = entry
    if len(raw) == 36 and raw.startswith(_KNOWN):
        cid = Cid(raw)
    else:
        try:
            cid = Cid.from_bytes(raw)
        except ValueError as error:
            raise Malformed(f"a link without a proper CID: {error}") from None
    return name.decode("utf-8", "surrogateescape"), Link(cid, size)


def _refuse_other_codecs(cid: Cid) -> None:
    codec = cid.codec
    if codec != Codec.DAG_PB:
        known = {int(c): c.name.lower().replace("_", "-") for c in Codec}
        raise Unsupported(f"{cid} is {known.get(codec, f'codec 0x{codec:x}')}, not a file or folder")


def _node(entries: list[dag_pb.Entry], data: bytes) -> Node:
    if data == _PLAIN_FOLDER:
        return Node("folder", 0, tuple(map(link, entries)))
    numbers, sizes, content = _fields(data)
    kind = _kind(numbers)
    if kind == "file":
        size = len(content) + sum(sizes)
        named = tuple(map(link, entries))
        if len(sizes) != len(named) or numbers.get(_SIZE, size) != size:
            raise Malformed("a file whose parts and sizes do not agree")
        return Node(kind, size, named, tuple(sizes), content)
    if kind == "symlink":
        if entries:
            raise Malformed("a symlink with links")
        return Node(kind, len(content), data=content)
    return part(kind, entries)


def _kind(numbers: dict[int, int]) -> Kind:
    kind = _KINDS.get(numbers.get(_TYPE, 0))
    if kind is None:
        raise Unsupported(f"UnixFS type {numbers[_TYPE]} is not read here")
    if kind == "shard" and (numbers.get(_HASH), numbers.get(_FANOUT)) != (_MURMUR3, _WIDTH):
        raise Unsupported("a sharded folder with another width than 256, or another hash function than murmur3")
    return kind


def _slot(name: str) -> bool:
    return len(name) >= 2 and name[0] in "0123456789ABCDEF" and name[1] in "0123456789ABCDEF"


def _fields(data: bytes) -> tuple[dict[int, int], list[int], bytes]:
    """Return the number fields of a UnixFS message, its list of sizes, and its data. Unknown fields are skipped.

    Raises Malformed or ValueError if the message is cut short.
    """
    numbers: dict[int, int] = {}
    sizes: list[int] = []
    content = b""
    at = 0
    while at < len(data):
        tag, at = varint.decode(data, at)
        field, wire = tag >> 3, tag & 7
        value, at = varint.decode(data, at) if wire in (0, 2) else (4 if wire == 5 else 8, at)
        if wire == 0:
            if field == _SIZES:
                sizes.append(value)
            numbers[field] = value
            continue
        if wire not in (1, 2, 5) or at + value > len(data):
            raise Malformed("UnixFS data cut short")
        if field == _DATA and wire == 2:
            content = data[at : at + value]
        elif field == _SIZES and wire == 2:
            sizes.extend(_packed(data[at : at + value]))
        at += value
    return numbers, sizes, content


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = varint.decode(data, at)
        found.append(value)
    return found
