"""dag-pb, the outer layer of every folder and large file: named links and some data.

Format: https://ipld.io/specs/codecs/dag-pb/spec/. Links are written first, then the data. A link is hash, name, size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.dag import varint

T = TypeVar("T")

Entry = tuple[bytes, bytes, int]
"""A link as it is written: name, binary CID, Tsize."""

_HASH, _NAME, _TSIZE = 0x0A, 0x12, 0x18
_DATA, _LINK = 0x0A, 0x12


class Malformed(ValueError):
    """The bytes are not what their CID says. Neither a retry nor another source can help."""


class Unsupported(Malformed):
    """A kind that is not read here, even if it is valid: another codec, hash function or shard width."""


class TooMuch(Malformed):
    """The tree is deeper or larger than the reader's limits."""


def encode_link(name: bytes, cid: bytes, size: int) -> bytes:
    """Return a link as it stands in its node. `size` is its Tsize."""
    tsize = varint.encode(size)
    body = 5 + len(cid) + len(name) + len(tsize)
    if body < 128:  # all lengths then take one byte; a large folder spends its time here
        return b"\x12%c\x0a%c%b\x12%c%b\x18%b" % (body, len(cid), cid, len(name), name, tsize)
    encode = varint.encode
    link = b"\x0a%b%b\x12%b%b\x18%b" % (encode(len(cid)), cid, encode(len(name)), name, tsize)
    return b"\x12%b%b" % (encode(len(link)), link)


def encode_data(data: bytes) -> bytes:
    """Return the data as it stands in its node, after the links."""
    return b"\x0a%b%b" % (varint.encode(len(data)), data)


def decode(block: bytes) -> tuple[list[Entry], bytes | None]:
    """Return the links in their order, and the data or None. CIDs are not parsed. Raises Malformed."""
    return _fields(block, _link)


def split(block: bytes) -> tuple[list[bytes], bytes | None]:
    """Return the same as `decode`, but with unparsed links, for comparison; `entry` parses one. Raises Malformed."""
    return _fields(block, _written)


def _fields(block: bytes, take: Callable[[bytes, int, int], T]) -> tuple[list[T], bytes | None]:
    """Return what `take` makes of each link, given its two positions in the block, and the data. Raises Malformed."""
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
    """Parse a link that `split` gave. Raises Malformed."""
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
    if at != end:  # this also checks every length before it
        raise Malformed("dag-pb: a link that is cut short or has unknown fields")
    return name, cid, size


def _span(block: bytes, at: int) -> tuple[int, int]:
    """Return where the bytes begin whose length is at `at`, and where they end."""
    length = block[at]
    if length < 128:
        return at + 1, at + 1 + length
    length, at = varint.decode(block, at)
    return at, at + length
