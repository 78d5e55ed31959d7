"""Define content identifiers (CIDs) and blocks.

The format of CIDs: https://github.com/multiformats/cid. This program makes CIDs with sha2-256 only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType

from publisher.dag import multibase, varint
from publisher.fast_dataclass import dataclass


class Codec(IntEnum):
    """Codecs of blocks, with their numbers in the multicodec table."""

    RAW = 0x55
    DAG_PB = 0x70
    DAG_CBOR = 0x71
    LIBP2P_KEY = 0x72


IDENTITY, SHA2_256, SHA2_512 = 0x00, 0x12, 0x13
"""Hash functions, with their numbers in the multicodec table. An identity CID holds the data instead of a digest."""

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
"""The hash functions with which blocks of other programs can be checked.

SHA-1 is missing, because anyone can make two blocks with the same SHA-1 digest.
"""

MAX_DIGEST = 128
"""The largest number of bytes of a digest that IPFS nodes accept. It also limits the data in an identity CID."""

# The text of a CID with a digest of 128 bytes is shorter than this. Longer texts are refused before they are decoded,
# because decoding base58 takes quadratic time.
_MAX_TEXT = 256
_V0 = b"\x12\x20"
_V1_OF_V0 = b"\x01\x70" + _V0


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A content identifier in binary form: 34 bytes for version 0, 36 for version 1 with sha2-256."""

    raw: bytes

    @classmethod
    def make(cls, codec: int, digest: bytes, version: int = 1) -> Cid:
        """Return the CID of a block from its codec and its sha2-256 digest of 32 bytes.

        Raises ValueError if the digest has another length, or if `version` is 0 and `codec` is not dag-pb.
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
        """Parse a CID in base32 (b...), base36 (k...) or base58 (z..., or Qm... for version 0).

        Raises ValueError if `text` is not a CID.
        """
        if len(text) > _MAX_TEXT:
            raise ValueError(f"not a CID: {len(text)} characters are too many ({text[:20]}...)")
        try:
            if text.startswith("Qm"):
                return cls.from_bytes(multibase.decode58(text))
            raw = _multibase(text)
            if raw[:1] == b"\x12":
                raise ValueError("a CID of version 0 begins with Qm and has no base prefix")
            return cls.from_bytes(raw)
        except ValueError as error:
            raise ValueError(f"not a CID: {text!r}: {error}") from None

    @classmethod
    def from_bytes(cls, raw: bytes) -> Cid:
        """Return the CID for its binary form. Raises ValueError if `raw` is not a CID or has bytes after the CID."""
        cid, end = cls.read(raw)
        if end != len(raw):
            raise ValueError(f"{len(raw) - end} bytes too many after the CID")
        return cid

    @classmethod
    def read(cls, data: bytes, start: int = 0) -> tuple[Cid, int]:
        """Return the binary CID that begins at offset `start`, and the offset at which it ends.

        Raises ValueError if there is no valid CID.
        """
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
        """The number of the codec. It may be a number that is not in Codec."""
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
        """The digest of the block. For an identity CID, it is the data itself."""
        return self._multihash()[1]

    @property
    def is_raw(self) -> bool:
        """Whether the codec is raw. Such a block has only bytes of a file and no links."""
        return self.raw[1] == Codec.RAW and self.raw[0] == 1

    @property
    def is_identity(self) -> bool:
        """Whether the CID holds its data itself. Such a block is never requested or sent."""
        raw = self.raw
        if self._is_v0 or (len(raw) == 36 and raw[1] < 128 and raw[2] == SHA2_256):  # a fast test for nearly all CIDs
            return False
        return self.hash_code == IDENTITY

    def to_v1(self) -> Cid:
        """Return the CID of version 1 for the same block."""
        return Cid.make(Codec.DAG_PB, self.raw[2:]) if self._is_v0 else self

    def to_v0(self) -> Cid | None:
        """Return the CID of version 0 for the same block. Return None if it is not dag-pb with sha2-256."""
        if self._is_v0:
            return self
        return Cid(self.raw[2:]) if self.raw.startswith(_V1_OF_V0) and len(self.raw) == 36 else None

    def other_version(self) -> Cid | None:
        """Return the CID of the other version for the same block, or None if the other version cannot name it."""
        return self.to_v1() if self._is_v0 else self.to_v0()

    def versions(self) -> tuple[Cid, ...]:
        """Return this CID, and the CID of the other version if there is one.

        A cache or store may use either of them.
        """
        other = self.other_version()
        return (self,) if other is None else (self, other)

    def same_block(self, other: Cid | None) -> bool:
        """Return whether `other` names the same block, even if its version is different."""
        return other is not None and self.to_v1() == other.to_v1()

    def matches(self, data: bytes) -> bool:
        """Return whether the hash of `data` is the digest of this CID.

        Raises ValueError for an unknown hash function.
        """
        code, digest = self._multihash()
        compute = _HASHES.get(code)
        if compute is None:
            raise ValueError(f"{self}: hash function 0x{code:x} is not supported")
        return compute(data) == digest

    def base36(self) -> str:
        """Return the CID as version 1 in base36 (`k...`).

        IPNS keys are written in base36, because they do not fit into a DNS label in base32.
        """
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
"""A function that returns the bytes of a block. It raises BlockMissing if it does not have the block."""

Emit = Callable[[Block], None]
"""A function that takes each block as soon as it is made."""


def sha256(data: bytes) -> bytes:
    """Return the sha2-256 digest of `data`, which has 32 bytes. The CIDs of all our blocks use it."""
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
