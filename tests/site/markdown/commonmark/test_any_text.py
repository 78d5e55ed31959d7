"""Whatever an article holds: its HTML is well-formed, and no exception reaches the author."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import Renderer
from publisher.site.markdown.renderer import renderer as make_renderer
from tests.build.test_any_text import body
from tests.site.markdown.html_rules import broken_rules

PLAIN = make_renderer(options=MarkdownOptions(flavour="commonmark"))
OBSIDIAN = make_renderer(options=MarkdownOptions(flavour="commonmark", obsidian=True, brackets=True))

# fmt: off
PIECES = [
    "\n::: note Title\n", "\n:::\n", "\n:::: tabs\n::: tab One\n", "\n::: tab\n", "\n::: details *x* {#d}\n",
    "\n> [!NOTE]- T\n> ", "\n- [x] ", "\n  - ", "\n\n  1. ", "\n| a | b |\n|---|:-:|\n| ", "\nTerm\n\n: ", "[^1]",
    "\n\n[^1]: note [^2]\n", "\n[^2]: [^1]\n", "[a](b.md){#x .y}", "![a](b.png){width=3 id=x}", "`c`{.py}", "[[n]]",
    "![[n]]", "[[n#h|t]]", "[a [[n]] [^1]](c)", "\n# H {#x}\n", "\n## H\n", "<div>", "</div>", "<span>", "</span>",
    "<p>", "</p>", "<a href='x.md'>", "</a>", "<b>", "<li>", "<table><tr><td>", "</table>", "<!-- more -->", "<!--",
    "<svg><path/></svg>", "<br/>", "<div/>", "<script>", "</script>", "<h2 id=x>", '<i id="x">',
    "<details><summary>s</summary>", "</details>", "<img src=x", "\n\n", "\n", " ", "**强调：**文字", "$x$",
    "$$\ny\n$$",    "\\(z\\)", "\\begin{align}a\\end{align}", "~a~", "~~b~~", "==c==", ":smile:", "https://x.org/a，b",
    "看https://x.org", "<https://x.org>", "\n[TOC]\n", "\n```js {1} title=\"a\"\nx\n```\n", "\n```{.py #x}\n", "~~~\n",
    "\n***\n", "  \n", "\\", "&amp;", "%%x%%", "#tag", " ^id\n", "a", "中", "*", "_", "[", "]", "](x)", "> ", "    ",
    "\n!!! note\n", '\n??? a "T"\n', '\n=== "T"\n', "\t", "a@b.c", "\n===\n", "[x][y]", "\n[y]: z.md\n",
]
# fmt: on
text = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), body)


@pytest.mark.parametrize("renderer", [PLAIN, OBSIDIAN], ids=["plain", "obsidian"])
@settings(max_examples=400, deadline=None)
@given(text)
def test_the_html_of_any_text_is_well_formed(renderer: Renderer, text: str) -> None:
    rendered = renderer.render("posts/a.md", text.replace("\0", "\ufffd"), 1)  # no file that is read has NUL
    assert not broken_rules(rendered.html), rendered.html
    assert not [problem.detail for problem in rendered.problems if problem.detail]
    assert rendered.html.count("\0") % 2 == 0
