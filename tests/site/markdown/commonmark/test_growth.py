"""An article of ten times the length takes at most twelve times as long, in this flavour too."""

from collections.abc import Callable

import pytest

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer
from tests.site.markdown.test_growth import SHAPES, lines_run
from tests.timing import grows_at_most

RENDERER = make_renderer(options=MarkdownOptions(flavour="commonmark", obsidian=True))

MORE: dict[str, Callable[[int], str]] = {
    "attributes begun": lambda n: "[a](b){" * n,
    "boxes": lambda n: "> [!NOTE]\n> a\n\n" * n,
    "boxes of Python-Markdown": lambda n: "!!! note\n    a\n\n" * n,
    "boxes of Python-Markdown with blanks": lambda n: "!!! " + " " * n + "%\n    a\n",
    "boxes of Python-Markdown with words": lambda n: "??? a" + " " * n + "%\n    a\n",
    "boxes of Python-Markdown in a comment": lambda n: "<!--\n" + "!!! note\n    a\n" * n + "-->",
    "code with attributes": lambda n: "`a`{.py} " * n,
    "elements open": lambda n: "<div>\n\n" * n,
    "elements open in a line": lambda n: "<b> " * n,
    "end tags": lambda n: "</b> " * n,
    "ids twice": lambda n: "<b id=x>a</b> " * n,
    "items of tasks": lambda n: "- [ ] a\n" * n,
    "links in one piece of HTML": lambda n: "<p>\n" + "<a href='x.md'>x</a>\n" * n,
    "links with one definition": lambda n: "[a][b] " * n + "\n\n[b]: c.md",
    "lists of definitions": lambda n: "a\n: b\n\n" * n,
    "signs of other tools": lambda n: "中{{ a }} [x][y] [^z] " * n,
    "tabs": lambda n: ":::: tabs\n" + "::: tab a\nx\n:::\n" * n + "::::\n",
    "tabs of Python-Markdown": lambda n: '=== "a"\n\n    b\n\n' * n,
    "tags": lambda n: "#a " * n,
    "wide lines": lambda n: "中文\n" * n,
    "words with signs": lambda n: "1~2, a==b, c::d " * n,
}


def render(text: str) -> None:
    RENDERER.render("a.md", text, 1)


@pytest.mark.parametrize("shape", [*SHAPES, *MORE])
def test_ten_times_the_text_takes_at_most_twelve_times_the_steps(shape: str) -> None:
    make = {**SHAPES, **MORE}[shape]
    texts = [make(size) for size in (60, 600)]
    for text in texts:
        render(text)  # what is read once is not counted
    few, many = (lines_run(lambda text=text: render(text)) for text in texts)  # type: ignore[misc]
    assert many <= 12 * few


@pytest.mark.whole
@pytest.mark.parametrize("shape", [*SHAPES, *MORE])
def test_ten_times_the_text_takes_at_most_twelve_times_the_time(shape: str) -> None:
    """The parser is no Python, so its steps are not seen."""
    make = {**SHAPES, **MORE}[shape]
    assert grows_at_most(lambda size: render(make(size)), (1_000, 10_000), 12, 0.3)
