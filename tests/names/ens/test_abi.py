"""The few words of the contract ABI: selectors, against the library that signs, and answers that are cut or lying."""

import re
from pathlib import Path

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from publisher.names.ens import abi

LINE = re.compile(r'bytes\.fromhex\("([0-9a-f]{8})"\).*# (\w+\([^ ;]*\))')


def test_every_selector_is_the_hash_of_the_signature_beside_it() -> None:
    pairs = LINE.findall(Path(abi.__file__).read_text())
    assert len(pairs) >= 18
    assert {signature: keccak(signature.encode())[:4].hex() for _, signature in pairs} == {
        signature: selector for selector, signature in pairs
    }


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100))
def test_arguments_are_written_as_others_write_them(node: bytes, data: bytes) -> None:
    assert abi.encode(data) == encode(["bytes"], [data])
    assert abi.encode(node, data) == encode(["bytes32", "bytes"], [node, data])
    assert abi.encode(data, node + data, dynamic=2) == encode(["bytes", "bytes"], [data, node + data])


@given(st.binary(max_size=100), st.binary(min_size=20, max_size=20))
def test_answers_are_read_as_others_write_them(data: bytes, address: bytes) -> None:
    answer = encode(["bytes", "address", "uint256"], [data, address, 7])
    assert abi.read_bytes(answer) == data
    assert abi.read_address(answer, 1) == ("" if not any(address) else to_checksum_address(address))
    assert abi.read_word(answer, 2) == 7


@given(st.binary(max_size=100), st.data())
def test_a_cut_answer_is_never_read_as_a_shorter_one(data: bytes, draw: st.DataObject) -> None:
    answer = abi.encode(data)
    end = draw.draw(st.integers(0, 63 + len(data)))
    with pytest.raises(ValueError):
        abi.read_bytes(answer[:end])


@pytest.mark.parametrize("answer", [b"\xff" * 32, abi.word(31) + bytes(64), abi.word(32) + b"\xff" * 32, abi.word(64)])
def test_an_answer_that_points_outside_itself_is_refused(answer: bytes) -> None:
    with pytest.raises(ValueError):
        abi.read_bytes(answer)


@pytest.mark.parametrize("start", [1, 31, 33, 63])
def test_an_answer_that_points_between_two_words_is_refused(start: int) -> None:
    with pytest.raises(ValueError):
        abi.read_bytes(abi.word(start) + bytes(128))
    assert abi.read_bytes(abi.word(32) + bytes(128)) == b""


def test_a_word_with_more_than_an_address_in_it_is_no_address() -> None:
    with pytest.raises(ValueError):
        abi.read_address(b"\x01" * 32)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "without a reason"),
        (abi.ERROR + abi.encode(b"not today\x1b[31m"), "not today[31m"),
        (abi.ERROR + b"\xff", "damaged reason"),
        (abi.NO_ROLE + bytes(96), "no role"),
        (b"\x12\x34\x56\x78more", "0x12345678"),
    ],
)
def test_a_reason_is_said_in_words(data: bytes, words: str) -> None:
    assert words in abi.reason(data)
