"""Which articles are posts: those below the folders that the settings name, but for the pages of these folders."""

import pytest

from publisher.site.file_names import kind_of


@pytest.mark.parametrize("path", ["posts/a.md", "posts/2026/a.md", "posts/a/b/index.md", "posts/2026/trip/index.md"])
def test_below_the_folder_is_a_post(path: str) -> None:
    assert kind_of(path, ("posts",)) == "post"


@pytest.mark.parametrize("path", ["a.md", "postscript/a.md", "posts/index.md", "posts/_index.md", "posts/README.md"])
def test_elsewhere_and_the_page_of_the_folder_is_a_page(path: str) -> None:
    assert kind_of(path, ("posts",)) == "page"


def test_several_folders_may_have_posts() -> None:
    kinds = [kind_of(path, ("news", "日记/")) for path in ("news/a.md", "日记/a.md", "posts/a.md")]
    assert kinds == ["post", "post", "page"]


def test_all_of_the_content_may_be_posts_but_for_the_home_page() -> None:
    paths = ("a.md", "x/a.md", "x/index.md", "index.md", "x/_index.md", "README.md")
    assert [kind_of(path, (".",)) for path in paths] == ["post", "post", "post", "page", "page", "page"]


def test_without_a_folder_nothing_is_a_post() -> None:
    assert kind_of("posts/a.md", ()) == "page"
