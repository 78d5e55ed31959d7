"""The order in which the meanings of a link are tried."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.links.resolve import Base, NamedReading, name_in, readings, spellings

HERE = Base("posts/a/x.md", "2016/x.html")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("posts/a/y.md", ("posts/a/y.md", "posts/a/x/y.md", "2016/y.md", "y.md")),
        ("posts/y/", ("posts/y/", "posts/a/y/", "y/")),
        ("../y.html", ("y.html",)),
        ("../../y.html", ()),
        ("/y/", ("/y/",)),
        ("//Name//", ("//Name//posts/a",)),
    ],
)
def test_a_path_is_taken_from_the_file_its_folder_its_address_and_the_root(
    path: str, expected: tuple[str, ...]
) -> None:
    assert tuple(readings(path, HERE)) == expected


def test_a_link_that_leads_out_of_the_content_may_be_right_at_the_address() -> None:
    assert tuple(readings("../2015/y.html", Base("x.md", "2016/09/x/"))) == ("2015/y.html", "2016/09/2015/y.html")


def test_the_page_of_a_folder_has_no_folder_of_its_own_beside_it() -> None:
    assert tuple(readings("posts/a/p.png", Base("posts/a/index.md", "posts/a/"))) == ("posts/a/p.png", "p.png")


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("posts/a/p.png", "//p.png//posts/a//"),
        ("posts/a/note", "//note//posts/a//"),
        ("posts/a/sub/p.png", "sub/p.png"),
        ("posts/p.png", "p.png"),
        ("/p.png", "/p.png"),
    ],
)
def test_a_file_name_alone_may_be_in_any_folder_where_the_site_says_so(path: str, last: str) -> None:
    assert list(readings(path, replace(HERE, by_name=True)))[-1] == last


def test_without_an_article_a_path_means_itself() -> None:
    assert tuple(readings("posts/y.md", None)) == ("posts/y.md",)


def test_as_it_is_written_then_as_an_article_then_as_a_folders_page_then_as_an_address() -> None:
    found = list(spellings("/a/x.html"))
    assert found[0] == "a/x.html"
    order = [
        found.index(each) for each in ("a/x.md", "a/x.mdx", "a/x/index.md", "a/x/_index.md", "a/x/README.md", "a/x/")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "path", ["a/x", "a/x/", "a/x.md", "a/x.markdown", "a/x.html", "a/x/index.html", "a/x/README.md"]
)
def test_every_way_of_writing_it_may_mean_the_article(path: str) -> None:
    assert {"a/x.md", "a/x/index.md", "a/x/"} <= set(spellings(path))


@given(st.text(st.sampled_from("abx./[]"), max_size=12), st.sampled_from(["posts/x.md", "a/b/index.md", "x.md"]))
def test_no_reading_leads_out_of_the_site(path: str, source: str) -> None:
    for reading in readings(path, Base(source, "p/q/")):
        assert not reading.startswith("../")
        assert all(isinstance(each, str) for each in spellings(reading))


def test_a_name_is_looked_for_from_a_folder() -> None:
    assert name_in("//A name//posts/a") == NamedReading("A name", "posts/a", files_only=False)
    assert name_in("//x.png//posts/a//") == NamedReading("x.png", "posts/a", files_only=True)
    assert name_in("//x.png////") == NamedReading("x.png", "", files_only=True)
    assert name_in("a name") is None
