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
from publisher.site.markdown.fast_lexer import WORTH, FastLexer

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


def quick(language: str) -> FastLexer:
    """A lexer that has been met often."""
    made = FastLexer(get_lexer_by_name(language, stripnl=True))
    for _ in range(WORTH):
        made.tokens("")
    return made


@cache
def warm(language: str) -> FastLexer:
    return quick(language)


@cache
def plain(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=True)


def runs(tokens: Any) -> Any:
    """Neighbours of one kind put together, as the HTML shows them."""
    return [(kind, "".join(text for _, text in found)) for kind, found in groupby(tokens, lambda token: token[0])]


@given(st.sampled_from(LANGUAGES), CODE)
def test_the_tokens_are_those_of_the_library(language: str, code: str) -> None:
    theirs = [token for token in plain(language).get_tokens(code) if token[1]]
    assert runs(token for token in warm(language).tokens(code) if token[1]) == runs(theirs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_piece_in_every_language(language: str) -> None:
    code = "\n".join(PIECES)
    theirs = [token for token in plain(language).get_tokens(code) if token[1]]
    assert runs(token for token in warm(language).tokens(code) if token[1]) == runs(theirs)


def test_a_language_met_rarely_goes_the_way_of_the_library_and_has_nothing_compiled() -> None:
    made = FastLexer(get_lexer_by_name("python"))
    for _ in range(WORTH):
        assert list(made.tokens("x = 1"))
        assert not made._states
    assert list(made.tokens("x = 1"))
    assert made._states


def test_a_lexer_with_ways_of_its_own_is_left_alone() -> None:
    for language in ("console", "html+jinja", "rst"):
        made = quick(language)
        assert list(made.tokens("$ ls\nx"))
        assert (made._left < 0) == (language != "rst")


def test_a_pattern_that_counts_its_groups_stays_alone() -> None:
    rules: list[fast_lexer._Rule] = [
        (re.compile(text, re.MULTILINE).match, None, None) for text in ("a", "(b)", r"(c)\1", "(?P<n>d)", "(?s)e.")
    ]
    rules += [(re.compile(text).match, None, None) for text in ("(?x) f # c", "(?u)g")]
    steps = list(fast_lexer._together(rules, re.MULTILINE))
    assert [len(set(map(id, known.values()))) for _, known in steps] == [2, 1, 1, 1, 1, 1]
    for text, number in (("a", 0), ("b", 1), ("cc", 2), ("d", 3), ("e\n", 4), ("f", 5), ("g", 6)):
        found = next((m, known) for match, known in steps if (m := match(text, 0)))
        assert found[0].group() == text
        assert found[1][found[0].lastindex or 0] is rules[number]


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


def test_every_state_can_be_put_together() -> None:
    for made in map(warm, LANGUAGES):
        made.tokens("")
        if made._left == 0:
            for state in made._lexer._tokens:
                assert made._steps(state)
