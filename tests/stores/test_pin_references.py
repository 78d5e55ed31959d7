"""Who uses a root on a node that several sites share, as its pins say."""

import pytest

from publisher.dag.cid import IDENTITY, Cid, Codec, sha256
from publisher.stores.pin_references import MARK, mark, mark_name, marked

A, B = (Cid.make(Codec.DAG_PB, sha256(name)) for name in (b"a", b"b"))
ONE, TWO = "00112233445566ff", "fedcba9876543210"


def identity(data: bytes, hash_code: int = IDENTITY) -> Cid:
    return Cid(bytes((1, Codec.RAW, hash_code, len(data))) + data)


def test_a_mark_says_who_uses_which_root_and_is_its_own_block() -> None:
    assert marked([mark(A, ONE)]) == {A: frozenset({ONE})}
    assert mark(A, ONE).is_identity
    assert mark(A, ONE).matches(mark(A, ONE).digest)
    assert Cid.parse(str(mark(A, ONE))) == mark(A, ONE)


def test_a_root_has_the_mark_of_every_site_that_uses_it() -> None:
    pins = [mark(A, ONE), mark(B, TWO), mark(A, TWO), mark(A, ONE)]
    assert marked(pins) == {A: frozenset({ONE, TWO}), B: frozenset({TWO})}
    assert marked([]) == {}


def test_both_versions_of_a_root_have_one_mark() -> None:
    old = A.to_v0()
    assert old is not None
    assert mark(old, ONE) == mark(A, ONE)


@pytest.mark.parametrize(
    "pin",
    [
        pytest.param(A, id="a root"),
        pytest.param(identity(b""), id="no bytes"),
        pytest.param(identity(b"gazeth uses"), id="a part of the magic"),
        pytest.param(identity(bytes.fromhex(ONE) + A.raw), id="a mark without its magic"),
        pytest.param(identity(b"others uses " + bytes.fromhex(ONE) + A.raw), id="the mark of another program"),
        pytest.param(identity(mark(A, ONE).digest, hash_code=0x13), id="a digest that reads like a mark"),
        pytest.param(identity(b" gazeth uses " + bytes.fromhex(ONE) + A.raw), id="the magic further on"),
    ],
)
def test_what_does_not_begin_with_the_magic_is_no_mark(pin: Cid) -> None:
    assert marked([pin, mark(B, TWO)]) == {B: frozenset({TWO})}


def test_people_read_beside_a_mark_who_uses_what() -> None:
    assert mark_name(A, "example").startswith(MARK)
    assert mark_name(A, "example").endswith(f"{A} is used by example")
