"""Signs of other tools and references to nothing, where they are text; code may show them."""

import pytest

from publisher.site.markdown.left_as_text import left
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer()


def told(text: str) -> list[tuple[int, int, str]]:
    found = RENDERER.render("posts/a.md", text, 1).problems
    return [(problem.line, problem.col, problem.what) for problem in found if problem.kind == "foreign-syntax"]


def unknown(text: str) -> list[tuple[int, int, str]]:
    found = RENDERER.render("posts/a.md", text, 1).problems
    assert {problem.kind for problem in found} <= {"unknown-reference"}
    return [(problem.line, problem.col, problem.what) for problem in found]


SIGNS = {
    '{{< figure src="a.png" >}}': "`{{< >}}`, a shortcode of Hugo,",
    "{{% note %}}": "`{{< >}}`, a shortcode of Hugo,",
    "{{#include a.rs}}": "`{{# }}`, an include of mdBook,",
    "{{ site.name }}": "`{{ }}`, a variable of a template,",
    "{% include a.html %}": "`{% %}`, a tag of Liquid or Jinja,",
    "{%- if x -%}": "`{% %}`, a tag of Liquid or Jinja,",
    "[[Page]]": "`[[ ]]`, a link of a wiki,",
    "[[Page|words]]": "`[[ ]]`, a link of a wiki,",
    "![[a.png]]": "`![[ ]]`, an embed of Obsidian,",
    '--8<-- "a.md"': "`--8<--`, a snippet of MkDocs,",
}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("around", ["{}", "words\n{}", "- {}", "> {}", "## {}", "*{}*", "x\n\n<div>{}</div>"])
def test_a_sign_of_another_tool_is_told_at_its_place(sign: str, around: str) -> None:
    text = "first\n\n" + around.format(sign)
    line, col = text[: text.index(sign)].count("\n") + 1, len(text[: text.index(sign)].rpartition("\n")[2]) + 1
    assert told(text) == [(line, col, f"{SIGNS[sign]} is left as text")]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "around",
    [
        "`{}`",
        "```\n{}\n```",
        "~~~ html\n{}\n~~~",
        "    {}",
        "- a\n\n    ```\n    {}\n    ```",
        "<code>{}</code>",
        "<pre>\n{}\n</pre>",
        "<script>\n{}\n</script>",
        "<!-- {} -->",
    ],
)
def test_code_may_show_it(sign: str, around: str) -> None:
    assert told("first\n\n" + around.format(sign)) == []


@pytest.mark.parametrize("opening", ["::: note", ":::note", "::: {.note}", ":::: tip", "> ::: note"])
def test_a_fence_of_colons_is_told_once(opening: str) -> None:
    (found,) = told(f"a\n\n{opening}\ntext\n:::")
    assert found[0] == 3
    assert found[2] == "`:::`, a block of another tool, is left as text"


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{{ open",
        "{% open",
        "[[a]](b.md)",
        "[[a][b]",
        "a ::: b",
        "$[[x]]$",
        "\\[[a]]",
        "x[[^1]]\n\n[^1]: a",
        "[[a]\n](b.md)",
    ],
)
def test_what_is_no_sign_is_not_told(text: str) -> None:
    RENDERER.render("posts/a.md", text, 1)
    assert told(text) == []


def test_the_same_sign_in_many_places_is_one_sentence() -> None:
    found = told("[[a]] and [[b]]\n\n[[c|d]]")
    assert [place[:2] for place in found] == [(1, 1), (1, 11), (3, 1)]
    assert len({what for _, _, what in found}) == 1


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("a [^x] b", (1, 3), "there is no footnote [^x]"),
        ("a\n\n- b[^x]", (3, 4), "there is no footnote [^x]"),
        ("[a][b]", (1, 4), "no address is defined for [b]"),
        ("![a][b]", (1, 5), "no address is defined for [b]"),
        ("[a][]", (1, 4), "no address is defined for [a]"),
        ("[`a`][b]", (1, 6), "no address is defined for [b]"),
        ("[a [b] c][d]", (1, 10), "no address is defined for [d]"),
        ("中文[a][b]", (1, 6), "no address is defined for [b]"),
    ],
)
def test_a_reference_to_what_is_not_there_is_told(text: str, place: tuple[int, int], what: str) -> None:
    assert unknown(text) == [(*place, what)]


@pytest.mark.parametrize(
    "text",
    [
        "[plain]",
        "[ ] and [x]",
        "a[i][j]",
        "`[a][b]`",
        "```\n[^x] [a][b]\n```",
        "\\[^x]",
        "[a][b]\n\n[b]: c.md",
        "[a][B  c]\n\n[b c]: c.md",
        "[a][]\n\n[A]: c.md",
        "x[^1]\n\n[^1]: a",
        "[a](b.md)[c](d.md)",
        "[a][b](c.md)",
    ],
)
def test_what_is_no_reference_or_is_there_is_not_told(text: str) -> None:
    assert unknown(text) == []


def test_a_text_without_any_of_it_is_not_looked_through() -> None:
    def convert(_: str) -> str:
        raise AssertionError

    for text, html in (
        ("words `code` [a](b.md) {#x} a: b", "not looked at [[x]]"),
        ("`[[x]] {{ x }} a[b][c]`", "<code>[[x]] {{ x }} a[b][c]</code>"),
        ("[a][b]", '<a href="\0b.md\0">a</a>'),
    ):
        assert left(text, html, (), (), convert) == []
