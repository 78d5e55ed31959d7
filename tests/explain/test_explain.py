"""How a CID came about: the tree, the bytes, and why two roots differ."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cache.store import Cache
from publisher.cli.text.explain import compared, lines
from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import LEGACY, MODERN, Link, Profile, add_bytes, add_symlink
from publisher.explain import Part, anatomy, explain, fields, profile_differences
from tests.cli.test_cli import call
from tests.stores.sites import Blocks

Captured = pytest.CaptureFixture[str]

MANUAL = Path(__file__).parents[2] / "content/posts"

FILES = {"index.html": b"hello", "文章/第一.html": "你好".encode(), "large": bytes(range(250)) * 12_000, "none": b""}


def made(profile: Profile, files: Mapping[str, bytes] = FILES, blocks: Blocks | None = None) -> tuple[Link, Blocks]:
    blocks = blocks or Blocks()
    links: dict[str, Link | None] = {path: add_bytes(data, profile, blocks.put) for path, data in files.items()}
    links["link"] = add_symlink("文章/第一.html".encode(), profile, blocks.put)
    return add_tree(links, profile, blocks.put), blocks


def tree(profile: Profile = MODERN, files: Mapping[str, bytes] = FILES, depth: int = 3, most: int = 8) -> Part:
    top, blocks = made(profile, files)
    length = lambda cid: len(blocks.data[cid])  # noqa: E731
    return explain(blocks.get, length, top, profile, name="site", depth=depth, max_parts=most)


def named(part: Part) -> dict[str, Part]:
    return {below.name: below for below in part.parts}


@pytest.mark.parametrize("profile", [MODERN, LEGACY], ids=lambda profile: profile.name)
def test_the_chunks_of_a_file_are_there_with_their_places(profile: Profile) -> None:
    large = named(tree(profile))["large"]
    assert (large.kind, large.content) == ("file", 3_000_000)
    assert large.parts[0].offset == 0
    for before, after in zip(large.parts[:7], large.parts[1:7], strict=False):
        assert after.offset == before.offset + before.content
    last = large.parts[-1]
    assert last.offset + last.content == 3_000_000
    assert large.left == large.links - len(large.parts)


def test_every_number_is_that_of_the_blocks() -> None:
    top, blocks = made(MODERN)
    part = tree()
    assert (part.cid, part.tsize, part.size) == (top.cid, top.size, len(blocks.data[top.cid]))
    assert set(named(part)) == {*(path.partition("/")[0] for path in FILES), "link"}
    link = named(part)["link"]
    assert (link.kind, link.target) == ("symlink", "文章/第一.html")


def test_a_folder_says_how_far_it_is_from_being_sharded() -> None:
    few, many = tree(), tree(MODERN, {f"{n:05}": b"x" for n in range(6000)})
    assert few.sharding is not None
    assert (few.sharding.counted, few.sharding.sharded) == (few.size, False)
    assert many.sharding is not None
    assert many.sharding.sharded
    assert many.sharding.counted > many.sharding.threshold
    assert (many.links, many.left) == (6001, 5993)
    _, blocks = made(MODERN, {f"{n:05}": b"x" for n in range(6000)})
    shards = [cid for cid in blocks.data if not cid.is_raw]
    assert many.sharding.shards == len(shards) - 1  # the symlink is no shard
    assert many.sharding.levels == levels(blocks, many.cid)


def levels(blocks: Blocks, shard: Cid) -> int:
    below = [link.cid for name, link in walk.node(blocks.get, shard).links if len(name) == 2]
    return 1 + max((levels(blocks, cid) for cid in below), default=0)


def test_a_root_of_another_profile_is_noticed() -> None:
    names = {f"{n:05}-{'x' * 20}": b"x" for n in range(4000)}  # the names and CIDs are short enough, the node is not
    top, blocks = made(LEGACY, names)
    length = lambda cid: len(blocks.data[cid])  # noqa: E731
    seen = explain(blocks.get, length, top, MODERN).sharding
    assert seen is not None
    assert not seen.as_the_profile
    same = explain(blocks.get, length, top, LEGACY).sharding
    assert same is not None
    assert same.as_the_profile


@pytest.mark.parametrize("profile", [MODERN, LEGACY], ids=lambda profile: profile.name)
def test_every_byte_of_a_node_is_explained_once(profile: Profile) -> None:
    for files in (FILES, {f"{n:05}": b"x" for n in range(7500)}):
        _, blocks = made(profile, files)
        for cid, data in blocks.data.items():
            if not cid.is_raw and len(data) < 100_000:
                assert b"".join(found.raw for found in fields(data)) == data


@given(st.binary(max_size=80))
def test_bytes_that_are_no_node_are_an_error_or_explained_whole(data: bytes) -> None:
    try:
        found = fields(data)
    except ValueError:
        return
    assert b"".join(one.raw for one in found) == data


def test_a_cid_is_taken_apart_in_all_its_forms() -> None:
    cid = Cid.make(Codec.DAG_PB, sha256(b"x"), 0)
    old, new = anatomy(cid), anatomy(cid.to_v1())
    assert (old.version, new.version) == (0, 1)
    assert old.base58 == new.base58 == str(cid)
    assert {Cid.parse(new.base32), Cid.parse(new.base36)} == {cid.to_v1()}
    raw = anatomy(Cid.make(Codec.RAW, sha256(b"x")))
    assert (raw.codec, raw.hash, raw.length, raw.digest) == ("raw", "sha2-256", 32, sha256(b"x").hex())
    assert Cid.parse(raw.base58) == Cid.parse(raw.base32)


def test_why_two_profiles_part_is_told_once_for_many_files() -> None:
    blocks = Blocks()
    files = FILES | {f"many/{n:05}-{'x' * 20}": b"x" for n in range(4000)}
    left, right = made(MODERN, files, blocks)[0], made(LEGACY, files, blocks)[0]
    found = {row.why: row for row in profile_differences(blocks.get, (left, MODERN), (right, LEGACY))}
    assert found["cut into chunks of 1,048,576 and of 262,144 bytes"].first == "large"
    assert found["sharded in unixfs-v1-2025, one node in unixfs-v0-2015"].first == "many"
    leaves = found["leaves are bare bytes in unixfs-v1-2025, wrapped in dag-pb nodes in unixfs-v0-2015"]
    assert leaves.paths == len(files)
    assert "CIDs of version 1 and 0" in found
    assert profile_differences(blocks.get, (left, MODERN), (left, MODERN)) == ()


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    blocks = Blocks()
    left, right = made(MODERN, FILES, blocks)[0], made(LEGACY, FILES, blocks)[0]
    found = profile_differences(blocks.get, (left, MODERN), (right, LEGACY))
    roots = [("unixfs-v1-2025", str(left.cid)), ("unixfs-v0-2015", str(right.cid))]
    said = [*lines(tree(), MODERN, width), *compared(found, roots, width)]
    said += lines(tree(MODERN, {f"第{n:05}篇文章": b"x" for n in range(6000)}), MODERN, width)
    for line in said:
        assert sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in line) <= width, line


def test_on_a_narrow_terminal_what_bytes_mean_is_still_said() -> None:
    said = list(lines(tree(), MODERN, 40))
    assert any(line.endswith("a CID, 36 bytes") for line in said)


def test_what_stands_in_names_is_shown_and_not_obeyed() -> None:
    assert "\x1b" not in "".join(lines(tree(MODERN, {"a\x1b[31m": b"x"}), MODERN, 80))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_explains_a_file_a_folder_and_a_path_in_a_root(here: Path, capsys: Captured) -> None:
    def said(*words: str) -> str:
        assert call(*words) == 0
        return capsys.readouterr().out

    (here / "out/文章").mkdir(parents=True)
    (here / "out/index.html").write_text("hello")
    (here / "out/文章/index.html").write_text("你好")
    root = said("add", "out").strip()
    told = json.loads(said("--json", "explain", "out"))
    assert told["root"] == told["cid"]["base32"] == root
    inner = json.loads(said("--json", "explain", f"{root}/文章"))
    assert inner["tree"]["parts"] == told["tree"]["parts"][1]["parts"]
    assert inner["tree"]["tsize"] == told["tree"]["parts"][1]["tsize"]
    assert "one chunk" in said("explain", "out/index.html")
    assert "where the roots differ" in said("explain", "out", "--profile", "unixfs-v0-2015")
    assert "the two roots are equal" in said("explain", "out", "--profile", "unixfs-v1-2025")
    for wrong, why in (("nowhere", "no root"), (f"{root}/x", "nothing at x"), ("", "empty")):
        assert call("explain", wrong) == 2
        assert why in capsys.readouterr().err


def transcripts() -> Iterator[tuple[str, list[str]]]:
    """What the manual shows of `publish explain` of things that anybody can make again: the command and its lines."""
    for article in ("how-a-root-is-made.md", "根是怎样算出来的.md"):
        text = (MANUAL / article).read_text(encoding="utf-8")
        for line, shown in re.findall(
            r"^\$ publish (explain (?:site|big\.bin).*)\n((?:.*\n)*?)```$", text, re.MULTILINE
        ):
            yield line, shown.splitlines()


@pytest.mark.parametrize(("line", "shown"), [*transcripts()])
def test_what_the_manual_shows_is_what_is_told(line: str, shown: list[str], here: Path, capsys: Captured) -> None:
    (here / "site").mkdir()
    (here / "site/hello.txt").write_text("hello\n")
    (here / "site/index.html").write_text("<h1>Hi</h1>\n")
    (here / "big.bin").write_bytes(bytes((3 << 20) + 1))
    assert call(*line.split()) == 0
    told = capsys.readouterr().out
    for piece in re.split(r"^…$", "\n".join(shown), flags=re.MULTILINE):  # a line of dots: something is left out
        assert piece.strip("\n") in told
    assert shown[0] == told.splitlines()[0]


def test_the_manual_shows_three_of_them_in_each_language() -> None:
    assert len(list(transcripts())) == 6


def test_one_part_more_than_there_is_room_for_is_shown_and_not_counted() -> None:
    # and a symlink, which each of them has
    assert [tree(files={str(n): b"x" for n in range(many)}, most=8).left for many in (7, 8, 9)] == [0, 0, 2]


def test_a_root_that_is_no_file_system_is_said_so(here: Path, capsys: Captured) -> None:
    data = b"\xa1\x61a\x01"
    block = Block(Cid.make(Codec.DAG_CBOR, sha256(data)), data)
    with Cache(here / ".publish/cache") as cache:
        cache.put(block)
    assert call("explain", str(block.cid)) == 4
    assert "dag-cbor" in capsys.readouterr().err


def test_of_small_blocks_one_of_each_kind_is_shown_byte_by_byte() -> None:
    def shown(count: int) -> list[str]:
        found = tree(files={f"{n}/{n}.txt": b"text %d" % n for n in range(count)})
        return [line for line in lines(found, MODERN, 100) if re.match(r"the \d+ bytes of ", line)]

    one, three = shown(1), shown(3)
    assert len(one) == len(three) >= 1
    kinds = [part.kind for part in _every(tree()) if part.block]
    assert len(kinds) > len(set(kinds))


def _every(part: Part) -> Iterator[Part]:
    yield part
    for below in part.parts:
        yield from _every(below)
