"""HTML taken apart as browsers do it, and in a time that grows with its length, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.html.tokens import TOKEN, attributes, meant, positions, values, words
from tests.timing import grows_at_most


def taken_apart(html: str) -> list[str]:
    """Each token as a line: a start tag with its attributes, raw text, an end tag; `!` for what says nothing."""
    found = []
    for token in TOKEN.finditer(html):
        if token["end"]:
            found.append("/" + token["end"])
        elif token["name"]:
            inside = values(html, *token.span("attributes"))
            found.append(" ".join([token["name"], *(f"{key}={value}" for key, value in inside.items())]))
            found += [f"'{token['text']}'"] if token["text"] else []
        else:
            found.append("!")
    return found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<a href=x>y</a>", ["a href=x", "/a"]),
        ("<A HREF = 'x>y' b>", ["A href=x>y b="]),
        ("<img/src=x/>", ["img src=x/"]),
        ("<p a=1 a=2 A=3>", ["p a=1"]),
        ("<p a\"b=1 ='x'>", ["p a\"b=1 ='x'="]),
        ("a < b <3 <>", []),
        ("</ p><b></><i>", ["!", "b", "!", "i"]),
        ("<!-- <a> --><b>", ["!", "b"]),
        ("<!--><b><!---><i>", ["!", "b", "!", "i"]),
        ("<!-- --!><b>", ["!", "b"]),
        ("<!-- <a>", ["!"]),
        ("<!doctype html><?php x ?><![CDATA[<b>", ["!", "!", "!"]),
        ("<?xml-stylesheet href='a.css'?><b>", ["?xml-stylesheet href=a.css ?=", "b"]),
        ("<title><b></title><i>", ["title", "'<b>'", "/title", "i"]),
        ("<SCRIPT>if (a</b) '<i>'</scripts></Script><i>", ["SCRIPT", "'if (a</b) '<i>'</scripts>'", "/Script", "i"]),
        ("<script src=x /><i></script>", ["script src=x", "'<i>'", "/script"]),
        ("<styles><i>", ["styles", "i"]),
        ("<style><i>", ["style", "'<i>'"]),
        ("<a href='x><b>", ["a href=x><b>"]),
        ("<a b=\0\x80>", ["a b=\0\x80"]),
        ("<a\xa0b c\x85d=1>", ["a\xa0b c\x85d=1"]),
    ],
)
def test_tags_are_read_as_browsers_read_them(html: str, found: list[str]) -> None:
    assert taken_apart(html) == found


def test_attributes_have_the_place_of_their_value() -> None:
    html = "<a b c='1' d = 2 e=''>"
    assert list(attributes(html, 2, len(html) - 1)) == [("b", 4, 4), ("c", 8, 9), ("d", 15, 16), ("e", 20, 20)]
    assert list(attributes("B=1 c=2", among={"b"})) == [("b", 2, 3)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a&amp;b&#38;c&#x26;d", "a&b&c&d"),
        ("?a=1&copy=2&lt", "?a=1&copy=2<"),
        ("&copy;&copy2&copy-&copy", "©&copy2©-©"),
        ("&notit;&nothing", "&notit;&nothing"),
        ("&#0;&#x110000;&#128;&#xd800;", "\ufffd\ufffd€\ufffd"),
        ("&;&#;&#x;&", "&;&#;&#x;&"),
    ],
)
def test_character_references_in_attributes(value: str, text: str) -> None:
    assert meant(value) == text


@given(st.lists(st.sampled_from(["a", "&amp;", "&", ";", "copy", "=", "&#38;", "&NotEqualTilde;", "文"])))
def test_every_character_of_a_meaning_has_its_place(parts: list[str]) -> None:
    value = "".join(parts)
    at = positions(value)
    assert len(at) == len(meant(value)) + 1
    assert at == sorted(at)
    assert at[-1] == len(value)
    assert all(char in (value[where], *"&©≂\u0338") for char, where in zip(meant(value), at, strict=False))


def test_words_are_what_stands_outside_of_tags_comments_and_scripts() -> None:
    assert words("a <b title='x>y'>&lt;c</b><!-- d --><script>e</script> f") == "a <c f"


HOSTILE = ["<", "<a", "<a>", "<a/", '<a"', "<a='", "<a b", "<a   ", "<a b='", "<a\tb=c", "=\"'>", "\0", "&amp", "&#x"]
HOSTILE += ["<!--", "<!-", "</", "<![CDATA[", "<script>", "</script", "<script><!--", "<style><", "<title></titl"]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.whole
def test_what_is_broken_takes_time_by_its_length(piece: str) -> None:
    def read(size: int) -> None:
        html = piece * (size // len(piece))
        for token in TOKEN.finditer(html):
            if token["name"]:
                values(html, *token.span("attributes"))

    assert grows_at_most(read, (1 << 18, 1 << 20), 16, 0.3)
