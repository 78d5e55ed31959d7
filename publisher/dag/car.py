"""Read and write CARv1, which holds many blocks in one stream. Format: https://ipld.io/specs/transport/car/carv1/.

A header names the roots. The blocks follow the header. Each block is a length, a CID and the bytes. A CARv2 is a
header, a CARv1 and an index (https://ipld.io/specs/transport/car/carv2/). The header of a CARv2 gives the position of
the CARv1. This module does not use the index.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

from publisher.dag import varint
from publisher.dag.cid import Block, Cid

_MAX_HEADER = 1 << 20
_MAX_SECTION = (2 << 20) + 4096
"""The largest number of bytes of a block with its CID. Nodes exchange blocks of at most 2 MiB."""

_V2 = bytes.fromhex("a16776657273696f6e02")
_V2_HEADER = struct.Struct("<16xQQQ")
"""The position and the length of the CARv1, and the position of the index. The first 16 bytes are not needed."""

_V2_START = 11 + _V2_HEADER.size
_MAX_PADDING = 16 << 20
_HEAD = 16


class BadCar(ValueError):
    """The bytes are not a CAR, are cut short, or have a block that does not match its CID."""


class NoCar(BadCar):
    """The first bytes show that the file is not a CAR."""


def write(roots: Sequence[Cid], blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield a CAR with these roots and blocks, in pieces. The bytes of a block are not copied."""
    yield _header(roots)
    for block in blocks:
        raw = block.cid.raw
        yield varint.encode(len(raw) + len(block.data)) + raw
        yield block.data


def size(roots: Sequence[Cid], blocks: Iterable[tuple[Cid, int]]) -> int:
    """Return the number of bytes that `write` yields for blocks with these CIDs and lengths."""
    return len(_header(roots)) + sum(section(cid, length) for cid, length in blocks)


def section(cid: Cid, length: int) -> int:
    """Return the number of bytes that a block of `length` bytes takes in a CAR, with its CID and its length prefix."""
    inner = len(cid.raw) + length
    return varint.length(inner) + inner


def read(stream: BinaryIO) -> tuple[tuple[Cid, ...], Iterator[Block]]:
    """Return the roots of a CARv1 or CARv2, and an iterator over its blocks. Each block is checked against its CID.

    `stream` is only read forward. Raises BadCar if the bytes are not a CAR, are damaged or cut short. The iterator
    raises BadCar too.
    """
    roots, sections = read_sections(stream)
    return roots, (block for block, _ in sections)


def read_sections(stream: BinaryIO) -> tuple[tuple[Cid, ...], Iterator[tuple[Block, int]]]:
    """Return the roots and an iterator over the blocks, as `read` does.

    Each block comes with the offset in the stream at which its data begins. Raises BadCar as `read` does.
    """
    counted = _CountingReader(stream)
    source: _ByteSource = counted
    try:
        header = _frame(source, _MAX_HEADER, 0)
        if header == _V2:
            source = _inner(source)
            header = _frame(source, _MAX_HEADER, 0)
        if header is None:
            raise BadCar("the file is empty")
        roots = _roots(header)
    except (ValueError, IndexError) as error:
        if isinstance(error, BadCar) and _like_car(counted.head):
            raise
        raise NoCar("this is no CAR file: it does not begin like one") from None
    return roots, _blocks(source)


def _like_car(head: bytes) -> bool:
    """Return whether `head` begins like a header: with a length below 2 MiB and a map with one or two keys."""
    length = next((at for at, byte in enumerate(head[:3], 1) if byte < 128), 0)
    if not length:
        return len(head) < 3
    return head[length : length + 1] in (b"", b"\xa1", b"\xa2")


def _inner(source: _ByteSource) -> _ByteSource:
    """Return the CARv1 in a CARv2. The first eleven bytes of the CARv2 have been read already.

    Raises BadCar if the header of the CARv2 is wrong or incomplete.
    """
    head = _exactly(source, _V2_HEADER.size, 0)
    start, length, _ = _V2_HEADER.unpack(head)
    if not length:
        raise BadCar("this CARv2 was never finished: it does not say how long its data is")
    if not _V2_START <= start <= _V2_START + _MAX_PADDING:
        raise BadCar(f"this CARv2 is damaged: its header says that its data begins at byte {start:,}")
    _exactly(source, start - _V2_START, 0)
    return _Window(source, length)


class _ByteSource(Protocol):
    """A source of bytes. `at` is the number of bytes that were read from the underlying stream."""

    @property
    def at(self) -> int: ...

    def read(self, size: int) -> bytes: ...


class _CountingReader:
    """A stream that counts the bytes that were read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.at = 0
        self.head = b""
        """The first bytes of the stream. They show whether the file is a CAR."""

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self.at < _HEAD:
            self.head += data[:_HEAD]
        self.at += len(data)
        return data


class _Window:
    """A stream of the next `length` bytes of another stream."""

    def __init__(self, source: _ByteSource, length: int) -> None:
        self._source = source
        self._left = length

    @property
    def at(self) -> int:
        return self._source.at

    def read(self, size: int) -> bytes:
        data = self._source.read(min(size, self._left))
        self._left -= len(data)
        return data


def _blocks(stream: _ByteSource) -> Iterator[tuple[Block, int]]:
    count = 0
    while (frame := _frame(stream, _MAX_SECTION, count)) is not None:
        try:
            cid, start = Cid.read(frame)
            block = Block(cid, frame[start:])
            fits = cid.matches(block.data)
        except ValueError as error:
            raise BadCar(f"after {count} blocks: {error}") from None
        if not fits:
            raise BadCar(f"block {cid} is not what its CID says: the file is damaged or forged")
        yield block, stream.at - len(block.data)
        count += 1


def _frame(stream: _ByteSource, limit: int, count: int) -> bytes | None:
    """Read a length and return that many bytes. Return None at the end of the stream.

    Raises BadCar if the length is wrong or above `limit`, or if bytes are missing. `count` is the number of blocks that
    were read before. The error message has this number.
    """
    head = b""
    while not head or head[-1] > 127:
        byte = stream.read(1)
        if not byte and not head:
            return None
        if not byte or len(head) == 9:
            raise BadCar(f"cut short or damaged after {count} blocks")
        head += byte
    try:
        length, _ = varint.decode(head)
    except ValueError as error:
        raise BadCar(f"after {count} blocks: {error}") from None
    if not 0 < length <= limit:
        raise BadCar(f"after {count} blocks: a part of {length:,} bytes; {limit:,} are allowed")
    return _exactly(stream, length, count)


def _exactly(stream: _ByteSource, length: int, count: int) -> bytes:
    parts = []
    while length:
        part = stream.read(length)
        if not part:
            raise BadCar(f"cut short after {count} block{'' if count == 1 else 's'}")
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _header(roots: Sequence[Cid]) -> bytes:
    """Return the DAG-CBOR of {"roots": [CID, ...], "version": 1}, preceded by its length.

    In DAG-CBOR, a CID is a byte string with tag 42. The byte string is a zero byte and the binary CID.
    """
    links = b"".join(b"\xd8\x2a" + _cbor(2, len(cid.raw) + 1) + b"\0" + cid.raw for cid in roots)
    body = b"\xa2\x65roots" + _cbor(4, len(roots)) + links + b"\x67version\x01"
    return varint.encode(len(body)) + body


def _cbor(major: int, number: int) -> bytes:
    """Return the head of a CBOR item in its shortest form."""
    if number < 24:
        return bytes([major << 5 | number])
    length = 1 if number < 256 else 2 if number < 65536 else 4
    return bytes([major << 5 | 23 + length.bit_length()]) + number.to_bytes(length)


def _roots(header: bytes) -> tuple[Cid, ...]:
    """Return the roots of a header. Its two keys may be in any order.

    Raises ValueError or IndexError if the header is malformed.
    """
    roots: list[Cid] = []
    version = 0
    keys, at = _item(header, 0, 5)
    for _ in range(keys):
        length, at = _item(header, at, 3)
        key, at = header[at : at + length], at + length
        if key == b"version":
            version, at = _item(header, at, 0)
        elif key == b"roots":
            count, at = _item(header, at, 4)
            for _ in range(count):
                if header[at : at + 2] != b"\xd8\x2a":
                    raise ValueError("not a link")
                length, at = _item(header, at + 2, 2)
                if header[at] != 0:
                    raise ValueError("not a link")
                roots.append(Cid.from_bytes(header[at + 1 : at + length]))
                at += length
        else:
            raise ValueError("unknown key")
    if version != 1 or at != len(header) or keys != 2:
        raise ValueError("not version 1")
    return tuple(roots)


def _item(data: bytes, at: int, major: int) -> tuple[int, int]:
    """Return the number of the CBOR item at `at`, and the offset at which its content begins.

    Raises ValueError if the item does not have the major type `major`, and IndexError at the end of the data.
    """
    kind, short = data[at] >> 5, data[at] & 31
    if kind != major or short > 26:
        raise ValueError("another kind of item")
    if short < 24:
        return short, at + 1
    length = 1 << short - 24
    return int.from_bytes(data[at + 1 : at + 1 + length]), at + 1 + length
