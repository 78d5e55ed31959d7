"""Texts of strangers in Markdown and in workflow commands: they are shown, and nothing obeys them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.ci.escaping import code, command_data, command_property, markdown

EVIL = [
    "<img src=x onerror=alert(1)>",
    "[link](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "| a | b |\n| - | - |\n# heading\n- item\n```\ncode",
    "<!-- --> </details> &amp; &#60;b&#62; \\* `code` ~~gone~~ $x$",
    "@team please merge, see #12, GH-12, other/repo#3 and www.evil.example https://evil.example",
    "::error file=a::b %0A::set-output name=root::x",
    "\u202ereversed\u2069 \x1b[31mred\x07",
]


def html_of(text: str) -> str:
    import comrak

    options = comrak.ExtensionOptions(
        table=True, autolink=True, strikethrough=True, tasklist=True, footnotes=True, math_dollars=True
    )
    return str(comrak.markdown_to_html(text, options, None, comrak.RenderOptions(unsafe_=True)))


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("before", ["", "x ", "- ", "| "])
def test_a_text_is_shown_and_marks_nothing_up(text: str, before: str) -> None:
    plain, marked = html_of(f"{before}x"), html_of(f"{before}x{markdown(text)}")
    assert re.findall("<[^>]*>", marked) == re.findall("<[^>]*>", plain)
    assert re.findall("<[^>]*>", html_of(markdown(text))) == ["<p>", "</p>"]
    assert re.findall("<[^>]*>", html_of(code(text))) == ["<p>", "<code>", "</code>", "</p>"]


@given(st.text())
@example("".join(map(chr, range(0x110))) + "\u2028\u2029\u202e")
def test_no_text_becomes_markup_or_a_second_line(text: str) -> None:
    assert re.findall("<[^>]*>", html_of("x" + markdown(text))) == ["<p>", "</p>"]
    assert len(markdown(text).splitlines()) <= 1
    assert len(f"{command_data(text)}{command_property(text)}".splitlines()) <= 1


def test_a_mention_a_reference_and_an_address_are_broken_by_a_space_that_nobody_sees() -> None:
    shown = html_of(markdown("@team #12 GH-12 www.example.org https://example.org"))
    assert not re.search(r"@\w|#\d|GH-|www\.|://", shown)
    assert shown.replace("\u200b", "") == "<p>@team #12 GH-12 www.example.org https://example.org</p>\n"


def test_a_workflow_command_takes_no_text_for_another_command_or_property() -> None:
    assert command_data("100%\n::warning::x") == "100%25%0A::warning::x"
    assert command_property("a,line=9:b\r") == "a%2Cline=9%3Ab%0D"
    assert command_data("\x1b[31m") == "\\x1b[31m"
    assert "##[" not in command_data("a ##[add-mask]b") + command_property("a ##[add-mask]b")
