"""The same fault in many places is told once, what is gravest comes first, and each has its place."""

import pytest

from publisher.errors import ContentError, Problem, unexpected
from publisher.findings import problem_lines, tally


def dead(number: int, hint: str = "correct it") -> Problem:
    return Problem("a.md", number, 1, "there is no such file or article: x.md", hint, kind="dead-link")


def test_one_place_is_told_as_it_is() -> None:
    assert list(problem_lines([dead(3)])) == ["a.md:3:1: there is no such file or article: x.md; correct it"]


def test_three_places_have_a_line_each_and_four_have_one_that_counts_the_last() -> None:
    three, four = (list(problem_lines(map(dead, range(1, n + 1)))) for n in (3, 4))
    assert len(three) == 3
    assert four == [
        "a.md:1:1: there is no such file or article: x.md; correct it (4 times: also a.md:2:1, a.md:3:1 and 1 more)"
    ]


def test_every_place_has_its_line_when_it_is_asked_for() -> None:
    assert len(list(problem_lines(map(dead, range(1, 8)), every=True))) == 7


def test_hints_that_differ_are_not_told_of_all() -> None:
    assert list(problem_lines([dead(1, "one"), dead(2, "two"), dead(3, "two"), dead(4, "two")])) == [
        "a.md:1:1: there is no such file or article: x.md (4 times: also a.md:2:1, a.md:3:1 and 1 more)"
    ]


def test_errors_come_before_warnings_and_these_before_notes() -> None:
    found = [Problem("a.md", 1, 1, level, level=level) for level in ("note", "warning", "error")]
    assert list(problem_lines(found)) == ["a.md:1:1: error", "a.md:1:1: warning: warning", "a.md:1:1: note: note"]


def test_the_same_words_at_two_levels_are_two_faults() -> None:
    found = [Problem("a.md", 1, 1, "x"), Problem("b.md", 1, 1, "x", level="note")]
    assert len(list(problem_lines(found))) == 2


def test_kinds_are_counted_with_the_most_first_and_what_has_none_last() -> None:
    found = [*map(dead, range(8)), Problem("b.md", 0, 0, "x"), Problem("b.md", 0, 0, "y", kind="formula")]
    found += [Problem("c.md", 1, 1, "z", kind="unused-footnote", level="warning")]
    assert tally(found) == "8 dead-link, 1 formula and 1 other errors, 1 unused-footnote warning"


def test_an_error_counts_what_stops_it_and_nothing_else() -> None:
    error = ContentError("build", [dead(1), Problem("a.md", 2, 1, "x", level="note")])
    assert error.message == "1 problem"


@pytest.mark.parametrize("error", [RecursionError("deep"), ValueError("x")])
@pytest.mark.parametrize("line", [0, 7])
def test_whatever_is_stumbled_over_is_a_problem_of_its_file(error: Exception, line: int) -> None:
    found = unexpected("posts/a.md", error, line)
    assert isinstance(found, Problem)
    assert (found.path, found.line, found.level) == ("posts/a.md", line, "error")
    assert type(error).__name__ in found.detail
    assert found.hint


def test_a_place_is_told_as_far_as_it_is_known() -> None:
    assert [Problem("a.md", line, col, "x").place for line, col in ((0, 0), (3, 0), (3, 4))] == [
        "a.md",
        "a.md:3",
        "a.md:3:4",
    ]


def test_problems_keep_their_order_although_two_files_have_the_same_one() -> None:
    found = [Problem("a.md", 4, 5, "gone"), Problem("b.md", 3, 7, "a date"), Problem("b.md", 5, 5, "gone")]
    assert list(problem_lines(found)) == ["a.md:4:5: gone", "b.md:3:7: a date", "b.md:5:5: gone"]
