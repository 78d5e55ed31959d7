"""The quick way through a lexer gives what the library gives."""

import re
from functools import cache
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from publisher.site.markdown import fast_lexer
from publisher.site.markdown.fast_lexer import FastLexer
from publisher.site.markdown.first_characters import ASCII, begins_line, first_characters
from publisher.site.markdown.highlight import spans
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer

LANGUAGES = (
    "bash", "c", "clojure", "console", "cpp", "csharp", "css", "diff", "docker", "elixir", "erlang", "go", "graphql",
    "haskell", "html", "http", "ini", "java", "js", "json", "kotlin", "lisp", "lua", "makefile", "markdown", "nginx",
    "nix", "ocaml", "perl", "php", "postgres", "powershell", "python", "pycon", "r", "racket", "ruby", "rust", "scala",
    "scheme", "solidity", "sql", "swift", "tex", "toml", "ts", "vim", "xml", "yaml", "zig",
)  # fmt: skip
PIECES = [
    *"#/*-'\"`\\{}()[]<>=:;,.$@!%&|~?\n\n\t  _",
    "def f(a: int = 0x1F, *b):\n", "class A(B):\n", "'''doc\n", '"""', 'f"{x!r:>{w}} {{"', "import os as o, sys\n",
    "from . import x\n", "@decorator\n", "return", "if ", "else:\n", "None", "lambda x: x", "r'\\d+'", "1.5e-3",
    "0b1", "#!/usr/bin/env bash\n", "set -e\n", "${A:-b}", "$(ls | wc -l)", "`x`", "for f in *; do\n", "done\n",
    "[[ -s $f ]]", "cat <<EOF\nx\nEOF\n", "const x = `a${b}c`;\n", "/re[/]x/g", "=> {", "// c\n", "/* c */",
    "function* g() {}\n", "let {a, ...b} = c;\n", "#include <x.h>\n", "int main(void)", "-- c\n", "SELECT 'x';\n",
    "<a href='x'>y</a>", "<!-- c -->", "<?php echo 1; ?>", "key: value\n", "- item\n", "[table]\n", "k = 1\n",
    "fn f<'a>(x: &'a str)", "$ ls -l\ntotal\n", ">>> 1 + 1\n2\n", "+ added\n", "@@ -1 +1 @@\n", "中文", "é", "\u2028",
    "%s", "\\u00e9", "match x:\n    case 1: ...\n",
]  # fmt: skip
CODE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@cache
def quick(language: str) -> FastLexer:
    return FastLexer(get_lexer_by_name(language, stripnl=True), str, short=0)


@cache
def plain(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=True)


def of_the_library(language: str, code: str) -> list[tuple[str, str]]:
    """Tokens of the library, neighbours of one kind put together, as the HTML shows them."""
    tokens = ((str(kind), text) for kind, text in plain(language).get_tokens(code) if text)
    return [(kind, "".join(text for _, text in found)) for kind, found in groupby(tokens, lambda token: token[0])]


@given(st.sampled_from(LANGUAGES), CODE)
def test_the_tokens_are_those_of_the_library(language: str, code: str) -> None:
    assert quick(language).runs(code) == of_the_library(language, code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_piece_in_every_language(language: str) -> None:
    code = "\n".join(PIECES)
    assert quick(language).runs(code) == of_the_library(language, code)


def test_a_lexer_with_ways_of_its_own_is_left_alone() -> None:
    for language in ("console", "html+jinja", "rst"):
        made = quick(language)
        assert made.runs("$ ls\nx")
        assert bool(made._rules) == (language == "rst")


def test_characters_outside_of_ascii_share_one_list_of_rules() -> None:
    for state in quick("python")._states["root"]:
        assert state["中"] is state["文"]
        assert len(state["d"]) < len(state["中"])


def test_rules_for_the_beginning_of_a_line_are_tried_only_there() -> None:
    at_start, elsewhere = quick("python")._states["root"]
    assert 0 < len(elsewhere[" "]) < len(at_start[" "])


@pytest.mark.parametrize(
    ("before", "after", "stack"),
    [
        ("r", -1, "r"),
        ("ra", -1, "r"),
        ("rab", -2, "r"),
        ("rab", -9, "r"),
        ("ra", "#push", "raa"),
        ("ra", ("b", "c"), "rabc"),
        ("ra", ("#pop", "b"), "rb"),
        ("r", ("#pop", "#push"), "rr"),
    ],
)
def test_the_lowest_state_stays(before: str, after: Any, stack: str) -> None:
    states = list(before)
    fast_lexer._move(states, after)
    assert "".join(states) == stack


def test_no_rule_is_left_out_that_would_match() -> None:
    rules = (rule for made in map(quick, LANGUAGES) for state in made._rules.values() for rule in state)
    patterns = {pattern for pattern in map(fast_lexer._pattern, (rule[0] for rule in rules)) if pattern}
    text = "".join(PIECES)
    places = {first: [at.start() for at in re.finditer(re.escape(first), text)][::4] for first in sorted(set(text))}
    for pattern in patterns:
        for first in (ASCII & places.keys()) - first_characters(pattern):
            assert not any(pattern.match(text, place) for place in places[first]), (pattern.pattern, first)
        if begins_line(pattern):
            inside = (place for place in range(1, len(text)) if text[place - 1] != "\n")
            assert not any(pattern.match(text, place) for place in inside), pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "may", "may_not"),
    [
        ("ab", "a", "b"),
        ("a?b", "ab", "c"),
        ("a*+b|c", "abc", "d"),
        ("(?:a|b?)c", "abc", "d"),
        ("(a)?(?:b){0,2}c", "abc", "d"),
        ("a*", "ab", ""),
        ("", "a", ""),
        (r"(?<!a)(?=b)(?!c)^\b[d-f]", "def", "abc"),
        (r"[^\Sa]", " \t", "ab"),
        ("[^a-c]|.", "abcd", ""),
        (r"\d|\W", "1 -", "a_"),
        ("(?i)a[x-z]|Q", "aAqQ", "xX"),
        ("(?i:[^a])", "aA", ""),
        ("(?i)\u017f", "sS", ""),
        (r"(?:a|(?P<n>b)(?P=n))c", "ab", "c"),
        (r"()\1a", "ab", ""),
        (r"(?>a)", "ab", ""),
    ],
)
def test_a_pattern_begins_with_certain_characters(pattern: str, may: str, may_not: str) -> None:
    found = first_characters(re.compile(pattern))
    assert [character for character in may + may_not if character in found] == list(may)


@pytest.mark.parametrize("pattern", ["^a", "(?m)^a", r"\Aa", "(^a)b", "(?:^a|(?m:^)b)", "^"])
def test_a_pattern_begins_a_line(pattern: str) -> None:
    assert begins_line(re.compile(pattern))


@pytest.mark.parametrize("pattern", ["a", "a^", "(?:^a|b)", "(?:^)?a", "$a", r"\ba", "(?=^)a", "[^a]", "()^a", ""])
def test_a_pattern_may_begin_anywhere(pattern: str) -> None:
    assert not begins_line(re.compile(pattern))


@pytest.mark.parametrize("language", ["maple", "mcschema", "Smithy"])
def test_code_of_a_lexer_that_may_never_end_is_plain_text(language: str) -> None:
    code = "true 1"
    assert get_lexer_by_name(language)
    assert spans(code, language) == code
    for options in ("", ' hl_lines="1"', ' linenums="1"'):
        html = make_renderer().render("a.md", f"```{language}{options}\n{code}\n```\n\n`#!{language} {code}`", 1).html
        assert html.count(code) == 2
    assert spans(code, "json") != code


def test_the_library_reads_the_first_characters_of_code() -> None:
    code = "x = 1 # one"
    for short in (20, 22):
        lexer = FastLexer(get_lexer_by_name("python", stripnl=True), str, short)
        assert lexer.runs(code) == lexer.runs(code) == of_the_library("python", code)
        assert bool(lexer._states["root"][0]) == (short == 20)  # both calls together read 22 characters


@pytest.mark.parametrize("flavour", ["python", "commonmark"])
@pytest.mark.parametrize(
    "info", ['title="x"', 'hl_lines="1"', 'linenums="1"', '{title="x"}', "{.a #b}", "{data-x=y}", ""]
)
def test_code_without_a_language_may_have_options(flavour: str, info: str) -> None:
    rendered = make_renderer(options=MarkdownOptions(flavour=flavour)).render("a.md", f"``` {info}\ncode <b>\n```\n", 1)
    assert "code &lt;b&gt;" in rendered.html
    assert not rendered.problems
