"""Where everything of a site is, as links and recorded reads ask for it."""

import pytest

from publisher.site.content.records import ArticleRecord, pack, unpack
from publisher.site.links.addresses import Addresses
from publisher.site.model import Article


def record(path: str, url: str, *anchors: str) -> ArticleRecord:
    return unpack(path, pack(bytes(32), Article(path, url, "post", "T", "en", anchors=anchors)))


@pytest.fixture
def addresses() -> Addresses:
    pieces = {"posts/a.md": record("posts/a.md", "posts/a/", "one", "两"), "b.md": record("b.md", "b/")}
    return Addresses(pieces, failed={"posts/broken.md"}, files=["x.png", "b/y.png", "tags/t/index.html"])


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("posts/a.md", "True False posts/a/"),
        ("posts/a.md#one", "True True posts/a/"),
        ("posts/a.md#两", "True True posts/a/"),
        ("posts/a.md#two", "True False posts/a/"),
        ("b.md#one", "True False b/"),
        ("posts/broken.md", "True False posts/broken/"),
        ("posts/broken.md#any", "True True posts/broken/"),
        ("/posts/a/", "True False posts/a/"),
        ("/posts/a/#one", "True True posts/a/"),
        ("/posts/a/#two", "True False posts/a/"),
        ("x.png", "True False x.png"),
        ("/tags/t/", "True False tags/t/"),
        ("/tags/t/#one", "True False tags/t/"),
        ("nothing.md", "False False None"),
        ("nothing.md#one", "False False None"),
        ("/nothing/", "False False nothing/"),
    ],
)
def test_everything_that_can_be_learned_of_a_target_is_one_text(addresses: Addresses, target: str, answer: str) -> None:
    assert addresses.answer(target) == answer
    assert addresses.missing(target) is answer.startswith("False")
