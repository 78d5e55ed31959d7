"""Whatever an article holds: its elements are nested as HTML allows, no id comes twice, and nothing fails."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.site.markdown import well_formed
from publisher.site.markdown.open_elements import OpenElements
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import Renderer
from publisher.site.markdown.renderer import renderer as make_renderer
from tests.build.test_any_text import body
from tests.site.markdown.commonmark.test_any_text import PIECES
from tests.site.markdown.html_rules import broken_rules

RENDERER = make_renderer()
OBSIDIAN = make_renderer(options=MarkdownOptions(wikilinks=True, obsidian=True, brackets=True))

# fmt: off
OWN = [
    "\n!!! note\n    ", '\n??? note "T"\n    ', '\n=== "A"\n    ', "\n:   ", "\nTerm\n:   ", "<div markdown>", "</p>",
    "<p markdown=1>", "^^a^^", "++a++", "{: .x #y }", "\n    - a", "\n*[AB]: c\n", "AB", "\n1. ", "\n100. ", "\n   3) ",
    "\n|a|\n|-|\n", "\n```rust,x\n", "\n<center>\n\n", "[`a`]", "H~2~O", "(c)", "\n[`a`]: b.md\n", "<p>", "\n<!-- x\n",
    "[a [^1]](b.md)", "*<div>*", "<video>", "\n- \n", "\n-\n\n\n", ">", "\n>\n", "<script>", "<table markdown><tr>",
    "\n%%\n", "%%",
]
# fmt: on
text = st.one_of(st.lists(st.sampled_from([*PIECES, *OWN, *OWN]), max_size=20).map("".join), body)


@pytest.mark.parametrize("renderer", [RENDERER, OBSIDIAN], ids=["plain", "obsidian"])
@settings(max_examples=400, deadline=None)
@example("https://x.org[a [[n]] [^1]](c)")  # an address right before a link
@example("\n:   \n:   \n:   <table markdown><tr>")  # the first colon has no term, the second is the term of the third
@given(text)
def test_the_html_of_any_text_is_well_formed(renderer: Renderer, text: str) -> None:
    rendered = renderer.render("posts/a.md", text.replace("\0", "\ufffd"), 1)  # no file that is read has NUL
    assert not broken_rules(rendered.html), rendered.html
    assert not [problem.detail for problem in rendered.problems if problem.detail]
    assert rendered.html.count("\0") % 2 == 0
    assert "\x02" not in rendered.html
    assert "\x03" not in rendered.html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <div>b</div> c", "<p>a </p><div>b</div> c"),
        ("*a <div>b</div>*", "<p><em>a </em></p><div>b</div>"),
        ("</div>\n\na", "\n<p>a</p>"),
        ("- a <b>\n- c", "<ul>\n<li>a <b></b></li>\n<li>c</li>\n</ul>"),
        ("<div>\n\na", "<div>\n<p>a</p></div>"),
        ('<i id="x">a</i> <b id="x">b</b>', '<p><i id="x">a</i> <b>b</b></p>'),
        ("<a href='https://a.org'>a <a href='https://b.org'>b</a></a>", "<p><a href='https://a.org'>a b</a></p>"),
    ],
)
def test_tags_too_many_or_too_few_end_with_their_block(text: str, expected: str) -> None:
    assert RENDERER.render("a.md", text, 1).html == expected


CODE = '<pre tabindex="0"><code><span class="k">x</span> &lt; <span class="mi">1</span>\n</code></pre>'


@pytest.mark.parametrize(
    "html",
    [
        f"<p>a{CODE}b</p>",
        f"<em>a{CODE}</em>b",
        f'<span id="a">{CODE}<span id="a">b',
        f"<!-- {CODE} --><script>{CODE}</script>",
        f"<script>{CODE}",
        '<b><pre tabindex="0"><code></span><span class="k"></code></pre></b>',
        '<pre tabindex="0"><code><span class="k">x</code></pre>',
        '<pre tabindex="0"><code><span class="hll"><span class="k">x</span></span></code></pre>',
    ],
)
def test_highlighted_code_is_the_same_as_if_each_of_its_tags_were_read(
    html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = well_formed._corrected(html)
    monkeypatch.setattr(well_formed, "_CODE", re.compile(r"(?!)"))
    assert fast == well_formed._corrected(html)


# fmt: off
LEAVES = [
    "<br>", "<br/>", "</br>", '<img alt="a>b" />', '<path d="x"/>', "<b/>", "<p", "<", ">", '"', "x", "&lt;", "</p>",
    "</a>", "<!--", "-->", "<!DOCTYPE html>", "<script>", "<a>", "<p>", CODE,
]
NAMES = ["p", "div", "a", "em", "li", "kbd", "h2", "i", "b", "svg", "td", "x-y", "P", "script", "pre", "math", "dt"]
WRITTEN = [
    "", "", "", ' id="a"', ' class="x" id="b"', ' title="an id" class="x"', " id=a", ' id="a&amp;"', ' class="x"id="a"',
    " x='id'", ' ID="a"', '\nid="b"', " title=id", ' width="1"', "/", ' x="y"/',
]
# fmt: on


def element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, written, parts: f"<{name}{written}>{''.join(parts)}</{name}>",
        st.sampled_from(NAMES),
        st.sampled_from(WRITTEN),
        st.lists(inside, max_size=3),
    )


@settings(deadline=None, max_examples=400)
@given(st.lists(st.recursive(st.sampled_from(LEAVES), element, max_leaves=6), max_size=3).map("".join))
def test_what_needs_no_change_is_what_would_not_be_changed(html: str) -> None:
    if well_formed._needs_no_change(html):
        assert well_formed._corrected(html) == html


@pytest.mark.parametrize("html", ["", "x &lt; y", "<p>a <em>b</em><br></p>", f'<h2 id="a">x</h2>{CODE}<i id="b">y</i>'])
def test_what_markdown_writes_needs_no_closer_look(html: str) -> None:
    assert well_formed._needs_no_change(html)


def test_the_tags_of_highlighted_code_are_not_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def note(elements: OpenElements, token: re.Match[str], seen: set[str]) -> str:
        read.append(token[0])
        return token[0]

    monkeypatch.setattr(well_formed, "_tag", note)
    RENDERER.render("a.md", "<b>x\n\n```python\nx = 1\n```\n", 1)
    assert read
    assert not [tag for tag in read if 'class="n"' in tag]
