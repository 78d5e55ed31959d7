"""With `obsidian`, the forms of Obsidian have the meaning that they have there."""

import pytest

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer(options=MarkdownOptions(wikilinks=True, obsidian=True))
PLAIN = make_renderer()


def html(text: str) -> str:
    found = RENDERER.render("posts/a.md", text, 1)
    assert not found.problems
    return found.html.replace("\0", "|")


def test_links_embeds_and_tags_have_targets_and_places() -> None:
    text = "[[x]] [[x|y]] [[x#H i]] [[x#^b1]] ![[p.png|100]] ![[n]] #tag #a/b x#no #12 `#c`"
    found = RENDERER.render("posts/a.md", text, 3)
    assert [(one.target, one.col) for one in found.references] == [
        ("//x//", 3), ("//x//", 9), ("//x//#h-i", 17), ("//x//#^b1", 27), ("//p.png//", 38), ("//n//", 53),
    ]  # fmt: skip
    assert found.tags == (("tag", (3, text.index("#tag") + 1)), ("a/b", (3, text.index("#a/b") + 1)))
    assert '<img alt="" src="\0//p.png//\0" width="100">' in found.html
    assert '<a class="embed" href="\0//n//\0">n</a>' in found.html
    assert '<a class="tag" href="\0/tags/a-b/\0">#a/b</a> x#no #12 <code>#c</code>' in found.html
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a %%b *c*%% d", "<p>a  d</p>"),
        ("%%a%%\n\nb", "<p>b</p>"),
        ("%%\na\n\n- b\n%%\n\nc", "<p>c</p>"),
        ("`%%a%%`", "<p><code>%%a%%</code></p>"),
        ("```\n%%\n```\n\n%%a", '<div class="highlight"><pre><code>%%\n</code></pre></div>\n<p>%%a</p>'),
        ("50%% of it", "<p>50%% of it</p>"),
    ],
)
def test_comments_are_left_out(text: str, expected: str) -> None:
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ^b", '<p id="^b">a</p>'),
        ("- a ^b\n- c", '<ul>\n<li id="^b">a</li>\n<li>c</li>\n</ul>'),
        ("> a\n\n^b", '<blockquote id="^b">\n<p>a</p>\n</blockquote>'),
        ("x [y]]^b", '<p id="^b">x [y]]</p>'),
        ("x^2", "<p>x^2</p>"),
        ("^b", "<p>^b</p>"),
    ],
)
def test_blocks_have_ids(text: str, expected: str) -> None:
    assert html(text) == expected


def test_without_the_option_these_forms_are_text() -> None:
    found = PLAIN.render("posts/a.md", "%%a%% #tag b ^c", 1)
    assert found.html == "<p>%%a%% #tag b ^c</p>"
    assert not found.tags
