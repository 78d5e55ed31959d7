"""Hints: only what is really alike, and from tables that are made once."""

from collections.abc import Iterator

import pytest

from publisher.site.links.likeness import MOST, Anchors, Paths

KNOWN = [
    "about.md",
    "posts/pager.md",
    "posts/hello.md",
    "posts/first-steps.md",
    "posts/trip/index.md",
    "posts/2016-09-22-old-times.md",
    "notes/hello.md",
    "notes/Setup Guide.md",
    "images/heron.jpg",
    "files/report.pdf",
    "posts/根是怎样算出来的.md",
    "/posts/hello/",
    "/posts/trip/",
    "/about/",
    "/images/heron.jpg",
    "/",
]


def like(wanted: str) -> str:
    return Paths(lambda: KNOWN).like(wanted)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("posts/hallo.md", "posts/hello.md"),
        ("posts/helo.md", "posts/hello.md"),
        ("posts/helloo.md", "posts/hello.md"),
        ("posts/ehllo.md", "posts/hello.md"),
        ("hello.md", "notes/hello.md"),
        ("notes/sub/hello.md", "notes/hello.md"),
        ("posts/hello.html", "posts/hello.md"),
        ("posts/Hello.md", "posts/hello.md"),
        ("posts/first_steps.md", "posts/first-steps.md"),
        ("posts/FirstSteps.markdown", "posts/first-steps.md"),
        ("notes/setup-guide.md", "notes/Setup Guide.md"),
        ("posts/trip.md", "posts/trip/index.md"),
        ("posts/trip/README.md", "posts/trip/index.md"),
        ("posts/heron.jpg", "images/heron.jpg"),
        ("images/heron.png", "images/heron.jpg"),
        ("posts/根是怎么算出来的.md", "posts/根是怎样算出来的.md"),
        ("/posts/helo/", "/posts/hello/"),
        ("/posts/hello.html", "/posts/hello/"),
        ("/blog/about", "/about/"),
    ],
)
def test_what_is_alike_is_meant(wanted: str, meant: str) -> None:
    assert like(wanted) == meant


@pytest.mark.parametrize(
    "wanted",
    [
        "posts/g",
        "g",
        "/2016/09/x.html",
        "posts/hxlxo.md",
        "images/hallo.md",
        "posts/hello.pdf",
        "posts/heron.md",
        "files/report.docx",
        "posts/other/index.md",
        "posts/pag.md",
        "/feed",
        "",
        "!!!",
    ],
)
def test_what_is_not_alike_is_no_hint(wanted: str) -> None:
    assert like(wanted) == ""


def test_of_too_many_that_are_alike_none_is_meant() -> None:
    def paths(number: int) -> Paths:
        return Paths(lambda: [f"{folder}/cover.png" for folder in range(number)])

    assert paths(MOST).like("cover.png") == "0/cover.png"
    assert paths(MOST + 1).like("cover.png") == ""


def test_the_order_in_which_paths_are_known_does_not_count() -> None:
    assert Paths(lambda: KNOWN[::-1]).like("hello.md") == like("hello.md")


def test_all_dead_links_together_ask_once_for_what_is_known() -> None:
    asked = []

    def known() -> Iterator[str]:
        asked.append(1)
        yield from KNOWN

    paths = Paths(known)
    assert not asked
    for number in range(100):
        paths.like(f"posts/hallo{number}.md")
    assert asked == [1]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("Some-Heading", "some-heading"),
        ("someheading", "some-heading"),
        ("some--heading", "some-heading"),
        ("some-haeding", "some-heading"),
        ("release-1-31-0", "release-1310"),
        ("标题1", "标题-1"),
        ("other", ""),
        ("fo", ""),
        ("--", ""),
    ],
)
def test_an_anchor_that_is_alike_is_meant(wanted: str, meant: str) -> None:
    assert Anchors(["some-heading", "release-1310", "标题-1", "foo", "--"]).like(wanted) == meant
