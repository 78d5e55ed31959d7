"""Errors as people read them."""

import pytest

from publisher.errors import Problem, unexpected


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
