"""On which line each key of a TOML document stands."""

import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.toml_positions import key_lines


def paths(value: Any, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every key that a document has."""
    if isinstance(value, list):
        return set[tuple[str, ...]]().union(*(paths(each, above) for each in value))
    if not isinstance(value, dict):
        return set()
    return set[tuple[str, ...]]().union(*({(*above, key)} | paths(each, (*above, key)) for key, each in value.items()))


DOCUMENTS = {
    "tables": ("[a]\nb = 1\n\n[ a . c ] # [no]\nd = 2", {"a": 1, "a.b": 2, "a.c": 4, "a.c.d": 5}),
    "inline": ("a = { b = { c = 1, d = [{ e = 2 }] } }\nf = {}", {"a.b.c": 1, "a.b.d.e": 1, "f": 2}),
    "dotted": ("a.b . c = 1\n[d]\ne.f = 2\ne.g = 3", {"a": 1, "a.b.c": 1, "d.e": 3, "d.e.f": 3, "d.e.g": 4}),
    "quoted": ('"a b".\'c"\' = 1\n"\\u00e9" = 2\n"" = 3', {'a b.c"': 1, "é": 2, "": 3}),
    "strings": (
        'a = """\nb = 1\n[c]\n\\"""d""\n"""""\ne = \'\'\'\nf = 1\n\'\'\'\'\ng = "# \\" [h]\\n"\ni = \'\\\'',
        {"a": 1, "e": 6, "g": 9, "i": 10},
    ),
    "values": (
        'a = 1979-05-27 07:32:00Z # b = 1\nc = -inf\nd = [1,\n # e = 2\n"f = 3",\n]\ng=0',
        {"a": 1, "d": 3, "g": 7},
    ),
    "arrays of tables": ("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3", {"a": 1, "a.b": 2, "a.c": 5, "a.c.d": 6}),
    "ends of lines": ("a = 1\r\n\r\n[b]\r\nc = 'x\u2028y'\r\nd = 2\r\n", {"a": 1, "b": 3, "b.c": 4, "b.d": 5}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_key_is_found_on_its_line_and_nothing_else(name: str) -> None:
    text, lines = DOCUMENTS[name]
    found = key_lines(text)
    assert set(found) == paths(tomllib.loads(text))
    assert {key: found[tuple(key.split("."))] for key in lines} == lines


@example('"\\1" = 1')
@given(st.text("ab.=[]{},\"'#\\ \n1", max_size=40))
def test_of_any_document_the_keys_are_those_that_tomllib_reads(text: str) -> None:
    found = key_lines(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(found) == paths(table)
