"""The examples of CommonMark 0.31.2, and those of GFM's extensions, as our walk writes them."""

import json
import re
from pathlib import Path

import pytest
from comrak import ExtensionOptions

from tests.site.markdown.commonmark.plain_parts import plain_html

HERE = Path(__file__).parent
SPEC = json.loads((HERE / "spec.json").read_text(encoding="utf-8"))["examples"]
GFM = json.loads((HERE / "gfm.json").read_text(encoding="utf-8"))["examples"]

QUOTES = {"&quot;": '"', "&#x27;": "'", " />": ">"}
TASKS = {
    ' class="task-list"': "",
    ' class="task-list-item"': "",
    "<label>": "",
    "</label>": "",
    ' type="checkbox" disabled checked': ' checked="" disabled="" type="checkbox"',
    ' type="checkbox" disabled>': ' disabled="" type="checkbox">',
}
"""How a box is named, and the order of its attributes: the specification says nothing of names."""


def same(html: str, spellings: dict[str, str] = QUOTES) -> str:
    """HTML with one spelling of what has several."""
    for one, other in spellings.items():
        html = html.replace(one, other)
    return html.strip()


def test_all_examples_of_the_specification_are_here() -> None:
    assert [number for number, *_ in SPEC] == list(range(1, 653))


@pytest.mark.parametrize(("number", "section", "text", "html"), SPEC, ids=[f"{n}-{s}" for n, s, *_ in SPEC])
def test_an_example_of_commonmark(number: int, section: str, text: str, html: str) -> None:
    assert same(plain_html(text, ExtensionOptions())) == same(html)


@pytest.mark.parametrize(
    ("text", "html"), [example[2:] for example in GFM if example[1] != "tagfilter"], ids=lambda text: text[:20]
)
def test_an_example_of_an_extension_of_gfm(text: str, html: str) -> None:
    options = ExtensionOptions(table=True, strikethrough=True, autolink=True, tasklist=True)
    ours = re.sub(r' style="text-align: (\w+);"', r' align="\1"', plain_html(text, options))
    assert same(ours.replace(' tabindex="0"', ""), QUOTES | TASKS) == same(html)
