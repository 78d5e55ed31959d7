import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.dag import varint
from publisher.dag.cid import Cid, Codec, sha256

EMPTY_FOLDER_V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
EMPTY_FOLDER_V1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
HELLO_RAW = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
ED25519_NAME = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"


@pytest.mark.parametrize("text", [EMPTY_FOLDER_V0, EMPTY_FOLDER_V1, HELLO_RAW])
def test_the_text_of_a_parsed_cid_is_the_text(text: str) -> None:
    assert str(Cid.parse(text)) == text


def test_a_raw_leaf_is_named_by_its_bytes() -> None:
    cid = Cid.make(Codec.RAW, sha256(b"hello world"))
    assert str(cid) == HELLO_RAW
    assert (cid.version, cid.codec, cid.hash_code, cid.digest) == (1, Codec.RAW, 0x12, sha256(b"hello world"))
    assert len(cid.raw) == 36
    assert cid.matches(b"hello world")
    assert not cid.matches(b"hello worlds")


def test_a_block_has_at_most_one_name_in_the_other_version() -> None:
    old, new, raw = map(Cid.parse, (EMPTY_FOLDER_V0, EMPTY_FOLDER_V1, HELLO_RAW))
    assert (old.versions(), new.versions(), raw.versions()) == ((old, new), (new, old), (raw,))
    assert old.same_block(new)
    assert new.same_block(old)
    assert not old.same_block(raw)
    assert not old.same_block(None)


def test_version_0_is_dag_pb_and_has_one_form_in_version_1() -> None:
    cid = Cid.parse(EMPTY_FOLDER_V0)
    assert (cid.version, cid.codec, len(cid.raw)) == (0, Codec.DAG_PB, 34)
    assert str(cid.to_v1()) == EMPTY_FOLDER_V1
    assert cid.to_v1().to_v1() == cid.to_v1()
    assert Cid.make(Codec.DAG_PB, cid.digest, 0) == cid
    assert cid.to_v1().to_v0() == cid.to_v0() == cid
    assert Cid.make(Codec.RAW, cid.digest).to_v0() is None
    assert Cid(b"\x01\x70\x13\x20" + cid.digest).to_v0() is None


def test_an_ipns_name_keeps_its_codec_and_its_base36_form() -> None:
    cid = Cid.parse(ED25519_NAME)
    assert (cid.codec, cid.hash_code) == (Codec.LIBP2P_KEY, 0)
    assert cid.base36() == ED25519_NAME
    assert Cid.parse(str(cid)) == cid


def test_one_cid_in_every_base() -> None:
    cid = Cid.parse(EMPTY_FOLDER_V1)
    base58 = "zdj7WbTaiJT1fgatdet9Ei9iDB5hdCxkbVyhyh8YTUnXMiwYi"
    assert {Cid.parse(t) for t in (base58, "B" + str(cid)[1:].upper(), cid.base36())} == {cid}


def test_an_identity_cid_carries_its_own_data() -> None:
    cid = Cid.from_bytes(b"\x01\x55\x00\x05hello")
    assert (cid.digest, cid.matches(b"hello"), cid.matches(b"hell")) == (b"hello", True, False)


def test_sha2_512_is_checked_and_an_unknown_hash_is_refused() -> None:
    assert Cid.from_bytes(b"\x01\x55\x13\x40" + hashlib.sha512(b"a").digest()).matches(b"a")
    with pytest.raises(ValueError, match="hash function 0x1e"):
        Cid.from_bytes(b"\x01\x55\x1e\x20" + bytes(32)).matches(b"")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "should begin with"),
        ("hello", "should begin with"),
        ("bafy!", "not base32"),
        ("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf35", "cut short|not base32"),
        (EMPTY_FOLDER_V1[:-1] + "5", "last digit"),
        ("bAFY" + EMPTY_FOLDER_V1[4:], "not base32"),
        (EMPTY_FOLDER_V0[:-1], "CID|cut|many"),
        (EMPTY_FOLDER_V0.replace("L", "l"), "base58"),
        ("z" + EMPTY_FOLDER_V0, "version 0"),
        ("b" + "a" * 400, "too many"),
        (ED25519_NAME.upper(), "should begin with"),
        ("bafy一二三", "not base32"),
    ],
)
def test_what_is_no_cid_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Cid.parse(text)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "cut short"),
        (b"\x02\x55\x12\x20" + bytes(32), "version 2"),
        (b"\x01\x55\x12\x20" + bytes(31), "cut short"),
        (b"\x01\x55\x12\x20" + bytes(33), "1 bytes too many"),
        (b"\x01\xd5\x00\x12\x20" + bytes(32), "longer than it needs"),
        (b"\x01\x55\x00\x81\x01" + bytes(129), "longer than any node accepts"),
        (b"\x01" + b"\xff" * 12, "63 bits"),
    ],
)
def test_malformed_bytes_are_refused_with_the_reason(raw: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Cid.from_bytes(raw)


def test_make_refuses_what_no_cid_can_say() -> None:
    with pytest.raises(ValueError, match="31"):
        Cid.make(Codec.RAW, bytes(31))
    with pytest.raises(ValueError, match="version 0 cannot name codec 0x55"):
        Cid.make(Codec.RAW, bytes(32), 0)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_cid_or_a_value_error(raw: bytes) -> None:
    try:
        cid = Cid.from_bytes(raw)
    except ValueError:
        return
    assert cid.raw == raw
    assert Cid.parse(str(cid)) == cid


@given(st.text(max_size=70))
def test_any_text_is_a_cid_or_a_value_error(text: str) -> None:
    try:
        cid = Cid.parse(text)
    except ValueError:
        return
    assert Cid.parse(str(cid)) == cid


@given(st.integers(0, (1 << 63) - 1))
def test_a_varint_comes_back_and_has_the_length_that_was_said(number: int) -> None:
    raw = varint.encode(number)
    assert varint.decode(raw) == (number, len(raw))
    assert varint.length(number) == len(raw)


@pytest.mark.parametrize(("code", "carries"), [(0x00, True), (0x12, False), (0x1B, False)])
@pytest.mark.parametrize("codec", [b"\x55", b"\x80\x12", b"\x81\x12"])
def test_what_a_cid_carries_is_told_by_its_hash_and_not_by_a_codec_that_reads_like_one(
    codec: bytes, code: int, carries: bool
) -> None:
    for length in (31, 32):
        cid = Cid.from_bytes(b"\x01" + codec + bytes([code, length]) + bytes(length))
        assert cid.is_identity is carries
