"""Plain text: where it may be cut."""

import pytest

from publisher.site.text import summary


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
