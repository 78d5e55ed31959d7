"""The ids of other tools: which a heading has, and which it has not."""

import pytest

from publisher.site.markdown.headings import slug
from publisher.site.markdown.other_ids import other_ids
from publisher.site.model import Heading


def ids(*texts: str) -> dict[str, str]:
    headings = [Heading(2, slug(text), text) for text in texts]
    return dict(other_ids(headings, frozenset(heading.id for heading in headings)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is new", {}),
        ("中文 标题", {}),
        ("Rust 1.58.0", {"rust-1-58-0": "rust-1580"}),
        ("Read & write", {"read-write": "read--write"}),
        ("It's here", {"it-s-here": "its-here"}),
        ("Résumé", {"resume": "résumé"}),
        ("a_b", {"a-b": "a_b"}),
        (
            "Crabs (🦀, 👩\u200d💻)",
            {"crabs-": "crabs--", "crabs": "crabs--", "crabs-crab-woman-computer": "crabs--"},
        ),
    ],
)
def test_a_heading_has_the_ids_of_other_tools_beside_its_own(text: str, expected: dict[str, str]) -> None:
    assert ids(text) == expected


def test_the_id_of_a_heading_here_counts_before_that_of_another_tool() -> None:
    assert ids("a & b", "a b") == {}


def test_a_repeated_id_of_another_tool_is_counted() -> None:
    headings = [Heading(2, "v10", "v1.0"), Heading(2, "v10-1", "v1.0")]
    assert dict(other_ids(headings, {"v10", "v10-1"})) == {"v1-0": "v10", "v1-0-1": "v10-1"}


def test_a_heading_without_an_id_has_none_of_others() -> None:
    assert other_ids([Heading(2, "", "a.b")], ()) == ()
