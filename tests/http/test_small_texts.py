"""Texts of services in messages, tokens as they come from a variable, and pieces of uploads."""

from collections.abc import Callable

import pytest

from publisher.errors import ConfigError
from publisher.http.auth import credentials
from publisher.http.client import rechunked
from publisher.http.errors import words
from publisher.http.redact import LONGEST, short


def test_a_message_is_one_line_of_bounded_length_without_control_characters() -> None:
    assert short("a\n\x1b[31m  b") == "a [31m b"
    assert len(short("x" * 1000)) == LONGEST
    assert short('Post "https://me:key@node:5001/api/key?k=1": refused') == 'Post "https://node:5001": refused'
    assert words(b"[" * 100_000) == ""
    assert words('{"message": "磁盘已满"}'.encode()) == "磁盘已满"


def test_a_token_with_a_line_end_inside_is_refused_and_one_at_its_end_is_not() -> None:
    def holding(token: str) -> Callable[[str], str]:
        return lambda variable: token

    sign = credentials("service", holding("abc\n"), "PUBLISH_TOKEN")
    assert sign is not None
    assert sign() == "Bearer abc"
    for token in ("a\nb", "", "ключ"):
        with pytest.raises(ConfigError, match="the token"):
            credentials("service", holding(token), "PUBLISH_TOKEN")


def test_many_small_pieces_become_few_large_ones() -> None:
    pieces = list(rechunked([b"ab"] * 100, 50))
    assert b"".join(pieces) == b"ab" * 100
    assert {len(piece) for piece in pieces} == {50}
