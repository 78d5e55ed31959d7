import pytest

from publisher.site.content.parser import parse
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import SourceFile
from publisher.site.settings import SiteSettings
from publisher.site.words import CALLOUTS

RENDERER = make_renderer()


def html(text: str, language: str = "zh") -> str:
    return RENDERER.render("posts/a.md", text, 1, language).html


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("> [!NOTE]\n> x", ">注意</p>"),
        ("> [!Warning]\n> x", ">警告</p>"),
        (">\n> [!TIP]\n> x", ">提示</p>"),
        ("   > [!note|wide] \n> x", ">注意</p>"),
        ("> [!NOTE]-\n> x", "<summary>注意</summary>"),
        ("> [!NOTE]", ">注意\n</p>"),
        ("before\n> [!NOTE]\n> x", ">注意</p>"),
        ("> [!NOTE] Own\n> x", ">Own</p>"),
        ("> [!NOTE] Own\n> [!TIP]\n> x", ">Own</p>"),
        ("> [!custom]\n> x", ">Custom</p>"),
        ("> > [!NOTE]\n> > x", ">注意</p>"),
        ("- one\n\n    > [!NOTE]\n    > x", ">注意</p>"),
        ("!!! note\n    x", ">注意</p>"),
        ("!!! Note  inline end\n    x", ">注意</p>"),
        ('!!! note "Own"\n    x', ">Own</p>"),
        ("!!! menu\n    x", ">Menu</p>"),
        ("??? note\n    x", "<summary>注意</summary>"),
        ("???+ danger  wide\n    x", "<summary>危险</summary>"),
        ('??? note "Own"\n    x', "<summary>Own</summary>"),
        ('??? "Own"\n    x', "<summary>Own</summary>"),
        ("before\n??? note\n    x", "<summary>注意</summary>"),
    ],
)
def test_a_callout_without_a_title_has_one_in_the_language_of_the_article(text: str, title: str) -> None:
    assert title in html(text)
    assert title.replace("注意", "Note") in html(text, "en") or title not in html(text, "en")


@pytest.mark.parametrize("text", ["> [!NOTE]\n> x", "!!! note  b\n    x", "???+ note b\n    x", "> [!NOTE|b]+\n> x"])
def test_only_the_title_is_in_another_language(text: str) -> None:
    assert html(text).replace("注意", "Note") == html(text, "en") == html(text, "xx")


def test_an_empty_title_stays_no_title() -> None:
    assert "admonition-title" not in html('!!! note ""\n    x')


@pytest.mark.parametrize("kind", sorted(CALLOUTS))
def test_in_english_a_kind_is_called_as_it_is_written(kind: str) -> None:
    assert f">{kind.title()}<" in html(f"> [!{kind.upper()}]\n> x", "en")
    assert f">{kind.title()}<" not in html(f"> [!{kind.upper()}]\n> x", "zh-TW")


def test_a_quotation_of_the_syntax_is_left_alone() -> None:
    assert "注意" not in html("    > [!NOTE]\n    > x\n\n```\n??? note\n```\n\n`> [!NOTE]` and [!NOTE]")


def test_the_front_matter_decides_and_the_site_where_it_says_nothing() -> None:
    body = "> [!NOTE]\n> x\n"
    site = SiteSettings(title="t", language="zh")
    for front, title in (("title: a\n", "注意"), ("title: a\nlanguage: de\n", "Hinweis")):
        assert title in parse(SourceFile("a.md", f"---\n{front}---\n{body}".encode()), site, RENDERER).html


def test_one_language_leaves_no_trace_in_the_next() -> None:
    assert "注意" in html("> [!NOTE]\n> x")
    assert "Note" in RENDERER.render("posts/a.md", "> [!NOTE]\n> x", 1).html
