"""Encode and decode dag-pb, the format of the blocks of folders and large files. Such a block has links and data.

Format: https://ipld.io/specs/codecs/dag-pb/spec/. The links come first, then the data. A link is a CID, a name and a
size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.dag import varint

T = TypeVar("T")

Entry = tuple[bytes, bytes, int]
"""A link: its name, its binary CID and its Tsize."""

_HASH, _NAME, _TSIZE = 0x0A, 0x12, 0x18
_DATA, _LINK = 0x0A, 0x12


class Malformed(ValueError):
    """The bytes of a block are malformed. A retry or another source would give the same bytes."""


class Unsupported(Malformed):
    """The block may be valid, but this program cannot read its codec, hash function or shard width."""


class TooMuch(Malformed):
    """The tree is deeper or larger than the limits of the reader."""


def encode_link(name: bytes, cid: bytes, size: int) -> bytes:
    """Return the bytes of a link in a node. `size` is its Tsize."""
    tsize = varint.encode(size)
    body = 5 + len(cid) + len(name) + len(tsize)
    if body < 128:  # a fast path for short links, because encoding a large folder mostly encodes links
        return b"\x12%c\x0a%c%b\x12%c%b\x18%b" % (body, len(cid), cid, len(name), name, tsize)
    encode = varint.encode
    link = b"\x0a%b%b\x12%b%b\x18%b" % (encode(len(cid)), cid, encode(len(name)), name, tsize)
    return b"\x12%b%b" % (encode(len(link)), link)


def encode_data(data: bytes) -> bytes:
    """Return the bytes of the data field of a node. It comes after the links."""
    return b"\x0a%b%b" % (varint.encode(len(data)), data)


def decode(block: bytes) -> tuple[list[Entry], bytes | None]:
    """Return the links of a block in their order, and its data. The data is None if the block has none.

    The CIDs of the links are not parsed. Raises Malformed if the block is not dag-pb.
    """
    return _fields(block, _link)


def split(block: bytes) -> tuple[list[bytes], bytes | None]:
    """Return the links of a block as unparsed bytes, which can be compared, and its data or None.

    `entry` parses such a link. Raises Malformed if the block is not dag-pb.
    """
    return _fields(block, _written)


def _fields(block: bytes, take: Callable[[bytes, int, int], T]) -> tuple[list[T], bytes | None]:
    """Return the results of `take` for all links, and the data or None.

    `take` gets the block, and the offsets at which a link begins and ends. Raises Malformed if the block is not dag-pb.
    """
    links: list[T] = []
    data = None
    at, end = 0, len(block)
    try:
        while at < end:
            tag = block[at]
            start, at = _span(block, at + 1)
            if at > end:
                raise Malformed("dag-pb: cut short")
            if tag == _LINK:
                links.append(take(block, start, at))
            elif tag == _DATA and data is None:
                data = block[start:at]
            else:
                raise Malformed(f"dag-pb: tag 0x{tag:02x} is unknown or there twice")
    except Malformed:
        raise
    except (ValueError, IndexError):
        raise Malformed("dag-pb: cut short") from None
    return links, data


def entry(link: bytes) -> Entry:
    """Parse a link that `split` returned. Raises Malformed if it is malformed."""
    try:
        return _link(link, 0, len(link))
    except Malformed:
        raise
    except (ValueError, IndexError):
        raise Malformed("dag-pb: cut short") from None


def _written(block: bytes, start: int, end: int) -> bytes:
    return block[start:end]


def _link(block: bytes, at: int, end: int) -> Entry:
    if at == end or block[at] != _HASH:
        raise Malformed("dag-pb: a link without a hash")
    start, at = _span(block, at + 1)
    cid, name, size = block[start:at], b"", 0
    if at < end and block[at] == _NAME:
        start, at = _span(block, at + 1)
        name = block[start:at]
    if at < end and block[at] == _TSIZE:
        size, at = varint.decode(block, at + 1)
    if at != end:  # this is also the case if a length above was wrong
        raise Malformed("dag-pb: a link that is cut short or has unknown fields")
    return name, cid, size


def _span(block: bytes, at: int) -> tuple[int, int]:
    """Read the length at offset `at`. Return the offsets at which that many bytes begin and end."""
    length = block[at]
    if length < 128:
        return at + 1, at + 1 + length
    length, at = varint.decode(block, at)
    return at, at + length
