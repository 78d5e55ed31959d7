"""A change that many pages share is told once."""

import pytest

from publisher.diff import Difference, File, folded
from publisher.diff.words import Passage, TextPiece
from tests.diff.pages import difference, page, said
from tests.gateway.sites import Blocks
from tests.timing import grows_at_most


def test_the_same_words_on_many_pages_are_told_once() -> None:
    old = {f"p{n}/index.html": page(f"<p>text {n}") for n in range(500)}
    new = {path: data.replace(b"2025", b"2026") for path, data in old.items()}
    new["p7/index.html"] = new["p7/index.html"].replace(b"text 7", b"text seven")
    found = folded(difference(old, new))
    (same,) = found.same
    assert len(same.paths) == 500
    assert said(found) == [
        "500 pages changed",
        "M p7/  +1 -1 words",
        "M 500 pages, the same change: p0/  p1/  p10/  p100/ and 496 more",
        "",
        "500 pages, the same change: p0/  p1/  p10/  p100/ and 496 more",
        "  around the page: © [-2025-]{+2026+} 我们",
        "",
        "p7/",
        "  text [-7-]{+seven+}",
    ]


@pytest.mark.parametrize(("pages", "groups"), [(2, 0), (3, 1)])
def test_two_are_not_many(pages: int, groups: int) -> None:
    old = {f"p{n}/index.html": page(f"<p>text {n}") for n in range(pages)}
    new = {path: data.replace(b"2025", b"2026") for path, data in old.items()}
    assert len(folded(difference(old, new)).same) == groups


def test_words_around_a_shared_change_that_differ_are_left_out() -> None:
    old = {f"p{n}.html": page("<p>x", title=f"Page {n} · Site") for n in range(3)}
    new = {f"p{n}.html": page("<p>x", title=f"Page {n} · 新站") for n in range(3)}
    (same,) = folded(difference(old, new)).same
    assert [piece.kind for piece in same.passages[0].pieces] == ["cut", "removed", "added"]


def test_a_style_sheet_of_every_depth_is_one_change() -> None:
    old = {f"{'d/' * n}index.html": page("", head=f"<link rel=stylesheet href='{'../' * n}a.css'>") for n in range(4)}
    new = {path: data.replace(b"a.css", b"b.css") for path, data in old.items()}
    (same,) = folded(difference(old, new)).same
    assert [(same.gone[0].target, same.come[0].target)] == [("/a.css", "/b.css")]


def test_a_page_with_the_same_change_very_often_takes_time_by_its_length() -> None:
    change = Passage("main", (TextPiece("removed", "a"), TextPiece("added", "b")))
    root = Blocks().add({})

    def work(count: int) -> None:
        files = (File("index.html", "changed", "page", 1, 1, passages=(change,) * count),)
        assert folded(Difference(root, root, files)).files == files

    assert grows_at_most(work, (2_000, 16_000), 20, 0.1)
