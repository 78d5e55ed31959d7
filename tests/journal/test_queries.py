"""How a person names a root."""

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import ConfigError
from publisher.journal.events import Event, Finished, Wanted
from publisher.journal.queries import known, pick, published

A, B, C = (Cid.make(Codec.DAG_PB, sha256(bytes([number]))) for number in range(3))


def test_known_are_the_roots_that_were_wanted_newest_first_each_once() -> None:
    past: list[Event] = [Wanted(1, str(A)), Wanted(2, str(B)), Wanted(3, "mended by hand"), Wanted(4, str(A))]
    assert known(past) == (A, B)


@pytest.mark.parametrize("text", [str(C), f"ipfs://{C}", f"/ipfs/{C}/", "@0", str(C)[:30]])
def test_a_root_is_named_in_many_ways(text: str) -> None:
    assert pick(text, (C, A)) == C


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@2", "only 2 roots known here"),
        ("@" + "9" * 5000, "no root"),
        ("@x", "no root"),
        ("baf", "no root"),
        ("bafy", "the beginning of 2 roots"),
        ("", "no root"),
    ],
)
def test_what_names_no_root_or_several_is_said(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        pick(text, (C, A))


def test_nothing_is_known_before_the_first_publish() -> None:
    with pytest.raises(ConfigError, match="no root is known here yet"):
        pick("@0", ())


def test_the_last_but_one_is_called_as_in_other_tools() -> None:
    assert pick("@1", (C, A)) == A


def test_a_name_means_what_it_shows() -> None:
    asked: list[str] = []

    def shows(name: str) -> str:
        asked.append(name)
        return {"文章.eth": f"ipfs://{B}", "empty.eth": "", "swan.eth": "bzz://abcd"}[name]

    assert pick("文章.eth", (C, A), shows) == B
    assert pick(str(C), (), shows) == C
    assert asked == ["文章.eth"]
    with pytest.raises(ConfigError, match="no such name"):
        pick("empty.eth", (), shows)
    with pytest.raises(ConfigError, match="no root on IPFS"):
        pick("swan.eth", (), shows)


def test_published_is_the_last_that_came_to_its_end() -> None:
    assert published([]) is None
    assert published([Wanted(1, str(A))]) is None
    past: list[Event] = [
        Wanted(1, str(A)),
        Finished(1, str(A)),
        Wanted(2, str(B)),
        Finished(2, "mended"),
        Wanted(3, "x"),
    ]
    assert published(past) == A
