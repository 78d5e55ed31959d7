"""What is wrong with the addresses of articles."""

import pytest

from publisher.build.site_problems import unfit
from publisher.site.content.records import ArticleRecord, pack, unpack
from publisher.site.model import Article


def record(url: str, at: tuple[int, int]) -> ArticleRecord:
    return unpack("posts/a.md", pack(bytes(32), Article("posts/a.md", url, "post", "T", "en", address_at=at)))


@pytest.mark.parametrize("sign", "%?#")
def test_a_slug_is_told_where_it_stands_and_a_folder_by_the_whole_file(sign: str) -> None:
    def places(url: str, at: tuple[int, int]) -> list[tuple[int, int]]:
        return [(each.line, each.col) for each in unfit({"posts/a.md": record(url, at)})]

    assert places(f"posts/a{sign}/", (3, 7)) == [(3, 7)]
    assert places(f"posts{sign}/a/", (3, 7)) == [(0, 0)]
    assert places(f"posts/a{sign}/", (1, 1)) == [(0, 0)]
    assert places("posts/a/", (3, 7)) == []
