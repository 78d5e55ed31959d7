"""Attribute lists: a name without a value is an empty attribute, wherever an attribute list may stand."""

import pytest

from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Rendered

RENDERER = make_renderer()
UNGUARDED = make_renderer(guarded=False)

ELEMENTS = {
    "a heading": "## Path parameter {A}",
    "a heading with a footnote": "## Path[^1]{A} x {A}\n\n[^1]: note",
    "an underlined heading": "Path parameter {A}\n---",
    "a heading in HTML": "<div markdown>\n## Path {A}\n</div>",
    "a heading and the contents": "[TOC]\n\n## Path {A}",
    "a link": "[x](y.md){A}",
    "a reference": "[x][y]{A}\n\n[y]: y.md",
    "a bare address": "https://x.example/ <https://x.example/>{A}",
    "an image": "![alt](y.png){A}",
    "emphasis": "*x*{A} **x**{A} ~~x~~{A} ==x=={A} ^^x^^{A} ~x~{A}",
    "code": "`x`{A} `#!python x`{A}",
    "keys": "++ctrl++{A}",
    "a formula": "$x$\n{A}",
    "a cell": "| a {A} | b |\n|--|--:|\n| c | d {A} |",
    "a quote": "> text\n> {A}",
    "a callout": "> [!NOTE]\n> text\n> {A}",
    "an admonition": '!!! note "x"\n    text\n    {A}',
    "a folded block": "??? note\n    text\n    {A}",
    "a tab": '=== "x"\n    text\n    {A}',
    "an item": "- a\n  {A}\n- b",
    "an item with a list": "- a\n  {A}\n    - b",
    "a task": "- [ ] a\n  {A}",
    "a term": "Term {A}\n:   Meaning {A}",
    "a paragraph": "text\n{A}",
    "a footnote": "a[^1]{A}\n\n[^1]: note",
    "an abbreviation": "CID{A}\n\n*[CID]: x",
    "a fence": "``` {.python A}\nx\n```",
}
NAMES = ["id", "href", "src", "style", "title", "class", "alt", "width", "start", "name", "lang", "srcset", "data"]
NAMES += ["content", "cite", "markdown", "hidden", "download", "xlink:href", "data-toc-label", "中", "1"]


def render(text: str) -> Rendered:
    found = RENDERER.render("posts/a.md", text, 1)
    assert UNGUARDED.render("posts/a.md", text, 1) == found
    return found


def html(text: str) -> str:
    return render(text).html.replace("\0", "|")


@pytest.mark.parametrize("element", ELEMENTS)
def test_a_name_without_a_value_is_no_fault_anywhere(element: str) -> None:
    for name in NAMES:
        bare = [f"{{{name}}}", f"{{: {name} }}", f"{{{name}=}}", f"{{.x {name} {name}}}"]
        if element == "a fence":
            bare = [name, f"{name}="]
        for written in bare:
            found = render(ELEMENTS[element].replace("A" if element == "a fence" else "{A}", written))
            assert found.html
            assert found.problems == ()
            assert None not in found.anchors
            assert "" not in found.anchors


@pytest.mark.parametrize("written", ["{id}", "{: id }", "{id=}", '{id=""}', "{#}", "{id #}", "{.x id}"])
def test_a_heading_with_an_empty_id_gets_that_of_its_words(written: str) -> None:
    found = render(f"[TOC]\n\n## Path parameter {written}")
    assert found.anchors == ("path-parameter",)
    assert [heading.id for heading in found.toc] == ["path-parameter"]
    assert 'id="path-parameter"' in found.html


def test_two_such_headings_have_two_ids() -> None:
    assert render("## Item {id}\n\n## Item {id}").anchors == ("item", "item-1", "item_1")


def test_a_heading_with_an_empty_label_stands_in_the_contents_by_its_words() -> None:
    assert [heading.text for heading in render("## Words {data-toc-label}").toc] == ["Words"]
    assert [heading.text for heading in render('## Words {data-toc-label="Other"}').toc] == ["Other"]


def test_what_markdown_gave_stays() -> None:
    assert html("[x](y.md){href}") == '<p><a href="|posts/y.md|">x</a></p>'
    assert html("![x](y.png){src}") == '<p><img alt="x" src="|posts/y.png|"></p>'
    assert 'style="text-align: right;"' in html("| a | b {style} |\n|--|--:|\n| c | d |")
    assert 'id="fnref:1"' in html("a[^1]{id}\n\n[^1]: note")


def test_an_empty_address_leads_nowhere_and_is_no_link() -> None:
    assert render("*x*{href} **x**{src}").references == ()
    assert [problem.what for problem in render('*x*{href=""}').problems] == ["this link has no target: ''"]


def test_a_name_without_a_value_is_written_as_its_name_alone() -> None:
    assert html("[x](y.pdf){download}") == '<p><a download href="|posts/y.pdf|">x</a></p>'
    assert html("[x](y.pdf){download}\\*") == '<p><a download href="|posts/y.pdf|">x</a>*</p>'
    assert html("[x](y.pdf){hidden}") == '<p><a hidden href="|posts/y.pdf|">x</a></p>'
    assert html('*x*{title=""}') == '<p><em title="">x</em></p>'
    assert html("text\n{id}") == "<p id>text</p>"


def test_braces_behind_a_backslash_are_text() -> None:
    assert render("## Path \\{id}").toc[0].text == "Path {id}"
    assert ">a {id}</td>" in html("| x |\n|--|\n| a \\{id} |")
    assert html("a {id} b {id}") == "<p>a {id} b {id}</p>"


def test_a_label_that_is_written_as_an_empty_text_is_shown_as_it_is_written() -> None:
    contents = "[TOC]\n\n## Path "
    assert ">Path</a></li>" in html(contents + "{data-toc-label}")
    assert "></a></li>" in html(contents + "{data-toc-label=''}")
    assert ">L</a></li>" in html(contents + "{data-toc-label='L'}")


def test_a_source_of_a_link_is_no_address() -> None:
    for text in (
        "[x](a.md){src}",
        "[x](a.md){src=b.png}",
        '<a src href="a.md">x</a>',
        '<a src="b.png" href="a.md">x</a>',
    ):
        found = render(text)
        assert [reference.target for reference in found.references] == ["posts/a.md"]
        assert found.problems == ()


def test_the_line_after_a_heading_may_be_its_attribute_list() -> None:
    found = render("## 1.0.0\n{: #v1-0-0 .x}\n\ntext\n\n## B\n\n{: #b-1}\nmore\n\n{: #no}\n")
    assert found.anchors == ("v1-0-0", "b-1")
    assert "<p>text</p>" in found.html
    assert "<p>more</p>" in found.html
    assert found.html.count("{:") == 1  # no heading stands before the last one
    assert "{: #x}" in render("```\n## a\n{: #x}\n```").html


def test_a_term_has_the_id_of_its_words_and_a_number_if_another_element_has_it() -> None:
    found = render(
        "## Size\n\n`maxAge`\n:   one\n\nSize\n:   two\n\nA b\n:   three\n\nA b\n:   four\n\n"
        "<b id='c'>x</b>\n\nC\n:   d\n"
    )
    assert found.anchors == ("size", "maxage", "size-1", "a-b", "a-b-1", "c-1", "c")
