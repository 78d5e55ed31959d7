"""An edit gives the root that a clean build of the result gives."""

from bisect import bisect_left
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag.cid import Cid, Codec, sha256
from publisher.dag.dag_pb import Malformed
from publisher.dag.node import node
from publisher.dag.tree import add_folder, add_tree, edit
from publisher.dag.unixfs import LEGACY, MODERN, Link, Profile, add_file
from tests.dag.trees import Blocks, discard

SMALL = Profile("small", 1, 64, 3, True, 256, 300, "block")
"""Folders of about six entries are sharded, so that a few names reach every corner."""

SMALL_LINKS = Profile("small-links", 0, 64, 3, False, 256, 300, "links")

_LINKS = [Link(Cid.make(Codec.RAW, sha256(b"%d" % n)), size) for n, size in enumerate((0, 1, 127, 128, 20000, 3 << 20))]
_NAMES = st.sampled_from(
    [*"abcdefghij", "index.html", "日記.md", "a-long-name-that-fills-a-node-more-quickly-than-others"]
)
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)


def without_conflicts(files: Mapping[str, Link | None]) -> dict[str, Link | None]:
    """Only the files below which no other file lies; an empty folder only where nothing is in it."""
    parents = {path[:n] for path in files for n in range(len(path)) if path[n] == "/" and n + 1 < len(path)}
    return {path: link for path, link in files.items() if path.rstrip("/") not in parents}


def grown(files: dict[str, Link | None], profile: Profile) -> tuple[Blocks, Cid]:
    blocks = Blocks()
    return blocks, add_tree(files, profile, blocks.emit).cid


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(_PATHS, st.sampled_from(_LINKS), max_size=30).map(without_conflicts),
    st.dictionaries(_PATHS, st.sampled_from([*_LINKS, None, None, None]), max_size=12),
    st.sampled_from([SMALL, SMALL_LINKS]),
)
def test_an_edit_equals_a_clean_build(
    files: dict[str, Link | None], changes: dict[str, Link | None], profile: Profile
) -> None:
    blocks, old = grown(files, profile)
    try:
        wanted = add_tree(_plain(files, changes), profile, discard)
    except ValueError:
        with pytest.raises(ValueError, match="both a file and a folder"):
            edit(blocks.get, old, changes, profile, discard)
        return
    made = edit(blocks.get, old, changes, profile, blocks.emit)
    assert made == wanted


def _plain(files: dict[str, Link | None], changes: dict[str, Link | None]) -> dict[str, Link | None]:
    """The result without looking for contradictions: setting a path takes the old folder there away too."""
    touched = tuple(changes)
    kept = {p: f for p, f in files.items() if not any(p == t or p.startswith(t + "/") for t in touched)}
    return {**kept, **{path: link for path, link in changes.items() if link is not None}}


@pytest.mark.parametrize("profile", [MODERN, LEGACY], ids=lambda p: p.name)
def test_the_sharding_limit_is_crossed_both_ways(profile: Profile) -> None:
    blocks = Blocks()
    file = add_file([b"x"], profile, blocks.emit)
    ordered = [f"{n:06}".ljust(100, "_") for n in range(2600)]

    def root(count: int) -> Cid:
        return add_folder(dict.fromkeys(ordered[:count], file), profile, blocks.emit).cid

    limit = bisect_left(
        range(2600), "shard", key=lambda n: "shard" if node(blocks.get, root(n)).kind == "shard" else ""
    )
    assert 1700 < limit < 2000
    for n in (limit - 2, limit - 1, limit, limit + 1):
        one_more = edit(blocks.get, root(n), {ordered[n]: file}, profile, discard)
        one_less = edit(blocks.get, root(n), {ordered[n - 1]: None}, profile, discard)
        assert (one_more.cid, one_less.cid) == (root(n + 1), root(n - 1))
    emptied = edit(blocks.get, root(limit), dict.fromkeys(ordered[:limit]), profile, discard)
    assert emptied == add_folder({}, profile, discard)


def test_a_shorter_size_can_bring_a_folder_below_the_limit() -> None:
    small, big = _LINKS[1:4:2]  # Tsize 1 takes one byte, 128 two
    blocks = Blocks()
    for length in range(1, 200):
        files = {"a" * 86: small, "c": big, "d" * length: small}
        old, new = (add_folder(tree, SMALL, blocks.emit).cid for tree in (files, files | {"c": small}))
        if (node(blocks.get, old).kind, node(blocks.get, new).kind) == ("shard", "folder"):
            assert edit(blocks.get, old, {"c": small}, SMALL, discard).cid == new
            return
    pytest.fail("no length is on the limit")


def test_one_edit_among_5000_pages_reads_and_writes_a_handful_of_blocks() -> None:
    blocks = Blocks()
    files = {f"posts/post-{n:05}/index.html": add_file([b"%05d" % n], MODERN, blocks.emit) for n in range(5000)}
    root = add_tree(dict(files), MODERN, blocks.emit).cid
    made = Blocks()
    link = add_file([b"edited"], MODERN, made.emit)
    blocks.asked.clear()
    new = edit(blocks.get, root, {"posts/post-02500/index.html": link}, MODERN, made.emit)
    assert new == add_tree({**files, "posts/post-02500/index.html": link}, MODERN, discard)
    assert len(blocks.asked) <= 8
    assert len(made.held) == 5  # the page, its folder, two shards, the root


def test_a_file_gives_way_to_a_folder_and_a_folder_to_a_file() -> None:
    one, two = _LINKS[1:3]
    blocks, old = grown({"about": one, "posts/a": one, "posts/b/c": two}, SMALL)
    made = edit(blocks.get, old, {"about": None, "about/index.html": two, "posts": one}, SMALL, discard)
    assert made == add_tree({"about/index.html": two, "posts": one}, SMALL, discard)


def test_a_folder_goes_when_it_is_left_empty_unless_it_is_to_stay() -> None:
    one = _LINKS[1]
    blocks, old = grown({"a/b/c": one, "d": one, "e/": None}, SMALL)
    assert edit(blocks.get, old, {"a/b/c": None}, SMALL, discard) == add_tree({"d": one, "e/": None}, SMALL, discard)
    kept = edit(blocks.get, old, {"a/b/c": None, "a/": one}, SMALL, discard)
    assert kept == add_tree({"a/": None, "d": one, "e/": None}, SMALL, discard)
    assert edit(blocks.get, old, {"a/": None, "e/": None}, SMALL, discard) == add_tree({"d": one}, SMALL, discard)
    assert edit(blocks.get, old, {"e/nothing": None, "x/y": None}, SMALL, discard).cid == old


def test_nothing_to_change_gives_the_same_root() -> None:
    blocks, old = grown({f"{n}": _LINKS[1] for n in range(40)}, SMALL)
    assert edit(blocks.get, old, {}, SMALL, discard).cid == old
    assert edit(blocks.get, old, {"7": _LINKS[1], "absent": None}, SMALL, discard).cid == old


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/../b", "a/.", "a/\0"])
def test_a_path_that_is_no_path_is_refused(path: str) -> None:
    blocks, old = grown({"a/b": _LINKS[1]}, SMALL)
    with pytest.raises(ValueError, match=r"no name for a file|begins with a name"):
        edit(blocks.get, old, {path: _LINKS[1]}, SMALL, discard)
    with pytest.raises(ValueError, match=r"no name for a file|begins with a name"):
        add_tree({path: _LINKS[1]}, SMALL, discard)


def test_a_path_that_is_both_file_and_folder_is_refused() -> None:
    blocks, old = grown({"a": _LINKS[1]}, SMALL)
    with pytest.raises(ValueError, match="'a' is both a file and a folder"):
        edit(blocks.get, old, {"a/b": _LINKS[1]}, SMALL, discard)
    with pytest.raises(ValueError, match="'a' is both a file and a folder"):
        add_tree({"a/b": _LINKS[1], "a": _LINKS[1]}, SMALL, discard)


def test_a_file_cannot_be_edited_as_a_folder() -> None:
    blocks = Blocks()
    with pytest.raises(Malformed, match="a file, not a folder"):
        edit(blocks.get, add_file([b"x"], MODERN, blocks.emit).cid, {"a": _LINKS[1]}, MODERN, discard)


def test_a_path_thousands_deep_is_no_recursion() -> None:
    path = "/".join(["d"] * 5000)
    blocks, old = grown({path: _LINKS[1]}, MODERN)
    assert edit(blocks.get, old, {path: _LINKS[2]}, MODERN, discard) == add_tree({path: _LINKS[2]}, MODERN, discard)


def test_the_order_of_the_files_does_not_matter() -> None:
    files = {f"d{n % 7}/{n}": _LINKS[n % 5] for n in range(60)}
    assert add_tree(files, SMALL, discard) == add_tree(dict(reversed(files.items())), SMALL, discard)
