import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Problem
from publisher.site.content.frontmatter.interpret import Front
from publisher.site.content.frontmatter.read import read
from tests.timing import grows_at_most

TOML = """+++
title = "A walk"
date = 2025-01-31
tags = ["a", "b"]
weight = 3
[extra]
n = 1.50
day = 2025-01-01
+++
Text.
"""
JSON = """{
  "title": "A walk",
  "date": "2025-01-31",
  "tags": ["a", "b"],
  "weight": 3,
  "extra": {"n": 1.50, "day": "2025-01-01"}
}
Text.
"""
YAML = """---
title: A walk
date: 2025-01-31
tags: [a, b]
weight: 3
extra: {n: 1.50, day: 2025-01-01}
...
Text.
"""
HEADERS = """Title: A walk
date: 2025-01-31
TAGS: a,
    b
Order: 3

Text.
"""


def front(text: str) -> Front:
    return read("a.md", text, UTC)[0]


def body(text: str) -> str:
    return text[read("a.md", text, UTC)[1] :]


def faults(text: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.col, problem.what) for problem in front(text).problems]


@pytest.mark.parametrize("text", [YAML, TOML, JSON, HEADERS])
def test_every_form_says_the_same(text: str) -> None:
    found = front(text)
    assert found.problems == []
    assert found.values["title"] == "A walk"
    assert found.values["date"] == datetime(2025, 1, 31, tzinfo=UTC)
    assert found.values["tags"] == ("a", "b")
    assert found.values["weight"] == 3.0
    assert found.values.get("extra", {"n": 1.5, "day": "2025-01-01"}) == {"n": 1.5, "day": "2025-01-01"}
    assert body(text) == "Text.\n"


@pytest.mark.parametrize(
    ("text", "line", "col"),
    [
        ("---\ntitle: T\ndate: soon\n---\n", 3, 7),
        ("+++\ntitle = 'T'\ndate = 'soon'\n+++\n", 3, 8),
        ('+++\nsummary = """\ndate = 1\n"""\n  date = \'soon\'\n[date2]\n+++\n', 5, 10),
        ("+++\n[extra]\ndate = 1\n[date]\n+++\n", 0, 0),
        ("+++\n[extra]\na = 1\ndate = 1\n[date]\nx = 1\n+++\n", 5, 7),
        ('{"extra": {"date": 1},\n "date": "soon"}\n', 2, 10),
        ('{"summary": "\\"date\\": {",\n "date" : "soon"}\n', 2, 11),
        ("Title: T\nDate:  soon\n\n", 2, 8),
        ("Title: T\nDate:\n    soon\n\n", 2, 6),
    ],
)
def test_a_fault_has_its_place_in_every_form(text: str, line: int, col: int) -> None:
    assert [place for *place, _ in faults(text)] == ([[line, col]] if line else [])


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("---\na: b: c\n---\n", 2, "the front matter is not YAML: mapping values are not allowed in this context"),
        ("+++\ntitle = 'T'\ntitle = 'U'\n+++\n", 3, "the front matter is not TOML: Cannot overwrite a value"),
        ("+++\ntitle = 'T'\nx = [1,\n+++\n", 4, "the front matter is not TOML: Invalid value"),
        (f"+++\nx = {'9' * 5000}\n+++\n", 2, "the front matter is not TOML: a number is too long"),
        ('{"title": "T",\n "date": }\n', 2, "the front matter is not JSON: Expecting value"),
        ('{"title": "T",\n "title": "U"}\n', 2, "the key 'title' occurs twice"),
        ("Title: T\ntitle: U\n\n", 2, "the key 'title' occurs twice"),
        ("Title: T\nand more\n\n", 2, "this line among the header lines is no header line"),
    ],
)
def test_a_block_that_cannot_be_read_says_where(text: str, line: int, what: str) -> None:
    ((found, _, told),) = faults(text)
    assert (found, told) == (line, what)


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is a paragraph.\n\nText.\n",
        "Summary: one line alone may begin any text.\n\nText.\n",
        "Summary: a sentence\nthat goes on: here\n\nText.\n",
        "Title:no space\n\nText.\n",
        "https://example.org\n\nText.\n",
        "{% raw %}\n",
        '{"a": 1} and text\n',
        "{#id}\n",
        "---\nText under a rule.\n",
        "+++\nText\n",
        "Text.\n\nTitle: T\nDate: 2025-01-01\n\n",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert body(text) == text
    assert (front(text).values, front(text).problems) == ({}, [])


@pytest.mark.parametrize("text", ["Title: T\n", "Summary: s\nSlug: t", "Date: 2025-01-01\nStatus: draft\n\n"])
def test_header_lines_are_a_title_or_two_known_keys(text: str) -> None:
    assert body(text) == ""
    assert front(text).values


def test_header_lines_keep_what_is_unknown_as_text_in_lower_case() -> None:
    found = front("Title: T\nNumber: 582\nMy-Key: a\n    b\n\n")
    assert found.values["extra"] == {"number": "582", "my-key": "a\nb"}
    assert [(key.name, key.line, key.col) for key in found.unknown] == [("number", 2, 1), ("my-key", 3, 1)]


def test_keys_of_yaml_are_known_in_one_spelling() -> None:
    assert front("---\nTitle: T\n---\n").values == {"extra": {"Title": "T"}}


@pytest.mark.parametrize(
    "text",
    [
        "---\nx: {deep}\n---\n",
        "+++\nx = {deep}\n+++\n",
        '{{"x": {deep}}}\n',
    ],
)
def test_what_is_nested_too_deeply_is_a_fault_in_every_form(text: str) -> None:
    for depth in (15, 17, 99, 150, 480, 3_000, 100_000):
        nested = "[" * depth + "]" * depth
        found = faults(text.replace("{deep}", nested).replace("{{", "{").replace("}}", "}"))
        assert bool(found) == (depth > 15)
        assert all("deep" in what for *_, what in found)


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
def test_what_no_text_may_hold_is_a_fault(escape: str) -> None:
    for text in (f'{{"title": "a{escape}"}}\n', f'---\ntitle: "a{escape}"\n---\n', f'{{"a{escape}": 1}}\n'):
        assert len(faults(text)) == 1


LONG: list[Any] = [
    "{u}: 1\n",
    "k{n}: x\n",
    "- ",
    "[",
    "{",
    '"',
    "a.",
    "# x\n",
    "\x85",
    "\x01",
    "    x\n",
    "Title: T\n",
    "<!-- ",
]


@pytest.mark.parametrize("part", LONG)
@pytest.mark.parametrize("form", ["---\n{}\n---\n", "+++\n{}\n+++\n", '{{"a":{}\n', "Title: T\nSlug: s\n{}\n\n", "{}"])
@pytest.mark.whole
def test_long_front_matter_takes_time_by_its_length(form: str, part: str) -> None:
    texts = {
        size: "".join(part.replace("{n}", str(number)) for number in range(size // len(part)))
        for size in (5_000, 40_000)
    }
    whole = {size: form.replace("{{", "{").replace("{}", text) for size, text in texts.items()}
    assert grows_at_most(lambda size: front(whole[size]), (5_000, 40_000), 24, 0.3)


def inside(problems: list[Problem], text: str) -> bool:
    lines = text.count("\n") + 1
    return all(1 <= problem.line <= lines + 1 and problem.col >= 1 and problem.hint for problem in problems)


KEY = st.sampled_from(
    ["title", "date", "tags", "authors", "extra", "image", "draft", "published", "weight", "x", "status"]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY | st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(KEY | st.text(max_size=6), VALUE, max_size=6))
def test_any_values_are_understood_or_told(values: dict[str, Any]) -> None:
    written = json.dumps(values)
    for text in (written, f"---\n{written}\n---\n"):
        found = front(text)
        assert inside(found.problems, text)
        json.dumps(found.values.get("extra", {}), allow_nan=False).encode()


@given(st.text(max_size=80))
def test_any_text_in_any_form_is_understood_or_told(text: str) -> None:
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    lines = "\n".join(f"{line.split(':')[0]} = 1" for line in text.split("\n"))
    for whole in (
        f"---\n{text}\n---\n",
        f"+++\n{text}\n+++\n",
        f"+++\n{lines}\n+++\n",
        f'{{"{text}"}}',
        f"Title: {text}\n",
        f"Title: a\nSlug:{text}",
    ):
        found, start = read("a.md", whole, UTC)
        assert inside(found.problems, whole)
        assert 0 <= start <= len(whole)
