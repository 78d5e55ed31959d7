"""Boxes and tabs of Python-Markdown look as in the other flavour, code stays code, and faults keep their places."""

import re

import pytest
from comrak import AstNode, ExtensionOptions
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.markdown.commonmark import engine
from publisher.site.markdown.commonmark.boxes import rewrite
from publisher.site.markdown.commonmark.parsing import parse
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Rendered
from tests.site.markdown.html_rules import broken_rules

COMMONMARK = make_renderer(options=MarkdownOptions(flavour="commonmark"))
PYTHON = make_renderer(options=MarkdownOptions(flavour="python"))


def rendered(text: str) -> Rendered:
    return COMMONMARK.render("a.md", text, 1)


def lines_of(html: str) -> list[str]:
    return [line for line in re.sub(r"(</?(?:p|ul|li|div|label|input)\b)", r"\n\1", html).split("\n") if line]


@pytest.mark.parametrize(
    "text",
    [
        "!!! note\n    Words",
        "!!! note\n\n    Words\n\n    - a\n    - b\n\nAfter",
        '!!! note "A *title*，标题"\n    中文',
        "!!! note inline end\n    Words",
        "!!! 中文\n    Words",
        '!!! note ""\n    Words',
        "???+ tip\n    Words",
        '??? tip a "T"\n    Words\nAfter',
        "!!! note\n    Words\n\n        indented\n\n    ```py\n    x = 1\n    ```",
        "!!! note\n\tWords\n\n\t- a",
        "before\n!!! note\n    a\n!!! tip\n    b\nafter",
        "> quote\n\n!!! note\n    a",
        "!!! note\n    > quote\n\n    | a |\n    |---|\n    | b |",
        "- item\n\n    !!! note\n        a\n\n- item",
        "1.  item\n\n    !!! note\n\n        a\n\n2.  item",
        '!!! note\n    a\n\n    ??? tip "In"\n        b\n\n        c\n\n    d\n\ne',
        '=== "A"\n\n    a\n\n=== "B"\n\n    b\n\nafter',
        '=== "`A` b"\n    a\n===+ "B"\n    b',
        '=== "A"\n\n    a\n\n===! "B"\n\n    b',
        '=== ":one: A & B: `c:d`"\n\n    a',
        '=== "A"\n\n    === "In"\n\n        a\n\n    !!! note\n        b\n\n=== "B"\n\n    ```py\n    ::: x\n    ```',
        '!!! note\n    === "A"\n\n        a\n\n    === "B"\n\n        b',
        "1.  item\n\n    === \"A\"\n\n        a\n\n    === \"B\"\n\n        b\n\n2.  item",
        "```\n!!! note\n    a\n```\n\n!!! note\n    b",
        "- ```\n  x\n  ```\n\n!!! note\n    x",
        "> ```\n> x\n\n!!! note\n    x",
        "Write:\n\n    ```py\n\nand then\n\n!!! note\n    x",
        "<!--\n```\n-->\n\n!!! note\n    x",
        "Write:\n\n" + "".join(f'    === "{n}"\n\n        x\n\n' for n in range(7)) + "!!! note\n    x",
        '!!! tip "1. a"\n    x',
        '!!! tip "> a"\n    x',
        '!!! tip "- a"\n    x',
        '!!! tip "---"\n    x',
        '!!! tip "<b>x</b>"\n    x',
        '!!! tip "_a_ `b`"\n    x',
        '=== "_a_ **b** [c](d.md) <b>x</b> &lt;"\n\n    x',
        '=== "A"\n    - a\n        - c\n        - d',
        "* a\n\n\t!!! note\n\t\tx",
        "!!! note \t\n    x",
        "1. a\n   !!! note\n       x\n2. b",
        '=== "A"\n=== "B"\n    y',
        '=== "A"\n    x\n=== "B"\n\nafter',
        "!!! note\n    ```py\n    a\n        \n    b\n    ```",
        '<div>\n=== "a"\n    text\n</div>',
        '::: pkg.module\n\ntext\n\n=== "A"\n\n    x\n\n=== "B"\n\n    y\n\nafter',
    ],
)  # fmt: skip
def test_a_box_is_the_same_in_both_flavours(text: str) -> None:
    found, other = rendered(text), PYTHON.render("a.md", text, 1)
    assert lines_of(found.html) == lines_of(other.html)
    assert [(problem.line, problem.col) for problem in found.problems] == [(p.line, p.col) for p in other.problems]


@pytest.mark.parametrize("title", ["1. a", "> a", "- [ ] a", "# a", "```", "---", "[x]: y", "<div>x</div>", "    a"])
def test_a_title_is_one_line_of_text(title: str) -> None:
    for text in (f'!!! tip "{title}"\n    x', f'=== "{title}"\n    x', f"> [!TIP] {title}\n> x"):
        html = rendered(text).html
        assert not broken_rules(html)
        assert "<p>x</p>" in html


def test_a_box_below_a_quote_in_a_list_is_no_part_of_the_quote() -> None:
    assert "</blockquote>\n<div" in rendered("- > q\n  !!! note\n      x").html


def test_a_box_that_opens_always_has_a_title() -> None:
    assert "<summary>Tip</summary>" in rendered('??? tip ""\n    a').html
    assert "<summary>Only a title</summary>" in rendered('??? "Only a title"\n    a').html


@pytest.mark.parametrize(
    "text",
    [
        "```\n!!! note\n    a\n```",
        "~~~~\n=== \"A\"\n\n    a\n~~~\n~~~~",
        "words\n\n    !!! note\n        a\n",
        "<!--\n!!! note\n    a\n-->",
        "<script>\n??? note\n    a\n</script>",
    ],
)  # fmt: skip
def test_code_and_comments_stay_as_they_are(text: str) -> None:
    html = rendered(text).html
    assert re.search(r'(!!! note|\?\?\? note|=== "A")\n+    ', html.replace("&quot;", '"'))
    assert "admonition" not in html
    assert "tabbed" not in html


@pytest.mark.parametrize(
    "text",
    ["!!! note\nwords", "!!!\n    a", "!!! note", '=== "A"\nwords', "=== A\n\n    a", "!!! note: x\n    a", "?? a"],
)
def test_lines_without_a_box_are_text(text: str) -> None:
    assert rewrite(text) is None
    assert text.split("\n", 1)[0] in rendered(text).html.replace("&quot;", '"')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("!!! note\n    中文 [^1]", (2, 8)),
        ("!!! note inline\n    - a\n\n        中 [^1]", (4, 11)),
        ('!!! note "中 [^1]"\n    a', (1, 13)),
        ('???+ a-b c "[^1]"\n    a', (1, 13)),
        ('=== "A"\n\n    a\n\n=== "B"\n\n    !!! note\n        中 [^1]', (8, 11)),
        ("!!! note\n    a\nafter 中 [^1]", (3, 9)),
        ("!!! note\n\ta\n\n\t中 [^1]", (4, 4)),
        ("!!! note\n    a\n\n```\n!!! x\n    b\n```\n\n[^1]", (9, 1)),
    ],
)
def test_a_fault_in_a_box_has_its_line_and_its_column(text: str, place: tuple[int, int]) -> None:
    assert [(problem.line, problem.col) for problem in rendered(text).problems] == [place]


def test_a_definition_in_a_box_that_is_indented_by_tabs_has_its_place() -> None:
    links = rendered("!!! note\n\t[a][x]\n\n\t[x]: y.md").references
    assert [(link.target, link.line, link.col) for link in links] == [("y.md", 4, 7)]


def test_html_that_is_indented_has_its_place() -> None:
    links = [*rendered(" <img src=x.png>").references, *rendered("!!! note\n      <img src=x.png>").references]
    assert [(link.line, link.col) for link in links] == [(1, 11), (2, 16)]


def test_links_in_boxes_have_their_places() -> None:
    found = rendered('!!! note "[a](b.md)"\n    [c](d.md)\n\n    [e](\n    f.md)\n')
    assert [(link.target, link.line, link.col) for link in found.references] == [
        ("b.md", 1, 15),
        ("d.md", 2, 9),
        ("f.md", 5, 5),
    ]


BOXES = ["!!! note\n", '??? tip "T"\n', '=== "A"\n']
PIECES = [*BOXES, "```\n", "- a\n", "1. b\n", "> c\n", "\n", "d\n", "<div>\n", "| e |\n"]
LINES = st.lists(st.tuples(st.sampled_from(["", "    ", "        ", "\t", "  "]), st.sampled_from(PIECES)), max_size=14)


@given(LINES)
def test_any_boxes_give_a_well_formed_page(lines: list[tuple[str, str]]) -> None:
    text = "".join(map("".join, lines))
    found = rendered(text)
    assert not broken_rules(found.html), found.html
    assert not [problem.detail for problem in found.problems if problem.detail]


@given(LINES)
def test_each_line_for_the_parser_knows_where_it_stands(lines: list[tuple[str, str]]) -> None:
    text = "".join(map("".join, lines))
    found = rewrite(text)
    if found is None:
        return
    data = text.encode()
    ends = ("a", "b", "c", "d", "|", "`", "<div>")
    for line, start in zip(found.text.split("\n"), found.starts, strict=True):
        if line.endswith(ends) and not line.lstrip().startswith(":"):
            word = line.rsplit(" ", 1)[-1].lstrip(">")
            at = start + len(line.encode()) - len(word.encode())
            assert data[at : at + len(word)].decode() == word


def test_a_text_with_many_lines_that_are_no_boxes_is_parsed_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(text: str, options: ExtensionOptions) -> AstNode:
        calls.append(text)
        return parse(text, options)

    monkeypatch.setattr(engine, "parse", counted)
    text = "<!--\n" + "!!! note\n    a\n" * 50 + "-->\n\n!!! note\n    b\n"
    assert rendered(text).html.count("admonition-title") == 1
    assert len(calls) == 2
