"""Any text is an article or is told as one with faults: no text makes the program stumble."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import ContentError
from publisher.site.content import parser
from publisher.site.content.records import pack, pack_body, unpack, whole
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import SourceFile
from publisher.site.settings import SiteSettings
from tests.build.site import SITE, Workshop, article, write

RENDERER = make_renderer()

# fmt: off
NAMES = [
    "id", "href", "src", "style", "title", "class", "alt", "start", "name", "data-toc-label", "hidden", "中", "a:b",
]
VALUES = ["", "=", '=""', "=x", '="a b"', "='%'", "=\\", "=.."]
attribute = st.one_of(
    st.builds(str.__add__, st.sampled_from(NAMES), st.sampled_from(VALUES)),
    st.sampled_from([".", "#", "=", ".x", "#x", "#a b", ":", "}", "\\}", '"', "[x](y)", "`"]),
)
attributes = st.builds(
    lambda start, parts, end: start + " ".join(parts) + end,
    st.sampled_from(["{", "{:", "{: ", "{ "]),
    st.lists(attribute, max_size=3),
    st.sampled_from(["}", " }", "", "}}"]),
)
PIECES = [
    "word", "中文", " ", "  ", "\n", "\n\n", "\n    ", "\t", "|", "\n|--|--|\n", "\n: ", "\\", "&", "&amp;", "&#0;",
    "\ufffe", "# ", "## ", "\n---\n", "\n===\n", "- ", "- [ ] ", "1. ", "> ", "> [!NOTE]\n> ", "!!! note\n    ",
    '??? tip "x"\n    ', '=== "a"\n    ', "```\n", "```python\n",
    '``` {.python title="x" hl_lines="1-" linenums="x"}\n', "~~~\n", "`", "`#!py ", "*", "**", "_", "__", "~", "~~",
    "^", "^^", "==", "++", "++ctrl+x++", "$", "$$", "\\(", "\\[", "```math\n", "\\frac{a}", "[", "](", "]", ")", "![",
    "[^1]", "\n[^1]: ", "\n[a]: ", "[a][a]", "<https://x.example>", "www.x.example", "a@b.c", "https://x.example/(",
    "<div>", "<div markdown>", "</div>", "<span", "<!--", "-->", "<?", "<![CDATA[", '<a href="', "'",
    '<p markdown="span" id=x>', '<img src=x srcset="', "<h2 id>", "<br/>", "[TOC]", "\n*[a]: b", ":smile:", "(c)",
    "1/2", "x.md", "#x", "%", "%zz", "../", "//", "http://[", "javascript:", "{", "}", "{{", "{%", "[link](x.md)",
    "\x07",
]
LANGUAGES = ["html+jinja", "md", "yaml", "diff", "console", "rst", "json", "sh", "c++", "latex", "php", "math", "none"]
FORMULAS = [
    "\\left(", "\\begin{align}", "&", "\\\\", "^", "_", "\\sqrt[", "\\text{", "\\operatorname", "\\frac", "\\hline",
]
# fmt: on
fence = st.builds(lambda *parts: "\n\n```{}\n{}\n```\n".format(*parts), st.sampled_from(LANGUAGES), st.text(max_size=9))
formula = st.lists(st.sampled_from([*FORMULAS, "a", "{", "}", " "]), max_size=5).map(
    lambda parts: f"${''.join(parts)}$"
)
piece = st.one_of(st.sampled_from(PIECES), attributes, fence, formula, st.text(max_size=4))
body = st.lists(piece, max_size=25).map("".join)

KEYS = ["title", "date", "updated", "tags", "slug", "draft", "author", "authors", "language", "summary", "extra", "x"]
PLAIN = ["a", "中文", "2026-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "[a, b]", "[[a]]", "{a: 1}"]
value = st.one_of(
    st.sampled_from(
        [*PLAIN, "", "null", "&a [*a]", "'", '"\\ud800"', '"\\0"', "1e999", "!!binary x", "|\n  x", "<<", "[?, ?]"]
    ),
    st.text(max_size=12),
)
line = st.builds(lambda key, text: f"{key}: {text}\n", st.sampled_from(KEYS), value)
front = st.lists(line, max_size=4).map("".join)


def source(head: str, text: str) -> bytes:
    given = "".join(
        f"{key}: {text}\n" for key, text in (("title", "T"), ("date", "2026-01-01")) if f"{key}:" not in head
    )
    return f"---\n{given}{head}---\n{text}\n".encode(errors="surrogatepass")


@settings(max_examples=200, deadline=None)
@given(front, body)
def test_any_text_is_an_article_or_one_with_faults(head: str, text: str) -> None:
    data = source(head, text)
    try:
        parsed = parser.parse(SourceFile("posts/a.md", data), SiteSettings(), RENDERER)
    except ContentError as error:
        for problem in error.problems:
            assert problem.path == "posts/a.md"
            assert not problem.detail, problem.detail
        return
    kept = whole(unpack("posts/a.md", pack(bytes(32), parsed.article)), pack_body(parsed))
    assert kept.html == parsed.html


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.just("") | front, body), min_size=4, max_size=4))
def test_a_site_of_any_texts_is_built_or_its_articles_are_told(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    shop = Workshop(tmp_path_factory.mktemp("any"), posts=1)
    files = {f"content/posts/any{number}.md": source(*text) for number, text in enumerate(texts)}
    write(shop.folder, files)
    shop.write({"content/posts/x.md": article("X"), "content/posts/y": "y"})
    try:
        shop.build(site=SITE)
    except ContentError as error:
        for problem in error.problems:
            assert problem.path in files or "is taken by" in problem.what, str(problem)
            assert not problem.detail, problem.detail
