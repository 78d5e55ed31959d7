"""The content type of a file by its first bytes."""

import pytest

from publisher.gateway.media_types import _SIGNS, HTML, sniff


@pytest.mark.parametrize(("sign", "kind"), _SIGNS)
def test_a_file_that_begins_with_a_sign_is_of_its_kind(sign: bytes, kind: str) -> None:
    assert sniff(sign + b"more") == kind
    assert sniff(b"x" + sign) != kind or kind.startswith("text/")


def test_a_page_is_known_by_its_beginning_and_anything_with_a_control_character_is_no_text() -> None:
    assert sniff(b" \n<!DOCTYPE html><p>") == HTML
    assert sniff(b"a text").startswith("text/plain")
    assert not sniff(b"a\x00text").startswith("text/")
