"""The fast paths give what the stages of the library give."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from markdown.extensions.tables import TableProcessor
from markdown.postprocessors import RawHtmlPostprocessor
from markdown.util import HTML_PLACEHOLDER

from publisher.site.markdown.python_markdown import stashed, tables, typography
from publisher.site.markdown.python_markdown.code import Colours
from publisher.site.markdown.python_markdown.fences import Fences
from publisher.site.markdown.renderer import renderer as make_renderer

CELLS = st.lists(st.sampled_from(["|", "`", "``", "\\", "a", " ", "\\|"]), max_size=12).map("".join)
PLACES = [HTML_PLACEHOLDER % number for number in range(6)]
TEXTS = st.lists(st.sampled_from([*PLACES, "<p>", "</p>", "a", "\x02", "\n"]), max_size=8).map("".join)


def _markdown() -> Any:
    md = Markdown(extensions=["tables"], output_format="html")
    tables.guard(md)
    stashed.guard(md)
    return md


@given(CELLS)
@example("`a|b` | c")
@example("a | `b` | `c|")
def test_a_row_has_the_cells_of_the_library(row: str) -> None:
    md = _markdown()
    ours = md.parser.blockprocessors["table"]
    theirs: Any = TableProcessor(md.parser, ours.config)
    ours.border = theirs.border = 0
    assert ours._split_row(row) == theirs._split_row(row)


@settings(max_examples=200)
@given(TEXTS, st.lists(st.sampled_from(["<div>x</div>", "<b>y</b>", "z", "@", "<p>@</p>"]), max_size=4))
@example(f"<p>{PLACES[0]}</p><p>{PLACES[1]}</p>{PLACES[2]}", ["<div>x</div>", "@", "<b>y</b>"])
def test_stored_pieces_are_written_as_the_library_writes_them(text: str, pieces: list[str]) -> None:
    md = _markdown()
    for number, piece in enumerate(pieces):
        md.htmlStash.store(piece.replace("@", HTML_PLACEHOLDER % (number + 1)))
    assert md.postprocessors["raw_html"].run(text) == RawHtmlPostprocessor(md).run(text)


@pytest.mark.parametrize("info", ["python", "c++", "html", "a-language-that-nobody-knows", "1"])
def test_a_fence_with_only_a_language_is_what_the_library_makes_of_it(info: str) -> None:
    md = Markdown(extensions=[Colours(None, pygments_lang_class=True), "pymdownx.superfences"])
    fences = Fences(md)
    code = ["if a < b:  # &", "", "\tx = '```'", "    ", " graph TD; a-->b\x0b", "> a", "~~~"]
    fences.html(info, code)
    fences.by_the_library(info, code)
    direct, by_the_library = md.htmlStash.rawHtmlBlocks
    assert direct == by_the_library


def test_footnotes_stand_where_the_author_wants_them() -> None:
    html = make_renderer().render("a.md", "a[^1]\n\n///Footnotes Go Here///\n\nb\n\n[^1]: note\n", 1).html
    assert html.index("note") < html.index("<p>b")


def test_each_key_of_typography_has_a_part_that_is_looked_for_first() -> None:
    assert [key for key in typography.SIGNS if not any(part in key for part in typography.PARTS)] == []
