"""An included file is a part of the Markdown of the article, and nothing that is held back is included."""

from pathlib import Path

import pytest

from publisher.site.markdown.shortcodes.include import DEEPEST
from publisher.site.model import Reference
from tests.site.markdown.shortcodes.site import FLAVOURS, renderer
from tests.site.markdown.shortcodes.test_calls import BOX, faults, lines

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)

FILES = {
    **BOX,
    "content/posts/part.md": "+++\ntitle = 'P'\n+++\n## Part\n\n[x](y.md)\n",
    "content/code.py": "a = 1\nb = 2\nc = 3\n",
    "content/loop.md": "::include{file=loop.md}\n",
    **{f"content/deep{n}.md": f"::include{{file=deep{n + 1}.md}}\n" for n in range(DEEPEST)},
    f"content/deep{DEEPEST}.md": "end\n",
    "content/calls.md": ":::box\n::include[posts/part.md]\n:::\n",
    "content/draft.md": "---\ndraft: true\n---\nx\n",
    "content/wrong.md": "---\ndraft: perhaps\n---\nx\n",
    "content/key.txt": "secret",
    "templates/common.md": "*common*\n",
    "outside.md": "outside\n",
}


def test_markdown_is_a_part_of_the_article(tmp_path: Path, flavour: str) -> None:
    body = renderer(tmp_path, FILES, flavour).render("posts/a.md", "a\n\n- ::include{file=part.md}\n\n## Part\n", 5)
    assert [one.id for one in body.toc] == ["part", "part-1"]
    assert body.references[-1] == Reference("posts/y.md", "link", 7, 3)
    assert body.reads == ("file content/posts/part.md",)
    assert not body.problems


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("::include{file=../calls.md}", '<div><h2 id="part">Part'),
        ("::include{file=common.md}", "<p><em>common</em></p>"),
        ("::include{file=templates/common.md}", "<p><em>common</em></p>"),
        (
            "::include{file=/code.py lines=2-3 language=text}",
            '<div class="language-text highlight"><pre><code>b = 2c = 3</code>',
        ),
        (
            "> ::include{file=/code.py lines=3 language=text}",
            '<blockquote><div class="language-text highlight"><pre><code>c = 3',
        ),
        (
            "::include{file=/code.py lines=2- language=text}",
            '<div class="language-text highlight"><pre><code>b = 2c = 3</code>',
        ),
    ],
)
def test_what_is_included(tmp_path: Path, flavour: str, text: str, html: str) -> None:
    body = renderer(tmp_path, FILES, flavour).render("posts/a.md", text, 1)
    assert lines(body).startswith(html)
    assert not body.problems


def test_code_is_highlighted_by_its_ending_and_calls_in_it_are_text(tmp_path: Path, flavour: str) -> None:
    files = {**FILES, "content/x.py": '"""\n::box\n"""\n'}
    body = renderer(tmp_path, files, flavour).render("a.md", "::include[x.py]", 1)
    assert "language-py highlight" in body.html
    assert "::box" in body.html
    assert not body.problems


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("::include", "include needs the path of a file"),
        ("::include{file=none.md}", "there is no file none.md to include"),
        ("::include{file=../../outside.md}", "../../outside.md is outside of the folder of articles"),
        ("::include{file=/../outside.md}", "/../outside.md is outside of the folder of articles"),
        ("::include{file=../key.txt}", "content/key.txt holds a secret and is not included"),
        ("::include{file=../draft.md}", "content/draft.md may be unpublished and is not included"),
        ("::include{file=../wrong.md}", "the front matter of content/wrong.md has a fault"),
        ("::include{file=../loop.md}", "content/loop.md includes itself"),
        ("::include{file=../deep0.md}", f"files include each other more than {DEEPEST} deep"),
        ("::include{file=part.md part=2}", "include has no argument part"),
        ("::include{file=../code.py lines=7}", "content/code.py has no lines 7"),
        ("::include{file=../code.py lines=x}", "x names no lines"),
        (":::include{file=part.md}\n:::", "include has no body"),
        ("::includ{file=part.md}", "there is no shortcode includ"),
    ],
)
def test_a_file_that_is_not_included_is_a_fault(tmp_path: Path, flavour: str, call: str, fault: str) -> None:
    body = renderer(tmp_path, FILES, flavour, {"content/key.txt"}).render("posts/a.md", f"a\n\n{call}\n\nb", 1)
    assert faults(body) == [(3, 1, fault, "shortcode")]
    assert lines(body) == "<p>a</p><p>b</p>"
    assert "secret" not in body.html
