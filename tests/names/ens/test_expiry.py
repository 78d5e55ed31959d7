"""When the registration of a name ends."""

import pytest

from publisher.errors import NameUnusable
from publisher.names.ens.expiry import SOON, not_lost, notes
from publisher.names.ens.normalize import Name
from publisher.names.ens.queries import Head
from publisher.names.ens.resolver import GRACE, ResolvedName

END = 1_800_000_000


def name(ends: int | None) -> ResolvedName:
    return ResolvedName(Name("a.eth"), "0x1", b"", ends)


def head(time: int) -> Head:
    return Head(1, "0x", 1, time)


@pytest.mark.parametrize("ends", [END, None])
def test_until_the_days_of_grace_are_over_a_name_is_not_lost(ends: int | None) -> None:
    not_lost(name(ends), head(END + GRACE))


def test_after_the_days_of_grace_a_name_is_lost() -> None:
    with pytest.raises(NameUnusable):
        not_lost(name(END), head(END + GRACE + 1))


@pytest.mark.parametrize(
    ("time", "word"), [(END - SOON - 1, ""), (END - SOON, "ends on"), (END - 1, "ends on"), (END, "ended on")]
)
def test_the_end_is_mentioned_when_it_is_near_or_past(time: int, word: str) -> None:
    told = notes(name(END), head(time))
    assert [word in line for line in told] == [True] * bool(word)
    assert notes(name(None), head(time)) == ()


def test_a_subname_depends_on_the_name_above_it() -> None:
    sub = ResolvedName(Name("blog.a.eth"), "0x1", b"", END)
    assert notes(sub, head(END + 1))[0].startswith("the registration of a.eth, above this name, ended on")
    not_lost(sub, head(END + GRACE))
    with pytest.raises(NameUnusable, match=r"of a\.eth, above this name, ended on") as caught:
        not_lost(sub, head(END + GRACE + 1))
    assert "a.eth has to be registered again" in caught.value.hint
