"""Who gives a root back to strangers: how often they are asked, and how long is waited for whom."""

import threading
import time

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.deploy.witness import GRACE, witnesses
from publisher.errors import BlockMissing

DATA = {Cid.make(Codec.RAW, sha256(text)): text for text in (b"one", b"two", b"three")}
CIDS = tuple(DATA)


def absent(cid: Cid) -> bytes:
    raise BlockMissing("there", f"does not have {cid}")


def test_who_gave_other_bytes_is_not_asked_again() -> None:
    asked: list[Cid] = []

    def lying(cid: Cid) -> bytes:
        asked.append(cid)
        return b"other"

    (found,) = witnesses({"liar": lying}, CIDS, 5)
    assert found.differing == CIDS[:1]
    assert asked == [CIDS[0]]


def test_what_has_come_is_not_asked_for_again() -> None:
    asked: list[Cid] = []

    def slow(cid: Cid) -> bytes:
        asked.append(cid)
        return absent(cid) if len(asked) == 2 else DATA[cid]

    (found,) = witnesses({"slow": slow}, CIDS, 20)
    assert found.ok
    assert asked == [CIDS[0], CIDS[1], CIDS[1], CIDS[2]]


def test_the_sample_is_each_places_own() -> None:
    cids = list(CIDS)
    good, bad = witnesses({"good": DATA.__getitem__, "empty": absent}, cids, 20)
    assert (good.ok, bad.ok, tuple(cids)) == (True, False, CIDS)


def test_once_one_has_given_everything_the_others_say_what_they_have() -> None:
    began = time.monotonic()
    good, empty = witnesses({"good": DATA.__getitem__, "empty": absent}, CIDS, 60)
    assert good.ok
    assert "does not have" in empty.why
    assert time.monotonic() - began < GRACE


def test_a_fault_of_our_own_is_raised_where_it_is_waited_for() -> None:
    def broken(cid: Cid) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        witnesses({"there": broken}, CIDS, 20)


def test_who_hangs_is_waited_for_a_moment_longer_and_never_beyond_the_end() -> None:
    ended = threading.Event()

    def hanging(cid: Cid) -> bytes:
        ended.wait(60)
        return DATA[cid]

    try:
        for timeout, seconds, most in ((60.0, GRACE, 30.0), (0.3, 0.3, GRACE)):
            began = time.monotonic()
            good, slow = witnesses({"good": DATA.__getitem__, "slow": hanging}, CIDS, timeout)
            assert (good.ok, slow.ok) == (True, False)
            assert slow.why == "did not give every block back soon after another gateway did"
            assert seconds - 0.05 < time.monotonic() - began < most
    finally:
        ended.set()
