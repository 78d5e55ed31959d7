"""Plain text: where it may be cut, and how many words it has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.text import CJK, count, summary


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("one two", 7, "one two"),
        ("one  two\n", 7, "one two"),
        ("one two three", 9, "one two…"),
        ("one two three", 7, "one two…"),
        ("一二三四五六", 4, "一二三四…"),
        ("一二三四，五六", 4, "一二三…"),
        ("一二三，四五六", 4, "一二三…"),
        ("一二三四。五六", 4, "一二三…"),
        ("一二三)四五", 3, "一二…"),
        ("abcdefghij", 4, "abcd…"),
        ("ab cd, ef", 6, "ab cd…"),
    ],
)
def test_a_text_is_cut_between_words_or_characters_and_not_before_what_closes(text: str, limit: int, cut: str) -> None:
    assert summary(text, limit) == cut


@pytest.mark.parametrize(("text", "words"), [("", 0), ("a-b c_d, 'e' - 1,000.5 it's x/y\n--z", 8), ("\t ,.- ", 0)])
def test_words_are_counted_alike_in_ascii_and_beside_other_letters(text: str, words: int) -> None:
    assert count(text) == (0, words)
    assert count(f"{text} é") == (0, words + 1)
    assert count(f"中{text}文 字") == (3, words)


WORD = re.compile(r"\w[\w'’.,-]*")
LETTERS = st.characters() | st.sampled_from("aé字かー々한_１٣’'.,-—“ \n\u0301\ud800\U00020000")


@given(st.text(LETTERS))
def test_words_are_counted_as_a_pattern_finds_them(text: str) -> None:
    rest, _ = re.subn(f"[{CJK}]", " ", text)
    assert count(text) == (sum(bool(re.match(f"[{CJK}]", char)) for char in text), len(WORD.findall(rest)))
