"""Faults in spite of which an article is made: each has a kind, and the place where it stands."""

import pytest

from publisher.site.fault_levels import KINDS
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Rendered

RENDERER = make_renderer()


def render(text: str) -> Rendered:
    return RENDERER.render("posts/a.md", text, 11)


def told(text: str) -> list[tuple[str, int, int]]:
    found = render(text)
    assert found.html
    assert {problem.kind for problem in found.problems} <= set(KINDS)
    return [(problem.kind, problem.line, problem.col) for problem in found.problems]


def test_a_note_that_nothing_refers_to_is_told_where_it_is_written() -> None:
    assert told("x[^a]\n\n[^a]: A\n[^b]: B") == [("unused-footnote", 14, 1)]


def test_a_note_in_code_is_not_taken_for_the_one_that_is_unused() -> None:
    assert told("```\n[^b]: code\n```\n\n> [^b]: B") == [("unused-footnote", 15, 3)]


def test_all_notes_used_is_no_fault() -> None:
    assert told("x[^a]\n\n[^a]: A") == []


@pytest.mark.parametrize(
    ("text", "line", "col"),
    [
        ("<b id='x'>a</b> <b id=\"x\">b</b>", 11, 24),
        ("## A {#x}\n\n## B {#x}", 13, 8),
        ("*a*{#x}\n\n<div id=x>b</div>", 13, 9),
        ("<a name='x'></a>\n\n`{#x}` *b*{: .c #x}", 13, 18),
        ("``` {#x}\na\n```\n\n``` {.py #x}\nb\n```", 15, 11),
        ("<b id='x'>a</b> `id='x'` <b id='x'>b</b>\n", 11, 33),
    ],
)
def test_an_id_that_is_written_twice_is_told_at_the_second(text: str, line: int, col: int) -> None:
    assert told(text) == [("duplicate-id", line, col)]


def test_each_further_one_is_told() -> None:
    assert [place[1:] for place in told("<b id=x>\n\n<b id=x>\n\n<b id=x>")] == [(13, 7), (15, 7)]


@pytest.mark.parametrize(
    "text",
    ['<a id="x" name="x"></a>', "<b id='x'>a</b> `id='x'`", "<!-- <b id='x'> --> <b id='x'>a</b>", "## A {#x}\n\n## X"],
)
def test_an_id_that_one_element_has_is_no_fault(text: str) -> None:
    assert told(text) == []


def test_a_repeated_id_that_nobody_finds_in_the_text_is_told_for_the_file() -> None:
    assert told("x[^1]\n\n<b id='fn:&#49;'>a</b>\n\n[^1]: A") == [("duplicate-id", 0, 0)]


def test_a_formula_has_a_kind() -> None:
    assert told("a $\\frac$") == [("formula", 11, 9)]


def test_what_follows_does_not_depend_on_what_was_looked_for() -> None:
    text = "[[x]] <b id=x> <b id=x>\n\n[^b]: B\n\n```python\nx = 1\n```\n\n## A\n\n## A"
    first, second = render(text), render(text)
    assert first == second
    assert first.html == make_renderer().render("posts/a.md", text, 1).html
    assert '<span class="o">' in first.html
