"""Encode and decode contenthash records. A record is the code of a protocol, followed by a value.

The format: https://docs.ens.domains/ensip/7. `encode` is strict, because a change costs money and gateways have to
serve the record. `decode` also reads records that other tools wrote.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from publisher.dag import multibase, varint
from publisher.dag.cid import IDENTITY, SHA2_256, Cid, Codec
from publisher.errors import NameUnusable
from publisher.fast_dataclass import dataclass

LABEL = 63
"""The largest number of characters of a DNS label. A gateway puts the CID into a host name, so a longer CID fails."""
SWARM_MANIFEST, KECCAK_256 = 0xFA, 0x1B
_SHORTEST_KEY = 36  # An ed25519 key in protobuf has 36 bytes. A shorter identity multihash holds a DNS name.
_HOST = re.compile(rb"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class ContentProtocol:
    """One protocol of contenthash records.

    `encode` turns the part of a URI after `scheme://` into bytes, and `decode` does the reverse. Both raise ValueError
    if the value is invalid.
    """

    code: int
    scheme: str
    encode: Callable[[str], bytes]
    decode: Callable[[bytes], str]


def encode(uri: str) -> bytes:
    """Return the record for a URI such as ipfs://bafy... Return b"" if `uri` is "".

    Raises NameUnusable if no gateway could serve the URI.
    """
    if not uri:
        return b""
    scheme, mark, rest = uri.partition("://")
    row = _BY_SCHEME.get(scheme)
    if not mark or row is None:
        raise _unusable(uri, f"the address must begin with one of {', '.join(f'{s}://' for s in _BY_SCHEME)}")
    if "/" in rest.rstrip("/") or set(rest) & set("?#"):
        raise _unusable(uri, "a record holds a root, and no path below the root")
    try:
        return varint.encode(row.code) + row.encode(rest.rstrip("/"))
    except ValueError as error:
        raise _unusable(uri, str(error)) from None


def decode(data: bytes) -> str:
    """Return the URI of a record. Return "" if `data` is empty, and unknown:0x... if the protocol is unknown.

    Raises NameUnusable if the record is damaged.
    """
    if not data:
        return ""
    try:
        code, start = varint.decode(data)
        row = _BY_CODE.get(code)
        return f"{row.scheme}://{row.decode(data[start:])}" if row else f"unknown:0x{data.hex()}"
    except ValueError as error:
        raise _unusable(f"0x{data.hex()}", str(error)) from None


def describe(data: bytes) -> str:
    """Return the URI of a record, as `decode` does. Return damaged:0x... if the record is damaged. Raise nothing."""
    try:
        return decode(data)
    except NameUnusable:
        return f"damaged:0x{data.hex()}"


def _unusable(what: str, why: str) -> NameUnusable:
    shown = what if len(what) <= 100 else what[:97] + "..."
    return NameUnusable("contenthash", f"{shown}: {why}", hint="write a root as ipfs://bafy...")


def _encode_ipfs(text: str) -> bytes:
    cid = Cid.parse(text).to_v1()
    if cid.codec == Codec.LIBP2P_KEY:
        raise ValueError("a key has the form ipns://, not ipfs://")
    if cid.codec not in (Codec.DAG_PB, Codec.RAW):
        raise ValueError(f"codec 0x{cid.codec:x} is no file and no folder: only dag-pb and raw can be shown as a site")
    _check_hash(cid)
    return cid.raw


def _check_hash(cid: Cid) -> None:
    if cid.hash_code == IDENTITY:
        raise ValueError("an identity CID carries its data in itself: gateways do not serve it as a site")
    if len(str(cid)) > LABEL:
        raise ValueError(f"the CID has {len(str(cid))} characters, and a gateway's host name holds {LABEL}")
    if cid.hash_code != SHA2_256:
        raise ValueError(f"hash function 0x{cid.hash_code:x}: only sha2-256 is served everywhere")
    if len(cid.digest) != 32:
        raise ValueError(f"a sha2-256 digest has 32 bytes, not {len(cid.digest)}")


def _decode_ipfs(value: bytes) -> str:
    cid = _whole_cid(value)
    return str(cid.to_v1())


def _whole_cid(value: bytes) -> Cid:
    cid = Cid.from_bytes(value)
    if cid.hash_code == SHA2_256 and len(cid.digest) != 32:
        raise ValueError(f"a sha2-256 digest has 32 bytes, not {len(cid.digest)}")
    return cid


def _encode_ipns(text: str) -> bytes:
    cid = _key(text)
    if cid.codec != Codec.LIBP2P_KEY:
        raise ValueError("a root has the form ipfs://, not ipns://")
    if cid.hash_code == IDENTITY:
        if len(cid.digest) < _SHORTEST_KEY or not cid.digest.startswith(b"\x08"):
            raise ValueError("the key holds no public key")
        if len(cid.base36()) > LABEL:
            raise ValueError(f"the key has {len(cid.base36())} characters, and a gateway's host name holds {LABEL}")
    else:
        _check_hash(cid)
    return cid.raw


def _key(text: str) -> Cid:
    """Parse an IPNS key. `text` is a CID, or a peer ID (a bare multihash in base58). Raises ValueError otherwise."""
    if text.startswith(("Qm", "1")):
        multihash = multibase.decode58(text) if len(text) <= 2 * LABEL else b""
        return Cid.from_bytes(b"\x01" + varint.encode(Codec.LIBP2P_KEY) + multihash)
    if "." in text:
        raise ValueError("a DNS name in a record is out of use: set the root itself, or an IPNS key")
    return Cid.parse(text)


def _decode_ipns(value: bytes) -> str:
    cid = _whole_cid(value)
    if cid.hash_code == IDENTITY and len(cid.digest) < _SHORTEST_KEY and _HOST.fullmatch(cid.digest):
        return cid.digest.decode("ascii")  # some old ENS records hold a DNSLink name
    return cid.to_v1().base36()


def _encode_swarm(text: str) -> bytes:
    return b"\x01" + varint.encode(SWARM_MANIFEST) + bytes([KECCAK_256, 32]) + _hex(text)


def _decode_swarm(value: bytes) -> str:
    cid = Cid.from_bytes(value)
    # Older records use the codec dag-pb for swarm-manifest.
    if cid.codec not in (SWARM_MANIFEST, Codec.DAG_PB) or cid.hash_code != KECCAK_256 or len(cid.digest) != 32:
        raise ValueError("this is no swarm reference")
    return cid.digest.hex()


def _hex(text: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("64 hexadecimal digits in lower case are needed")
    return bytes.fromhex(text)


def _unhex(value: bytes) -> str:
    if len(value) != 32:
        raise ValueError(f"32 bytes are needed, not {len(value)}")
    return value.hex()


def _onion(length: int) -> tuple[Callable[[str], bytes], Callable[[bytes], str]]:
    """Return the encoder and the decoder for onion addresses of `length` characters.

    The record holds the characters as ASCII.
    """
    form = re.compile(f"[a-z2-7]{{{length}}}")

    def write(text: str) -> bytes:
        if not form.fullmatch(text):
            raise ValueError(f"{length} characters of a-z and 2-7 are needed")
        return text.encode("ascii")

    def read(value: bytes) -> str:
        text = value.decode("ascii", "replace")
        write(text)
        return text

    return write, read


def _base64(length: int) -> tuple[Callable[[str], bytes], Callable[[bytes], str]]:
    """Return the encoder and the decoder for `length` bytes in base64url without padding."""

    def write(text: str) -> bytes:
        try:
            value = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
        except ValueError:
            raise ValueError("not base64url") from None
        if read(value) != text:  # `text` has leftover bits or padding. Accepting it would give one value two texts.
            raise ValueError("not base64url, or not in the one form that encoding gives")
        return value

    def read(value: bytes) -> str:
        if len(value) != length:
            raise ValueError(f"{length} bytes are needed, not {len(value)}")
        return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")

    return write, read


PROTOCOLS = (
    ContentProtocol(0xE3, "ipfs", _encode_ipfs, _decode_ipfs),
    ContentProtocol(0xE5, "ipns", _encode_ipns, _decode_ipns),
    ContentProtocol(0xE4, "bzz", _encode_swarm, _decode_swarm),
    ContentProtocol(0x1BC, "onion", *_onion(16)),
    ContentProtocol(0x1BD, "onion3", *_onion(56)),
    ContentProtocol(0xB19910, "sia", *_base64(34)),
    ContentProtocol(0xB29910, "ar", *_base64(32)),
    ContentProtocol(0xB69910, "adnl", _hex, _unhex),
)
"""Every known protocol. The codes: https://github.com/multiformats/multicodec/blob/master/table.csv"""
_BY_SCHEME = {p.scheme: p for p in PROTOCOLS}
_BY_CODE = {p.code: p for p in PROTOCOLS}
