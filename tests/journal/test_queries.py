"""How a person names a root."""

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import ConfigError
from publisher.journal.events import Event, Finished, Mined, Sending, Settled, Signed, Unmined, Wanted
from publisher.journal.queries import (
    OpenTransaction,
    known_roots,
    last_published,
    open_transaction_of,
    pick_root,
    unsettled,
)

A, B, C = (Cid.make(Codec.DAG_PB, sha256(bytes([number]))) for number in range(3))


def test_known_are_the_roots_that_were_wanted_newest_first_each_once() -> None:
    past: list[Event] = [Wanted(1, str(A)), Wanted(2, str(B)), Wanted(3, "mended by hand"), Wanted(4, str(A))]
    assert known_roots(past) == (A, B)


@pytest.mark.parametrize("text", [str(C), f"ipfs://{C}", f"/ipfs/{C}/", "@0", str(C)[:30]])
def test_a_root_is_named_in_many_ways(text: str) -> None:
    assert pick_root(text, (C, A)) == C


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@2", "only 2 roots are known in this folder"),
        ("@" + "9" * 5000, "no root"),
        ("@x", "no root"),
        ("baf", "no root"),
        ("bafy", "2 roots begin like this"),
        ("", "the root is empty"),
    ],
)
def test_what_names_no_root_or_several_is_said(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        pick_root(text, (C, A))


def test_nothing_is_known_before_the_first_publish() -> None:
    with pytest.raises(ConfigError, match="no root is known in this folder yet"):
        pick_root("@0", ())


def test_the_last_but_one_is_called_as_in_other_tools() -> None:
    assert pick_root("@1", (C, A)) == A


def test_a_name_means_what_it_shows() -> None:
    asked: list[str] = []

    def shows(name: str) -> str:
        asked.append(name)
        return {"文章.eth": f"ipfs://{B}", "empty.eth": "", "swan.eth": "bzz://abcd"}[name]

    assert pick_root("文章.eth", (C, A), shows) == B
    assert pick_root(str(C), (), shows) == C
    assert asked == ["文章.eth"]
    with pytest.raises(ConfigError, match="or does not exist"):
        pick_root("empty.eth", (), shows)
    with pytest.raises(ConfigError, match="no root on IPFS"):
        pick_root("swan.eth", (), shows)


def test_published_is_the_last_that_came_to_its_end() -> None:
    assert last_published([]) is None
    assert last_published([Wanted(1, str(A))]) is None
    past: list[Event] = [
        Wanted(1, str(A)),
        Finished(1, str(A)),
        Wanted(2, str(B)),
        Finished(2, "mended"),
        Wanted(3, "x"),
    ]
    assert last_published(past) == A


def signed(hash_: str, name: str = "a.eth") -> Signed:
    return Signed(1, "0xme", 7, 1, name, "", f"ipfs://{A}", 2, 1, hash_, "")


MINED = Mined("0x1", 1, "0xb", 1, 1, True)


@pytest.mark.parametrize(
    ("events", "sent", "mined"),
    [
        ((), False, False),
        ((Sending("0x1"),), True, False),
        ((Sending("0x1"), MINED), True, True),
        ((Sending("0x1"), MINED, Unmined("0x1")), True, False),
        ((Sending("0x1"), Settled("0x1", "dead"), signed("0x1")), True, False),
        ((Settled("0x1", "discarded"), signed("0x1")), False, False),
        ((Sending("0x2"), Settled("0x2", "final")), False, False),
    ],
)
def test_what_was_signed_is_open_until_it_is_settled(events: tuple[Event, ...], sent: bool, mined: bool) -> None:
    assert unsettled([signed("0x1"), *events]) == (OpenTransaction(signed("0x1"), sent, mined),)


@pytest.mark.parametrize("end", ["final", "discarded", "dead"])
def test_what_is_settled_is_open_no_more(end: str) -> None:
    assert unsettled([signed("0x1"), Sending("0x1"), MINED, Settled("0x1", end)]) == ()


def test_under_way_for_a_name_is_the_newest_that_was_sent_for_it_and_has_not_ended() -> None:
    past: list[Event] = [
        *(signed("0x1"), Sending("0x1"), signed("0x2"), Sending("0x2"), signed("0x3")),
        *(signed("0x4", "b.eth"), Sending("0x4")),
    ]

    def hash_of(name: str, *more: Event) -> str | None:
        found = open_transaction_of([*past, *more], name)
        return found.signed.hash if found else None

    assert (hash_of("a.eth"), hash_of("b.eth"), hash_of("c.eth")) == ("0x2", "0x4", None)
    assert hash_of("a.eth", Settled("0x2", "dead")) == "0x1"
    assert hash_of("a.eth", Sending("0x3")) == "0x3"
