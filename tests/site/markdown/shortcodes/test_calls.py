"""What a page shows for the calls in an article, in both flavours, and the faults at the lines of the calls."""

from pathlib import Path

import pytest

from publisher.errors import Problem
from publisher.site.model import Reference, Rendered
from publisher.site.urls import mark
from tests.site.markdown.shortcodes.site import FLAVOURS, renderer

BOX = {"templates/shortcodes/box.html": "<div>{{ body }}</div>\n"}
NOTHING: dict[str, str] = {}

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)


def shown(tmp_path: Path, flavour: str, text: str, files: dict[str, str] = NOTHING) -> Rendered:
    return renderer(tmp_path, files, flavour).render("posts/a.md", text, 1)


def lines(body: Rendered) -> str:
    """The HTML without empty lines, and without the spaces and newlines between tags that the flavours set apart."""
    return "".join(line.strip() for line in body.html.split("\n"))


def faults(body: Rendered) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.col, one.what, one.kind) for one in body.problems]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n:::box\n*b*\n:::\nc", "<p>a</p><div><p><em>b</em></p></div><p>c</p>"),
        (":::box\n:::box\na\n:::\nb\n:::", "<div><div><p>a</p></div><p>b</p></div>"),
        ("::::box\n:::box\na\n:::\n::::", "<div><div><p>a</p></div></div>"),
        ("- a\n\n  :::box\n  b\n  :::\n- c", "<ul><li><p>a</p><div><p>b</p></div></li><li><p>c</p></li></ul>"),
        ("> :::box\n> b\n> :::\n\nc", "<blockquote><div><p>b</p></div></blockquote><p>c</p>"),
        (":::box\n- a\n- b\n:::", "<div><ul><li>a</li><li>b</li></ul></div>"),
        ("::box", "<div></div>"),
        ("a ::box b", "<p>a ::box b</p>"),
    ],
)
def test_a_call_has_a_body_of_markdown(tmp_path: Path, flavour: str, text: str, html: str) -> None:
    body = shown(tmp_path, flavour, text, BOX)
    assert lines(body) == html
    assert body.problems == ()


def test_the_body_is_a_part_of_the_article(tmp_path: Path, flavour: str) -> None:
    text = "# One\n\n:::box\n## Two\n\n[a](b.md) x[^n] [c]\n\n:::\n\n[^n]: note\n\n[c]: d.md\n"
    body = shown(tmp_path, flavour, text, BOX)
    assert [one.text for one in body.toc] == ["One", "Two"]
    assert {"one", "two"} <= set(body.anchors)
    assert Reference("posts/b.md", "link", 6, 5) in body.references
    assert "posts/d.md" in [one.target for one in body.references]
    assert body.problems == ()


@pytest.mark.parametrize(
    "text",
    ["```\n::box\n```", "    :::box\n    :::", "```\n:::box\n```\n:::box\n```\n:::\n```\n:::", "<pre>\n::box\n</pre>"],
)
def test_code_shows_a_call_as_it_is_written(tmp_path: Path, flavour: str, text: str) -> None:
    body = shown(tmp_path, flavour, text, BOX)
    assert body.html.count("::box") + body.html.count(":::\n") >= 1
    assert body.html.count("<div>") == (1 if "\n:::box\n```" in text else 0)
    assert body.problems == ()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            '::figure{src="x.png" alt="a & b" caption="C" #f .wide}',
            f'<figure id="f" class="wide"><img src="{mark("posts/x.png")}" alt="a &amp; b" loading="lazy">'
            "<figcaption>C</figcaption></figure>",
        ),
        (
            ":::figure{src=/x.png}\n*C*\n:::",
            f'<figure><img src="{mark("/x.png")}" alt="" loading="lazy">'
            "<figcaption><p><em>C</em></p></figcaption></figure>",
        ),
        (
            ":::figure{caption=C}\n![a](x.png)\n:::",
            f'<figure><p><img alt="a" src="{mark("posts/x.png")}"></p><figcaption>C</figcaption></figure>',
        ),
        (
            ":::gallery\n![a](x.png)\n:::",
            f'<figure class="gallery"><div class="pictures"><p><img alt="a" src="{mark("posts/x.png")}"></p></div>'
            "</figure>",
        ),
        (
            "::video{src=x.mp4 captions=x.vtt title=T}",
            f'<figure><video controls preload="metadata" src="{mark("posts/x.mp4")}" title="T">'
            f'<track kind="captions" srclang="en" src="{mark("posts/x.vtt")}" default>'
            f'<a href="{mark("posts/x.mp4")}">T</a></video></figure>',
        ),
        (
            "::audio{src=x.mp3}",
            f'<figure><audio controls preload="metadata" src="{mark("posts/x.mp3")}">'
            f'<a href="{mark("posts/x.mp3")}">x.mp3</a></audio></figure>',
        ),
        (
            ':::quotation{author="A B" source=S url="https://example.org/"}\nq\n:::',
            '<figure class="quotation"><blockquote cite="https://example.org/"><p>q</p></blockquote>'
            '<figcaption>A B, <cite><a href="https://example.org/">S</a></cite></figcaption></figure>',
        ),
        ("::: details More\nx\n:::", '<details class="note"><summary>More</summary><p>x</p></details>'),
        (
            ":::details[Own]{#i .tip open}\nz\n:::",
            '<details class="tip" id="i" open><summary>Own</summary><p>z</p></details>',
        ),
        (":::details{.warning}\n:::", '<details class="warning"><summary>Warning</summary></details>'),
        (
            "::youtube{id=a_b title=T}",
            '<figure class="film"><a class="film-link" href="https://www.youtube.com/watch?v=a_b">T</a></figure>',
        ),
        (
            "::youtube{id=a image=x.png title=T}",
            '<figure class="film"><a class="film-link" href="https://www.youtube.com/watch?v=a">'
            f'<img src="{mark("posts/x.png")}" alt="T" loading="lazy"></a></figure>',
        ),
        (
            "::gist{user=u id=1}",
            '<figure class="gist"><a href="https://gist.github.com/u/1">gist:1</a></figure>',
        ),
    ],
)
def test_what_the_theme_has(tmp_path: Path, flavour: str, text: str, html: str) -> None:
    body = shown(tmp_path, flavour, text)
    # The two flavours write the attributes of a picture of Markdown in another order.
    made = lines(body).replace(f'src="{mark("posts/x.png")}" alt="a"></p>', f'alt="a" src="{mark("posts/x.png")}"></p>')
    assert made == html
    assert body.problems == ()


@pytest.mark.parametrize("call", ["::youtube{id=a%s}", "::gist{id=a user=b%s}"])
def test_a_foreign_page_is_embedded_only_on_demand(tmp_path: Path, flavour: str, call: str) -> None:
    site = renderer(tmp_path, {}, flavour)
    for argument in ("", " embed=false", ' title="embed"'):
        html = site.render("a.md", call % argument, 1).html
        assert "<a " in html
        assert "<iframe" not in html
        assert "<script" not in html
    html = site.render("a.md", call % " embed = true", 1).html
    assert "<iframe" in html or "<script" in html


def test_the_links_of_a_call_are_at_its_line(tmp_path: Path, flavour: str) -> None:
    body = shown(tmp_path, flavour, "a\n\n> ::figure{src=../x.png alt=a link=b.md#c}\n")
    assert body.references == (Reference("posts/b.md#c", "link", 3, 3), Reference("x.png", "image", 3, 3))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\n\n  ::figure{alt=a}", [(3, 3, "figure needs the argument src", "shortcode")]),
        ("::figure{src=a scr=b}", [(1, 1, "figure has no argument scr", "shortcode")]),
        ("::figure{src=“a”}", [(1, 10, "'src=“a”}' is not an argument", "shortcode")]),
        ("::fig{src=a}", [(1, 1, "`::fig` names no shortcode and is left as text", "foreign-syntax")]),
        ("::figur{src=a}", [(1, 1, "there is no shortcode figur", "shortcode")]),
        (":::galery\n:::", [(1, 1, "there is no shortcode galery", "shortcode")]),
        (":::box\na", [(1, 1, "the call of box has no end", "shortcode")]),
        (":::youtube{id=a}\nb\n:::", []),
        (":::once\nb\n:::", [(1, 1, "once has no body", "shortcode")]),
        (":::twice\nb\n:::", [(1, 1, "twice shows its body twice", "shortcode")]),
        ("::box\n\n:::", [(3, 1, "this line of colons ends nothing", "foreign-syntax")]),
        ("- :::box\n:::", [(1, 3, "the call of box begins in one block and ends in another", "shortcode")]),
        (
            "::bad{a=b}",
            [
                (
                    1,
                    1,
                    "bad cannot be shown: ZeroDivisionError: division by zero (templates/shortcodes/bad.html:2)",
                    "shortcode",
                )
            ],
        ),
        ("::cut", [(1, 1, "cut cannot be shown: unexpected '}' (templates/shortcodes/cut.html:1)", "shortcode")]),
        ('::figure{src=x link="" alt=a}', [(1, 1, "this link has no target", "dead-link")]),
        ("## a {#x}\n\n:::details{#x}\nb\n:::", [(3, 1, "the id 'x' is used twice", "duplicate-id")]),
    ],
)
def test_faults_are_at_the_line_of_the_call(
    tmp_path: Path, flavour: str, text: str, found: list[tuple[int, int, str, str]]
) -> None:
    files = {
        **BOX,
        "templates/shortcodes/once.html": "{% if body %}x{% endif %}",
        "templates/shortcodes/twice.html": "{{ body }}{{ body }}",
        "templates/shortcodes/bad.html": "\n{{ 1 / 0 }}{{ a }}",
        "templates/shortcodes/cut.html": "{{ } }}",
    }
    made = faults(shown(tmp_path, flavour, text, files))
    assert [(*one[:2], one[2].partition(": '")[0], one[3]) for one in made] == found


def test_a_block_of_another_tool_stays_text(tmp_path: Path, flavour: str) -> None:
    text = "::: warning\nx\n:::"
    body = shown(tmp_path, flavour, text)
    assert body.html.strip() == "<p>::: warning\nx\n:::</p>"
    (found,) = body.problems
    assert isinstance(found, Problem)
    assert (found.line, found.kind) == (1, "foreign-syntax")
    assert found.what == "`:::warning` names no shortcode and is left as text"
    assert found.hint.endswith("or make templates/shortcodes/warning.html")


def test_the_author_replaces_a_shortcode_of_the_theme(tmp_path: Path, flavour: str) -> None:
    files = {
        "templates/shortcodes/details.html": '{% include "part.html" %}{{ body }}',
        "templates/part.html": "<b>{{ title }}</b>",
    }
    body = shown(tmp_path, flavour, ":::details[T]\nx\n:::", files)
    assert lines(body) == "<b>T</b><p>x</p>"
    assert body.reads == ("template part.html", "template shortcodes/details.html")


def test_a_file_without_the_ending_of_a_template_is_no_shortcode(tmp_path: Path, flavour: str) -> None:
    site = renderer(tmp_path, {"templates/shortcodes/description.txt": ""}, flavour)
    body = site.render("a.md", "::description{x=1}", 1)
    assert [problem.kind for problem in body.problems] == ["foreign-syntax"]


def test_a_fault_depends_on_all_templates_of_the_shortcode_in_each_article(tmp_path: Path, flavour: str) -> None:
    files = {"templates/shortcodes/one.html": '{% include "part.html" %}', "templates/part.html": "{{ word }}"}
    site = renderer(tmp_path, files, flavour)
    for path in ("a.md", "b.md"):
        body = site.render(path, "::one{wrod=x}", 1)
        assert [problem.hint for problem in body.problems] == ["did you mean word?"]
        assert body.reads == ("template part.html", "template shortcodes/one.html")
