"""Which lines call a shortcode, and with which arguments."""

from typing import Any

import pytest

from publisher.site.markdown.shortcodes.syntax import read_line


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("::youtube", "youtube", {}),
        ("::youtube{id=x}", "youtube", {"id": "x"}),
        (':::figure{src="a b.png" alt=\'c "d"\'}', "figure", {"src": "a b.png", "alt": 'c "d"'}),
        ("::::figure {src = x.png, width = 30}", "figure", {"src": "x.png", "width": "30"}),
        ("::a{#id .one .two class=three}", "a", {"id": "id", "class": "one two three"}),
        ("::a{embed}", "a", {"embed": True}),
        ("::a{embed = true open=false}", "a", {"embed": True, "open": False}),
        ('::a{embed="false"}', "a", {"embed": "false"}),
        ("::a{two-words=x}", "a", {"two_words": "x"}),
        ("::a{}", "a", {}),
        ("::include[../x y.md]", "include", {"title": "../x y.md"}),
        (r":::details[A \[b\]]", "details", {"title": "A [b]"}),
        ("::: details Two words", "details", {"title": "Two words"}),
        ('::: details "Two words" {open}', "details", {"title": "Two words", "open": True}),
        ("> - 1. ::a{b=c}", "a", {"b": "c"}),
        ("    ::a", "a", {}),
    ],
)
def test_a_line_calls_a_shortcode(line: str, name: str, arguments: dict[str, Any]) -> None:
    read = read_line(line)
    assert read is not None
    assert read.call is not None
    assert (read.call.name, dict(read.call.arguments), read.call.fault) == (name, arguments, "")
    assert line[read.call.at] == ":"
    assert read.leaf == (":::" not in line)


@pytest.mark.parametrize("line", [":::", "  ::::: ", "> :::"])
def test_a_line_of_colons_ends_a_call(line: str) -> None:
    read = read_line(line)
    assert read is not None
    assert read.call is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a ::b",
        ":b",
        "::",
        "::b c",
        ":: b",
        "::1",
        "std::vector",
        "::b[",
        "::: {.note}",
        "::: a.b.C",
        "::b::c",
        ":::b}",
    ],
)
def test_other_lines_are_text(line: str) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(
    ("line", "fault", "at"),
    [
        ('::a{b="c}', "'b=\"c}' is not an argument", 4),
        ("::a{b=“c”}", "'b=“c”}' is not an argument", 4),
        ("::a{b=c d=}", "'d=}' is not an argument", 8),
        ("::a{b=c", "the arguments have no end", 3),
        ("::a{b=c} d", "there is text after the arguments", 8),
        ("::a{b=c b=d}", "the argument b is given twice", 8),
        ("::a{#b #c}", "the argument id is given twice", 8),
        (":::a[b]{title=c}", "the argument title is given twice", 8),
    ],
)
def test_a_fault_of_arguments_has_its_column(line: str, fault: str, at: int) -> None:
    read = read_line(line)
    assert read is not None
    assert read.call is not None
    assert (read.call.fault, read.call.at) == (fault, at)
