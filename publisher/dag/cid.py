"""Content identifiers and blocks.

CID: https://github.com/multiformats/cid. The hash is sha2-256 unless stated otherwise.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from publisher.dag import multibase, varint


class Codec(IntEnum):
    """The codec of a block's bytes: numbers of the multicodec table."""

    RAW = 0x55
    DAG_PB = 0x70
    DAG_CBOR = 0x71
    LIBP2P_KEY = 0x72


IDENTITY, SHA2_256, SHA2_512 = 0x00, 0x12, 0x13
"""Hash functions of the multicodec table. An identity CID carries its own data."""

_HASHES: Mapping[int, Callable[[bytes], bytes]] = MappingProxyType(
    {
        IDENTITY: bytes,
        SHA2_256: lambda data: hashlib.sha256(data).digest(),
        SHA2_512: lambda data: hashlib.sha512(data).digest(),
        0x14: lambda data: hashlib.sha3_512(data).digest(),
        0x16: lambda data: hashlib.sha3_256(data).digest(),
        0x20: lambda data: hashlib.sha384(data).digest(),
        0xB220: lambda data: hashlib.blake2b(data, digest_size=32).digest(),
        0xB240: lambda data: hashlib.blake2b(data, digest_size=64).digest(),
        0xB260: lambda data: hashlib.blake2s(data, digest_size=32).digest(),
    }
)
"""The hash functions with which foreign blocks can be checked.

SHA-1 is missing because two blocks can share a digest.
"""

MAX_DIGEST = 128
"""Bytes of the longest digest that IPFS nodes accept. It limits the data in an identity CID."""

# 128 bytes and their prefixes fit. Decoding base58 takes quadratic time, so longer texts are refused unread.
_MAX_TEXT = 256
_V0 = b"\x12\x20"
_V1_OF_V0 = b"\x01\x70" + _V0


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A content identifier in binary form: 34 bytes for version 0, 36 for version 1 with sha2-256."""

    raw: bytes

    @classmethod
    def make(cls, codec: int, digest: bytes, version: int = 1) -> Cid:
        """Return the CID of a block from its 32-byte sha2-256 digest. Version 0 exists for dag-pb only.

        Raises ValueError.
        """
        if len(digest) != 32:
            raise ValueError(f"a sha2-256 digest has 32 bytes, not {len(digest)}")
        if version == 0 and codec == Codec.DAG_PB:
            return cls(_V0 + digest)
        if version != 1:
            raise ValueError(f"CID version {version} cannot name codec 0x{codec:x}")
        return cls(b"\x01" + varint.encode(codec) + _V0 + digest)

    @classmethod
    def parse(cls, text: str) -> Cid:
        """Parse base32 (b...), base36 (k...) or base58 (z..., and Qm... for version 0). Raises ValueError."""
        if len(text) > _MAX_TEXT:
            raise ValueError(f"not a CID: {len(text)} characters are too many ({text[:20]}...)")
        try:
            if text.startswith("Qm"):
                return cls.from_bytes(multibase.decode58(text))
            raw = _multibase(text)
            if raw[:1] == b"\x12":
                raise ValueError("version 0 is written without a base prefix, from Qm on")
            return cls.from_bytes(raw)
        except ValueError as error:
            raise ValueError(f"not a CID: {text!r}: {error}") from None

    @classmethod
    def from_bytes(cls, raw: bytes) -> Cid:
        """Return the CID of a binary form, with nothing after it. Raises ValueError."""
        cid, end = cls.read(raw)
        if end != len(raw):
            raise ValueError(f"{len(raw) - end} bytes too many after the CID")
        return cid

    @classmethod
    def read(cls, data: bytes, start: int = 0) -> tuple[Cid, int]:
        """Return the CID that begins at `start`, and where it ends. Raises ValueError."""
        if data.startswith(_V0, start):
            end = start + 34
        else:
            version, at = varint.decode(data, start)
            if version != 1:
                raise ValueError(f"CID version {version} is not known")
            _, at = varint.decode(data, at)
            _, at = varint.decode(data, at)
            length, at = varint.decode(data, at)
            if length > MAX_DIGEST:
                raise ValueError(f"a digest of {length} bytes is longer than any node accepts")
            end = at + length
        if end > len(data):
            raise ValueError("cut short")
        return cls(bytes(data[start:end])), end

    @property
    def version(self) -> int:
        """The version, 0 or 1."""
        return 0 if self._is_v0 else 1

    @property
    def codec(self) -> int:
        """The codec. It is an int, because not every number of the table is in Codec."""
        if self._is_v0:
            return int(Codec.DAG_PB)
        codec = self.raw[1]
        return codec if codec < 128 else varint.decode(self.raw, 1)[0]

    @property
    def hash_code(self) -> int:
        """The number of the hash function in the multicodec table."""
        return self._multihash()[0]

    @property
    def digest(self) -> bytes:
        """The digest; of an identity CID, the data itself."""
        return self._multihash()[1]

    @property
    def is_raw(self) -> bool:
        """Whether the block is the bytes of a file and nothing else, so that it has no links."""
        return self.raw[1] == Codec.RAW and self.raw[0] == 1

    @property
    def is_identity(self) -> bool:
        """Whether the CID carries its data. Such a block is never requested or sent."""
        raw = self.raw
        if self._is_v0 or (len(raw) == 36 and raw[1] < 128 and raw[2] == SHA2_256):  # nearly all CIDs, and fast
            return False
        return self.hash_code == IDENTITY

    def to_v1(self) -> Cid:
        """Return the CID of version 1 for the same block."""
        return Cid.make(Codec.DAG_PB, self.raw[2:]) if self._is_v0 else self

    def to_v0(self) -> Cid | None:
        """Return the CID of version 0 for the same block; None if there is none."""
        if self._is_v0:
            return self
        return Cid(self.raw[2:]) if self.raw.startswith(_V1_OF_V0) and len(self.raw) == 36 else None

    def other_version(self) -> Cid | None:
        """Return the CID of the other version for the same block; None if there is none."""
        return self.to_v1() if self._is_v0 else self.to_v0()

    def versions(self) -> tuple[Cid, ...]:
        """Return every CID of this block, this one first. A cache or a store may have it under any of them."""
        other = self.other_version()
        return (self,) if other is None else (self, other)

    def same_block(self, other: Cid | None) -> bool:
        """Return whether both CIDs name one block, in whichever version."""
        return other is not None and self.to_v1() == other.to_v1()

    def matches(self, data: bytes) -> bool:
        """Return whether the bytes hash to this CID. Raises ValueError for an unknown hash function."""
        code, digest = self._multihash()
        compute = _HASHES.get(code)
        if compute is None:
            raise ValueError(f"{self}: hash function 0x{code:x} is not supported")
        return compute(data) == digest

    def base36(self) -> str:
        """Return version 1 in base36, `k...`: the form of IPNS names, whose base32 does not fit into a DNS label."""
        return "k" + multibase.encode36(self.to_v1().raw)

    def __str__(self) -> str:
        if self._is_v0:
            return multibase.encode58(self.raw)
        return "b" + base64.b32encode(self.raw).decode().rstrip("=").lower()

    @property
    def _is_v0(self) -> bool:
        return len(self.raw) == 34 and self.raw.startswith(_V0)

    def _multihash(self) -> tuple[int, bytes]:
        at = 0 if self._is_v0 else varint.decode(self.raw, 1)[1]
        code, at = varint.decode(self.raw, at)
        return code, self.raw[varint.decode(self.raw, at)[1] :]


@dataclass(frozen=True, slots=True)
class Block:
    """A CID and the bytes that hash to it."""

    cid: Cid
    data: bytes


Get = Callable[[Cid], bytes]
"""Returns the bytes of a block. Raises BlockMissing if the block is not there."""

Emit = Callable[[Block], None]
"""Takes each block as it is made."""


def sha256(data: bytes) -> bytes:
    """Return the 32-byte sha2-256 digest, by which all our blocks are named."""
    return hashlib.sha256(data).digest()


def _multibase(text: str) -> bytes:
    base, digits = text[:1], text[1:]
    if base in ("b", "B"):
        return multibase.decode32(digits, upper=base == "B")
    if base == "k":
        return multibase.decode36(digits)
    if base == "z":
        return multibase.decode58(digits)
    raise ValueError("it should begin with b (base32), k (base36), z or Qm (base58)")
