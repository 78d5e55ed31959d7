"""Explain each byte of a CID and of a small node."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.dag import multibase, varint
from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass

_CODECS = {0x55: "raw", 0x70: "dag-pb", 0x71: "dag-cbor", 0x72: "libp2p-key"}
_HASHES = {0x00: "identity", 0x12: "sha2-256", 0x13: "sha2-512", 0xB220: "blake2b-256"}
_TYPES = {0: "raw", 1: "folder", 2: "file", 3: "metadata", 4: "symlink", 5: "shard of a folder"}
_NUMBERS = {1: "type", 3: "file size", 4: "size of a part", 5: "hash of the names", 6: "slots of a shard"}
_CONTENTS = {4: "the target", 5: "a bit for each slot that is taken"}


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The parts of a CID, and its spellings."""

    version: int
    codec: str
    """The name of the codec in the multicodec table, such as `dag-pb`."""
    hash: str
    """The name of the hash function in the multicodec table, such as `sha2-256`."""
    length: int
    """The number of bytes in the digest."""
    digest: str
    """The digest in hexadecimal digits."""
    base32: str
    """The CID of the block in version 1 and base32, the usual form."""
    base36: str
    """The CID of the block in version 1 and base36, which is short enough for a label of a host name."""
    base58: str
    """The CID of the block in base58: version 0 (Qm...) if the block has one, otherwise version 1 (z...)."""


@dataclass(frozen=True, slots=True)
class Field:
    """Some bytes of a block that belong together, and their meaning."""

    at: int
    """The offset of the bytes in the block."""
    raw: bytes
    what: str
    """The meaning of the bytes."""
    depth: int
    """This is 0 for a field of the node, and 1 for a field of a link or of the data."""


def anatomy(cid: Cid) -> Anatomy:
    """Return the parts of a CID."""
    new = cid.to_v1()
    sha = len(cid.digest) == 32 and cid.hash_code == 0x12
    old = new.raw[2:] if cid.codec == 0x70 and sha else None
    return Anatomy(
        cid.version,
        _CODECS.get(cid.codec, f"0x{cid.codec:x}"),
        _HASHES.get(cid.hash_code, f"0x{cid.hash_code:x}"),
        len(cid.digest),
        cid.digest.hex(),
        str(new),
        new.base36(),
        multibase.encode58(old) if old is not None else "z" + multibase.encode58(new.raw),
    )


def fields(block: bytes) -> tuple[Field, ...]:
    """Return the fields of a dag-pb node in the order of their bytes. Every byte of the block is in one field.

    Raises ValueError if `block` is not a dag-pb node.
    """
    try:
        return tuple(_node(block))
    except IndexError:
        raise ValueError("cut short") from None


def _node(block: bytes) -> Iterator[Field]:
    at = 0
    while at < len(block):
        tag, start, end = _span(block, at, len(block))
        if tag == 0x12:
            yield Field(at, block[at:start], f"a link, {_bytes(end - start)}", 0)
            yield from _link(block, start, end)
        elif tag == 0x0A:
            yield Field(at, block[at:start], f"the node's data, {_bytes(end - start)}", 0)
            yield from _data(block, start, end)
        else:
            raise ValueError(f"no field of a node: 0x{tag:02x}")
        at = end


def _link(block: bytes, at: int, end: int) -> Iterator[Field]:
    while at < end:
        if block[at] == 0x18:
            number, after = varint.decode(block, at + 1)
            yield Field(at, block[at:after], f"Tsize {number:,}: bytes of all blocks below it", 1)
        else:
            tag, start, after = _span(block, at, end)
            inside = block[start:after]
            yield Field(at, block[at:start], f"{'a CID' if tag == 0x0A else 'a name'}, {_bytes(after - start)}", 1)
            said = str(Cid.from_bytes(inside)) if tag == 0x0A else inside.decode("utf-8", "backslashreplace")
            if inside:
                yield Field(start, inside, said, 1)
        at = after


def _data(block: bytes, at: int, end: int) -> Iterator[Field]:
    kind = 0
    while at < end:
        field, wire = block[at] >> 3, block[at] & 7
        if wire == 0:
            number, after = varint.decode(block, at + 1)
            kind = number if field == 1 else kind
            yield Field(at, block[at:after], _number(field, number), 1)
        elif wire == 2:
            _, start, after = _span(block, at, end)
            what = _CONTENTS.get(kind, "content")
            yield Field(at, block[at:start], f"{what}, {_bytes(after - start)}", 1)
            inside = block[start:after]
            if inside:
                yield Field(start, inside, inside.decode("utf-8", "backslashreplace") if kind == 4 else what, 1)
        else:
            raise ValueError("a field of a kind that UnixFS does not have")
        at = after


def _number(field: int, number: int) -> str:
    if field == 1:
        return f"type {number}: {_TYPES.get(number, 'unknown')}"
    if field == 5:
        return f"hash of the names: {'murmur3' if number == 0x22 else hex(number)}"
    return f"{_NUMBERS.get(field, f'field {field}')}: {number:,}"


def _bytes(number: int) -> str:
    return f"{number} byte{'s' * (number != 1)}"


def _span(block: bytes, at: int, end: int) -> tuple[int, int, int]:
    tag = block[at]
    length, start = varint.decode(block, at + 1)
    if start + length > end:
        raise ValueError("cut short")
    return tag, start, start + length
