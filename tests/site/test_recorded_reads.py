"""Facts of the memo: a result is taken again exactly as long as everything it asked for is answered as before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.hashing import digest
from publisher.site.recorded_reads import Facts, Memo, Reader, Reads

WORLD = {"site.title": b"Example", "template base.html": b"<p>", "@posts/a.md": b"posts/a/"}
KEY = digest("key")


def memo(world: dict[str, bytes], sets: dict[bytes, bytes] | None = None) -> Memo:
    return Memo(Facts(lambda name: world.get(name, b"absent")), sets or {})


def kept(names: list[str]) -> tuple[bytes, dict[bytes, bytes]]:
    reader = Reader()
    for name in names:
        reader.note(name)
    made = memo(WORLD)
    return made.row(KEY, reader.reads(), b"value"), made.new_sets


def test_a_result_holds_while_key_and_answers_are_equal() -> None:
    row, sets = kept(list(WORLD))
    assert memo(WORLD, sets).holds(row, KEY) == b"value"


@pytest.mark.parametrize("changed", list(WORLD))
def test_a_changed_answer_ends_it(changed: str) -> None:
    row, sets = kept(list(WORLD))
    assert memo({**WORLD, changed: b"other"}, sets).holds(row, KEY) is None


@pytest.mark.parametrize("name", ["template mine.html", "@posts/none.md"])
def test_something_absent_that_appears_ends_it(name: str) -> None:
    row, sets = kept([name])
    assert memo(WORLD, sets).holds(row, KEY) == b"value"
    assert memo({**WORLD, name: b"now here"}, sets).holds(row, KEY) is None


def test_a_changed_answer_that_was_not_asked_for_does_not() -> None:
    row, sets = kept(["site.title"])
    assert memo({**WORLD, "template base.html": b"other", "@posts/a.md": b"x"}, sets).holds(row, KEY) == b"value"


def test_another_key_ends_it() -> None:
    row, sets = kept([])
    assert memo(WORLD, sets).holds(row, digest("other")) is None


def test_a_row_whose_set_of_reads_was_lost_does_not_hold() -> None:
    row, _ = kept(["site.title"])
    assert memo(WORLD).holds(row, KEY) is None


def test_no_row_and_a_cut_row_do_not_hold() -> None:
    row, sets = kept(["@posts/a.md"])
    assert memo(WORLD, sets).holds(None, KEY) is None
    for length in range(len(row) - len(b"value")):
        assert memo(WORLD, sets).holds(row[:length], KEY) is None


def test_answers_that_are_exchanged_end_it() -> None:
    row, sets = kept(["site.title", "template base.html"])
    swapped = {**WORLD, "site.title": b"<p>", "template base.html": b"Example"}
    assert memo(swapped, sets).holds(row, KEY) is None


def test_each_fact_is_asked_once_a_build() -> None:
    asked: list[str] = []

    def answer(name: str) -> bytes:
        asked.append(name)
        return b""

    facts = Facts(answer)
    for _ in range(3):
        Memo(facts, {}).row(KEY, Reads("site.title", "@a\0@b"), b"")
    assert asked == ["site.title", "@a", "@b"]


def test_results_share_their_set_of_reads() -> None:
    made = memo(WORLD)
    for target in "abc":
        made.row(KEY, Reads("site.title\0site.url", f"@{target}"), b"")
    assert list(made.new_sets.values()) == [b"site.title\0site.url"]


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_name_that_could_not_be_told_from_two_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        Reader().note(name)


def test_parts_are_kept_apart_in_a_digest() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") != digest("ab", "")


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(st.dictionaries(names, st.binary(max_size=4)), st.dictionaries(names, st.binary(max_size=4)), st.binary())
def test_it_holds_exactly_when_what_was_read_is_the_same(
    before: dict[str, bytes], after: dict[str, bytes], value: bytes
) -> None:
    reader = Reader()
    for name in before:
        reader.note(name)
    first = memo(before)
    row = first.row(KEY, reader.reads(), value)
    same = all(after.get(name, b"absent") == answer for name, answer in before.items())
    assert memo(after, first.new_sets).holds(row, KEY) == (value if same else None)
