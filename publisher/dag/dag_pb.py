"""dag-pb, the outer layer of every folder and large file: named links and some data.

Format: https://ipld.io/specs/codecs/dag-pb/spec/. Links are written first, then the data; a link is hash, name, size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.dag import varint

T = TypeVar("T")

Entry = tuple[bytes, bytes, int]
"""A link as it is written: name, CID in binary, Tsize."""

_HASH, _NAME, _TSIZE = 0x0A, 0x12, 0x18
_DATA, _LINK = 0x0A, 0x12


class Malformed(ValueError):
    """Bytes that are not what their CID says they are: no retry and no other source can help."""


class Unsupported(Malformed):
    """Well formed perhaps, but of a kind that is not read here: another codec, hash function or shard width."""


class TooMuch(Malformed):
    """It goes deeper, or unfolds into more, than the reader was told to accept."""


def encode_link(name: bytes, cid: bytes, size: int) -> bytes:
    """One link as it stands in its node."""
    tsize = varint.encode(size)
    body = 5 + len(cid) + len(name) + len(tsize)
    if body < 128:  # all lengths have one byte then: this is where the time of a large folder goes
        return b"\x12%c\x0a%c%b\x12%c%b\x18%b" % (body, len(cid), cid, len(name), name, tsize)
    encode = varint.encode
    link = b"\x0a%b%b\x12%b%b\x18%b" % (encode(len(cid)), cid, encode(len(name)), name, tsize)
    return b"\x12%b%b" % (encode(len(link)), link)


def encode_data(data: bytes) -> bytes:
    """The data as it stands in its node, after the links."""
    return b"\x0a%b%b" % (varint.encode(len(data)), data)


def decode(block: bytes) -> tuple[list[Entry], bytes | None]:
    """The links in their order, and the data. Raises Malformed; CIDs are not looked into."""
    return _fields(block, _link)


def split(block: bytes) -> tuple[list[bytes], bytes | None]:
    """As decode, but the links are left as they are written, to be compared with others; `entry` takes one apart."""
    return _fields(block, _written)


def _fields(block: bytes, take: Callable[[bytes, int, int], T]) -> tuple[list[T], bytes | None]:
    """What `take` makes of each link, which stands between two places of the block, and the data."""
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
    """A link that split gave, taken apart."""
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
    if at != end:  # every length before this one is checked by it too
        raise Malformed("dag-pb: a link that is cut short or has unknown fields")
    return name, cid, size


def _span(block: bytes, at: int) -> tuple[int, int]:
    """Where the bytes begin whose length stands at `at`, and where they would end."""
    length = block[at]
    if length < 128:
        return at + 1, at + 1 + length
    length, at = varint.decode(block, at)
    return at, at + length
