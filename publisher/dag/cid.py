"""Content identifiers and blocks. CID: https://github.com/multiformats/cid; multihash: sha2-256 unless said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Codec(IntEnum):
    """What the bytes of a block are: numbers of the multicodec table."""

    RAW = 0x55
    DAG_PB = 0x70
    DAG_CBOR = 0x71
    LIBP2P_KEY = 0x72


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A content identifier in its binary form: 34 bytes for version 0, 36 for version 1 with sha2-256."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes and the CID they hash to."""

    cid: Cid
    data: bytes


Get = Callable[[Cid], bytes]
"""The bytes of a block. Raises BlockMissing when it is not to be had there."""

Emit = Callable[[Block], None]
"""Takes a block that was made."""


def sha256(data: bytes) -> bytes:
    """The 32-byte digest that every block of ours is named by."""
    return hashlib.sha256(data).digest()
