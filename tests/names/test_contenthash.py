"""Records as bytes: the vectors of other implementations, what must be refused, and the way there and back."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.dag import varint
from publisher.dag.cid import Cid, Codec
from publisher.errors import NameUnusable
from publisher.names import contenthash

SCHEMES = {"swarm": "bzz", "skynet": "sia", "arweave": "ar"}
VECTORS = json.loads((Path(__file__).parent / "contenthash_vectors.json").read_text())
DIGEST = bytes.fromhex("29f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f")
FOLDER = "ipfs://bafybeibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4"


def cid(codec: int, hash_code: int, digest: bytes) -> Cid:
    return Cid(b"\x01" + varint.encode(codec) + varint.encode(hash_code) + varint.encode(len(digest)) + digest)


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['protocol']}-{row['decoded'][:12]}")
def test_every_vector_is_written_and_read_as_others_do(row: Any) -> None:
    uri = f"{SCHEMES.get(row['protocol'], row['protocol'])}://{row['decoded']}"
    assert contenthash.encode(uri).hex() == row["encoded"]
    assert contenthash.decode(bytes.fromhex(row["encoded"])) == uri


def test_the_vectors_cover_every_protocol() -> None:
    assert {SCHEMES.get(row["protocol"], row["protocol"]) for row in VECTORS} == {
        p.scheme for p in contenthash.PROTOCOLS
    }


@pytest.mark.parametrize(
    ("uri", "same"),
    [
        ("ipfs://QmRAQB6YaCyidP37UdDnjFY5vQuiBrcqdyoW1CuDgwxkD4", FOLDER),
        (FOLDER + "/", FOLDER),
        (
            "ipns://12D3KooWG4NvqQVczTrWY1H2tvsJmbQf5bbA3xGYXC4FM3wWCfE4",
            "ipns://k51qzi5uqu5dihst24f3rp2ej4co9berxohfkxaenbq1wjty7nrd5e9xp4afx1",
        ),
        (
            "ipns://QmRAQB6YaCyidP37UdDnjFY5vQuiBrcqdyoW1CuDgwxkD4",
            "ipns://k2k4r8kgnix5x0snul9112xdpqgiwc5xmvi8ja0szfhntep2d7qv8zz3",
        ),
    ],
)
def test_other_forms_of_the_same_thing_are_the_same_bytes(uri: str, same: str) -> None:
    assert contenthash.encode(uri) == contenthash.encode(same)


def test_the_longest_key_that_a_host_name_holds_is_written() -> None:
    key = cid(Codec.LIBP2P_KEY, 0x00, bytes.fromhex("08021221") + b"x" * 33)
    assert len(key.base36()) == contenthash.LABEL
    assert contenthash.encode(f"ipns://{key.base36()}").endswith(key.raw)


def test_no_record_is_no_bytes() -> None:
    assert contenthash.encode("") == b""
    assert contenthash.decode(b"") == ""


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (f"ipfs://{cid(Codec.LIBP2P_KEY, 0x12, DIGEST)}", "has the form ipns"),
        (f"ipfs://{cid(Codec.DAG_CBOR, 0x12, DIGEST)}", "no file and no folder"),
        (f"ipfs://{cid(Codec.DAG_PB, 0x13, DIGEST * 2)}", "characters"),
        (f"ipfs://{cid(Codec.RAW, 0x00, b'a small file')}", "identity"),
        (f"ipfs://{cid(Codec.DAG_PB, 0x12, DIGEST[:31])}", "32 bytes, not 31"),
        (f"ipfs://{cid(Codec.DAG_PB, 0x1B, DIGEST)}", "only sha2-256"),
        (FOLDER + "/posts/", "no path"),
        (FOLDER + "?x", "no path"),
        (FOLDER[:-1], "not a CID"),
        ("ipfs://", "not a CID"),
        ("ipfs://" + "b" * 5000, "too many"),
        ("https://example.org", "must begin with"),
        ("bafybeibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4", "must begin with"),
        ("ipns://app.uniswap.org", "DNS name"),
        (f"ipns://{cid(Codec.LIBP2P_KEY, 0x00, b'app.uniswap.org')}", "no public key"),
        (f"ipns://{cid(Codec.LIBP2P_KEY, 0x00, b'x' * 36)}", "no public key"),
        (f"ipns://{cid(Codec.LIBP2P_KEY, 0x00, bytes.fromhex('08001226') + b'x' * 38)}", "characters"),
        (f"ipns://{cid(Codec.DAG_PB, 0x12, DIGEST)}", "has the form ipfs"),
        (f"ipns://{'1' * 5000}", "cut short"),
        ("bzz://" + "A" * 64, "hexadecimal"),
        ("bzz://" + "a" * 63, "hexadecimal"),
        ("onion://zqktlwi4fecvo6r1", "characters"),
        ("onion3://zqktlwi4fecvo6ri", "56"),
        ("ar://ys32Pt8uC7TrVxHdOLByOspfPEq2LO63wREHQIM9SJR", "that encoding gives"),
        ("ar://ys32Pt8u", "32 bytes"),
        ("sia://ä", "base64url"),
        ("adnl://61", "hexadecimal"),
    ],
)
def test_what_no_gateway_could_serve_is_never_written(uri: str, why: str) -> None:
    with pytest.raises(NameUnusable, match=why) as caught:
        contenthash.encode(uri)
    assert caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        "e301",
        "e3010170122029f2d1",
        "e30101701203aabbcc",
        "e3010170122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f00",
        "e381000170122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f",
        "e30101f000122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f",
        "e401017012200000",
        "e40101fa0112" + "20" + "00" * 32,
        "bc03ff716b746c776934666563766f367269",
        "90b2c605",
        "90b2da0500",
        "ff",
    ],
)
def test_a_damaged_record_says_so_and_can_still_be_shown(data: str) -> None:
    with pytest.raises(NameUnusable):
        contenthash.decode(bytes.fromhex(data))
    assert contenthash.describe(bytes.fromhex(data)) == f"damaged:0x{data}"


@pytest.mark.parametrize(
    ("data", "uri"),
    [
        ("e5010170000f6170702e756e69737761702e6f7267", "ipns://app.uniswap.org"),
        ("e40101701b20" + DIGEST.hex(), f"bzz://{DIGEST.hex()}"),
        ("e301" + "1220" + DIGEST.hex(), FOLDER),
        ("e3010172" + "1220" + DIGEST.hex(), f"ipfs://{cid(Codec.LIBP2P_KEY, 0x12, DIGEST)}"),
        ("1234", "unknown:0x1234"),
    ],
)
def test_what_others_have_written_is_shown(data: str, uri: str) -> None:
    assert contenthash.decode(bytes.fromhex(data)) == uri


digests = st.binary(min_size=32, max_size=32)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(st.sampled_from([Codec.DAG_PB, Codec.RAW]), digests)
def test_every_root_comes_back_from_its_record(codec: Codec, digest: bytes) -> None:
    uri = f"ipfs://{Cid.make(codec, digest)}"
    assert contenthash.decode(contenthash.encode(uri)) == uri


@given(digests)
def test_every_key_comes_back_from_its_record(digest: bytes) -> None:
    for key in (
        cid(Codec.LIBP2P_KEY, 0x12, digest),
        cid(Codec.LIBP2P_KEY, 0x00, bytes.fromhex("08011220") + digest),
    ):
        assert contenthash.decode(contenthash.encode(f"ipns://{key}")) == f"ipns://{key.base36()}"


@given(st.binary(min_size=34, max_size=34))
def test_every_other_record_comes_back(data: bytes) -> None:
    letters = base64.b32encode(data + data[:1]).decode().lower()
    for uri in (
        f"bzz://{data[:32].hex()}",
        f"adnl://{data[:32].hex()}",
        f"ar://{base64url(data[:32])}",
        f"sia://{base64url(data)}",
        f"onion://{letters[:16]}",
        f"onion3://{letters}",
    ):
        assert contenthash.decode(contenthash.encode(uri)) == uri


@given(st.binary(max_size=80) | st.builds(bytes.__add__, st.sampled_from([b"\xe3\x01", b"\xe5\x01"]), st.binary()))
def test_no_bytes_make_reading_fail_in_another_way(data: bytes) -> None:
    shown = contenthash.describe(data)
    assert shown.isprintable()
