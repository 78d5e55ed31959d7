"""With a library whose private parts are gone the same bytes come out: they only take longer."""

from functools import cache

import pytest

from tests.renamed import run

ARTICLES = """
import sys
from hashlib import sha256
from pathlib import Path
from publisher.site.markdown import fast_lexer
from publisher.site.markdown.python_markdown import engine, inline
from publisher.site.markdown.renderer import renderer as make_renderer
texts = [Path("content/posts", f"{name}.md").read_text() for name in ("writing", "theming", "ci", "根是怎样算出来的")]
made = make_renderer()
for text in texts:
    page = made.render("posts/a.md", text, 1)
    assert page.html and not any("stumbles" in problem.what for problem in page.problems), page.problems
    print(sha256(repr(page).encode()).hexdigest())
"""
STAGE = "print(type(made._engines['python']._md.treeprocessors['inline']).__name__)\n"
LEXER = """
from pygments.lexers import get_lexer_by_name
quick = fast_lexer.FastLexer(get_lexer_by_name("python"), str, short=0)
quick.runs("def f(): pass")
print(bool(quick._rules))
"""


@cache
def articles() -> list[str]:
    """The manual as it is rendered with the libraries as they are."""
    return run(ARTICLES).splitlines()


def test_as_the_libraries_are_the_fast_ways_are_taken() -> None:
    *pages, stage, lexer = run(ARTICLES + STAGE + LEXER).splitlines()
    assert pages == articles()
    assert len(pages) == 4
    assert (stage, lexer) == ("GuardedInline", "True")


@pytest.mark.parametrize("name", ["__applyPattern", "__handleInline", "__processPlaceholders"])
def test_without_the_methods_of_the_inline_stage_articles_are_the_same(name: str) -> None:
    *pages, stage = run(ARTICLES + STAGE, {"markdown": {name: "__renamed"}}).splitlines()
    assert stage == "InlineProcessor"
    assert pages == articles()


def test_without_the_splitting_of_rows_articles_are_the_same() -> None:
    assert run(ARTICLES, {"markdown": {"_split": "_renamed"}}).splitlines() == articles()


def test_without_the_patterns_of_delimiters_articles_are_the_same() -> None:
    assert run(ARTICLES, {"pymdownx": {"_build_patterns": "_renamed"}}).splitlines() == articles()


def test_with_other_parameters_of_the_inline_stage_articles_are_the_same() -> None:
    *pages, stage = run(ARTICLES + STAGE, {"markdown": {"patternIndex": "index"}}).splitlines()
    assert stage == "InlineProcessor"
    assert pages == articles()


def test_without_the_order_of_the_registry_articles_are_the_same() -> None:
    *pages, stage = run(ARTICLES + STAGE, {one: {"_priority": "_ranks"} for one in ("markdown", "pymdownx")}).split()
    assert stage == "GuardedInline"
    assert pages == articles()


@pytest.mark.parametrize(
    ("name", "fast"), [("_tokens", "False"), ("_preprocess_lexer_input", "True"), ("_TokenType", "True")]
)
def test_without_the_private_parts_of_lexers_code_is_the_same(name: str, fast: str) -> None:
    *pages, lexer = run(ARTICLES + LEXER, {"pygments": {name: "_renamed"}}).splitlines()
    assert lexer == fast
    assert pages == articles()


def test_without_the_parser_of_patterns_every_rule_is_tried() -> None:
    hidden = "sys.modules['re._parser'] = None\n"
    assert run(ARTICLES.replace("from hashlib", f"{hidden}from hashlib", 1)).splitlines() == articles()


def test_where_rules_are_kept_in_another_way_code_is_the_same() -> None:
    other = {
        r"return re\.compile\(regex, rflags\)\.match": "return lambda *a, p=re.compile(regex, rflags): p.match(*a)"
    }
    *pages, lexer = run(ARTICLES + LEXER, {"pygments": other}).splitlines()
    assert lexer == "False"
    assert pages == articles()


PAGES = """
from publisher.site.recorded_reads import Reader
from publisher.site.templates.environment import TemplateFile
from publisher.site.templates.render import Templates
from publisher.site.templates.views import PlainView
FILES = {
    "tags.html": b"{% from 'macros.html' import box %}{{ box() }}{% import 'macros.html' as m with context %}",
    "404.html": b"{% import 'macros.html' as m %}{{ m.box() }}{% include 'part.html' %}",
    "macros.html": b"{% include 'seen.html' %}{% macro box() %}[{% include 'part.html' %}]{% endmacro %}",
    "part.html": b"{{ 1 + 1 }}",
    "seen.html": b"",
}
templates = Templates(lambda name: TemplateFile(name, FILES[name]) if name in FILES else None, {"title": "A"})
for kind in ("tags", "404", "tags"):
    reader = Reader()
    print(templates.render(PlainView(kind, kind, kind, "en"), reader), sorted(reader.reads().shared.split("\\0")))
print(templates._environment.cache is None)
"""


@pytest.mark.parametrize(("name", "kept"), [("_load_template", True), ("_get_default_module", False)])
def test_without_the_private_parts_of_templates_pages_and_what_they_depend_on_are_the_same(
    name: str, kept: bool
) -> None:
    *pages, cache_is_off = run(PAGES, {"jinja2": {name: "_renamed"}}).splitlines()
    assert cache_is_off == str(not kept)
    assert pages == run(PAGES).splitlines()[:-1]
    assert "'template seen.html'" in pages[1]
    assert pages[0] == pages[2]
