"""Footnotes: their ids, the ways back, and the time that many references take."""

import re
from typing import Any

import pytest

from publisher.site.markdown.python_markdown.footnotes import Footnotes
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Rendered

RENDERER = make_renderer()


def render(text: str) -> Rendered:
    return RENDERER.render("posts/a.md", text, 1)


def leads(html: str) -> set[str]:
    return {target.partition("#")[2] for target in html.split("\0")[1::2]}


@pytest.mark.parametrize(
    "note", ["plain", "an *emphasis*", "*all*", "`code`", "two\n\n    paragraphs", "\n\n    - a list"]
)
def test_no_way_back_leads_to_where_nothing_refers_to_the_note(note: str) -> None:
    found = render(f"x[^a]\n\n[^a]: used\n[^b]: {note}\n")
    assert leads(found.html) <= set(found.anchors)
    assert found.html.count("&#8617;") == 1
    assert "\x02" not in found.html
    assert found.html.count("<p></p>") == 0


def test_what_an_unused_note_says_is_shown() -> None:
    assert '<li id="fn:b">\n<p>never</p>\n</li>' in render("x\n\n[^b]: never").html


def test_a_note_that_only_another_note_refers_to_is_used() -> None:
    found = render("x[^a]\n\n[^a]: see[^b]\n[^b]: last")
    assert found.problems == ()
    assert found.html.count("&#8617;") == 2


def test_each_reference_has_an_id_and_a_way_back() -> None:
    found = render("x[^a] y[^b] z[^a] w[^a]\n\n[^a]: A\n[^b]: B")
    assert found.anchors == ("fnref:a", "fnref:b", "fnref2:a", "fnref3:a", "fn:a", "fn:b")
    assert re.findall(r"#(fnref[^\0]*)\0", found.html) == ["fnref:a", "fnref2:a", "fnref3:a", "fnref:b"]


def test_notes_are_numbered_as_they_are_defined() -> None:
    assert re.findall(r">(\d)</a></sup>", render("x[^b] y[^a]\n\n[^a]: A\n[^b]: B").html) == ["2", "1"]


def test_a_note_inside_a_note_comes_after_all_others() -> None:
    found = render("x[^1] y[^3] z[^2]\n\n[^1]: a\n\n    [^2]: b\n\n[^3]: c")
    assert found.problems == ()
    assert re.findall(r'<li id="fn:(.)"', found.html) == ["1", "3", "2"]


def test_a_list_that_an_author_calls_a_footnote_is_left_alone() -> None:
    text = '<div class="footnote" markdown>\n\n1. one\n\n</div>\n\nx[^1]\n\n[^1]: a'
    assert render(text).problems == ()


def test_an_article_knows_nothing_of_the_notes_of_another() -> None:
    render("x[^a]\n\n[^a]: A")
    assert "fnref" not in render("x[^a]").html


def test_the_hundredth_reference_looks_at_no_other() -> None:
    asked: list[str] = []

    class Counted(dict[str, int]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.append(key)
            return super().get(key, default)

    notes = Footnotes()
    notes.found_refs = Counted()
    names = [notes.unique_ref("fnref:a", found=True) for _ in range(100)]
    assert names[:2] == ["fnref:a", "fnref2:a"]
    assert names[-1] == "fnref100:a"
    assert asked == ["fnref:a"] * 100
