"""Names as ENSIP-15 spells them, with and without its tables."""

import pytest
from ens.utils import dns_encode_name, normalize_name, raw_name_to_hash
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import NameUnusable
from publisher.names.ens.normalize import Name, as_host, from_host, normalise


@pytest.mark.parametrize(
    ("given_text", "text"),
    [
        ("demo.eth", "demo.eth"),
        ("Demo.ETH", "demo.eth"),
        ("docs.example.com", "docs.example.com"),
        ("_dmarc.example.eth", "_dmarc.example.eth"),
        ("文章.eth", "文章.eth"),
        ("ⓓemo.eth", "demo.eth"),
        ("RaFFY🚴‍♂️.eTh", "raffy🚴‍♂.eth"),
        ("-a-.eth", "-a-.eth"),
    ],
)
def test_any_valid_name_is_spelled_the_one_right_way(given_text: str, text: str) -> None:
    name = normalise(given_text)
    assert name.text == text
    assert name.node == bytes(raw_name_to_hash(given_text))
    assert name.dns == bytes(dns_encode_name(given_text))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bad_name.eth", "Underscores"),
        ("xn--a.eth", "third and fourth"),
        ("ab--c.eth", "third and fourth"),
        ("a..eth", "empty"),
        ("a.eth.", "empty"),
        (".eth", "empty"),
        ("", "the name is empty"),
        ("a b.eth", "Invalid character"),
        ("demo.eth\n", "Invalid character"),
        ("p\u0430ypal.eth", "multiple groups"),
        ("eth", "top-level"),
        ("a" * 256 + ".eth", "255 bytes"),
    ],
)
def test_what_is_no_name_says_why(text: str, why: str) -> None:
    with pytest.raises(NameUnusable, match=why) as caught:
        normalise(text)
    assert caught.value.hint


def test_a_part_of_255_bytes_is_a_name() -> None:
    assert normalise("a" * 255 + ".eth").dns[0] == 255


@given(st.lists(st.text("abz019-", min_size=1, max_size=8), min_size=2, max_size=4).map(".".join))
def test_the_short_way_for_plain_names_agrees_with_the_tables(text: str) -> None:
    try:
        by_the_tables = normalize_name(text)
    except ValueError:
        by_the_tables = None
    try:
        mine = normalise(text).text
    except NameUnusable:
        mine = None
    assert mine == by_the_tables


def test_the_parent_is_named_by_the_byte_it_begins_at() -> None:
    name = Name("下.example.eth")
    assert [name.parent_at(n) for n in (0, 4, 12, 16)] == ["下.example.eth", "example.eth", "eth", ""]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("example.eth", "example.eth"),
        ("文章.eth", "xn--7dv288b.eth"),
        ("博客.文章.eth", "xn--9krq6q.xn--7dv288b.eth"),
        ("🎉.eth", "xn--dk8h.eth"),
    ],
)
def test_a_name_as_a_browser_sends_it_and_back(name: str, host: str) -> None:
    assert (as_host(name), from_host(as_host(name))) == (host, name)


@pytest.mark.parametrize("host", ["xn--\u00e9.eth", "xn--9999999999.eth", "xn--a!b-.eth"])
def test_what_stands_for_no_name_is_told(host: str) -> None:
    with pytest.raises(NameUnusable, match="not a name"):
        normalise(from_host(host))
