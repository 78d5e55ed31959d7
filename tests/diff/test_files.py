"""Which pages and files differ between two roots."""

from publisher.diff import compare
from tests.diff.pages import difference, page, told
from tests.gateway.sites import Blocks


def test_pages_that_came_changed_and_went_are_told_by_path() -> None:
    old = {"index.html": page("<p>a"), "posts/a/index.html": page("<p>one"), "gone.png": b"\x89PNG1"}
    new = {"index.html": page("<p>a"), "posts/a/index.html": page("<p>two"), "文章/新.html": page("<p>三")}
    found = difference(old, new)
    assert [(file.what, file.path) for file in found.files] == [
        ("removed", "gone.png"),
        ("changed", "posts/a/index.html"),
        ("added", "文章/新.html"),
    ]


def test_equal_roots_have_no_difference_and_read_nothing() -> None:
    blocks = Blocks()
    root = blocks.add({"a": b"1"})
    assert compare(blocks.get, root, root).files == ()
    assert blocks.asked == []


def test_without_an_old_root_everything_came() -> None:
    blocks = Blocks()
    found = compare(blocks.get, None, blocks.add({"a.html": page(""), "b/c.txt": b"1"}))
    assert [(file.what, file.path) for file in found.files] == [("added", "a.html"), ("added", "b/c.txt")]


def test_the_same_bytes_elsewhere_are_a_move_told_once() -> None:
    picture = b"\x89PNG" + bytes(100)
    found = difference({"a/x.png": picture, "b/x.png": picture, "keep": b"1"}, {"c/x.png": picture, "keep": b"1"})
    assert [(file.what, file.was, file.path) for file in found.files] == [
        ("removed", "", "b/x.png"),
        ("moved", "a/x.png", "c/x.png"),
    ]


def test_of_equal_files_the_one_with_the_same_name_is_the_one_that_moved() -> None:
    found = difference({"a/1.png": b"x", "a/2.png": b"x"}, {"b/2.png": b"x", "b/3.png": b"x"})
    assert [(file.was, file.path) for file in found.files] == [("a/2.png", "b/2.png"), ("a/1.png", "b/3.png")]


def test_one_edit_in_a_sharded_folder_of_6000_reads_only_its_way() -> None:
    blocks = Blocks()
    site = {f"posts/{n:05}-with-a-name/index.html": page(f"<p>第 {n} 篇") for n in range(6000)}
    old = blocks.add(site)
    new = blocks.add(site | {"posts/00077-with-a-name/index.html": page("<p>第 77 篇，改了")})
    blocks.asked.clear()
    (file,) = compare(blocks.get, old, new).files
    assert file.path == "posts/00077-with-a-name/index.html"
    assert told(file) == ["main: 第 77 篇{+，改了+}"]
    assert len(blocks.asked) < 30


def test_a_folder_that_grew_into_shards_shows_no_bucket() -> None:
    small = {f"posts/{n:05}-with-a-long-name.html": b"x" for n in range(100)}
    large = {f"posts/{n:05}-with-a-long-name.html": b"x" for n in range(6000)}
    found = difference(small, large)
    assert {file.path for file in found.files} == large.keys() - small.keys()
    assert {file.path for file in difference(large, small).only("removed")} == large.keys() - small.keys()
