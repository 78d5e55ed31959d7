"""A cache that is pruned: what stays, what goes with it, what a crash leaves, and what others see meanwhile."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.build.invalidation import LINKS, newest_roots, stale
from publisher.build.rows import unpack_link
from publisher.cache.gc import BATCH, STEP, GarbageCollector, SweepResult, Weight, _batches, _so_many
from publisher.cache.store import Cache
from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.errors import BlockMissing, Unfinished
from tests.build.site import Workshop, article


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, posts=8)


def edited(shop: Workshop, number: int) -> Cid:
    """The root after one more edit."""
    body = f"Text of {number}.\n\n```python\nprint({number})\n```"
    shop.write({f"content/posts/p{number % 8 + 1}.md": article(f"Post {number}", number % 8 + 1, body, tags="[one]")})
    return shop.build().root


def prune(shop: Workshop, *roots: Cid) -> SweepResult:
    with GarbageCollector(shop.cache) as sweeper, sweeper.exclusive():
        sweeper.mark([*roots, *newest_roots(sweeper), *sweeper.pins()])
        return sweeper.sweep(stale)


def whole(shop: Workshop, root: Cid) -> bool:
    """Whether every block of a root is there, and is what its CID says."""
    with Cache(shop.cache) as cache:
        try:
            return all(block.cid.matches(block.data) for block in walk.reachable(cache.get, root))
        except BlockMissing:
            return False


def must_be_sound(shop: Workshop) -> None:
    """No row speaks of a block that is not there, and SQLite finds no fault."""
    db = sqlite3.connect(shop.cache / "cache.sqlite")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    stages = [stage for (stage,) in db.execute("SELECT DISTINCT stage FROM memo")]
    db.close()
    with Cache(shop.cache) as cache:
        for stage in stages:
            if (kind := stage.split(" ")[0]) in LINKS:
                for row in cache.recall_all(stage).values():
                    root = unpack_link(LINKS[kind](row)).cid
                    assert all(walk.reachable(cache.get, root)), stage


def test_what_kept_roots_reach_stays_and_the_rest_goes(shop: Workshop) -> None:
    roots = [edited(shop, number) for number in range(6)]
    swept = prune(shop, *roots[4:])
    assert [whole(shop, root) for root in roots] == [False] * 4 + [True] * 2
    assert swept.gone.blocks > 0
    must_be_sound(shop)
    with Cache(shop.cache) as cache:
        kept = {block.cid: block.data for root in roots[4:] for block in walk.reachable(cache.get, root)}
        assert set(cache.blocks()) == set(kept)
    assert swept.kept == Weight(len(kept), sum(map(len, kept.values())))
    assert prune(shop, *roots[4:]).gone == Weight()


def test_after_it_nothing_is_made_anew_and_an_edit_makes_what_it_would_have_made(shop: Workshop) -> None:
    roots = [edited(shop, number) for number in range(6)]
    prune(shop, roots[-1])
    assert shop.build().rendered == 0
    shop.write({"content/posts/p5.md": article("Post 4", 5, "Text of 4.\n\nother", tags="[one]")})
    built = shop.build()
    assert built.rendered == 1
    assert built.root == shop.clean().root


def test_the_last_build_stays_though_it_was_never_published(shop: Workshop) -> None:
    published, last = edited(shop, 1), edited(shop, 2)
    prune(shop, published)
    assert whole(shop, published)
    assert whole(shop, last)
    assert shop.build().rendered == 0


def test_an_older_state_of_the_folder_is_built_again_as_by_an_empty_cache(shop: Workshop) -> None:
    first = edited(shop, 1)
    before = (shop.folder / "content/posts/p2.md").read_bytes()
    edited(shop, 9)
    prune(shop)
    shop.write({"content/posts/p2.md": before})
    assert shop.build().root == first
    assert whole(shop, first)


def test_roots_that_the_embedded_store_holds_stay(shop: Workshop) -> None:
    first = edited(shop, 1)
    with Cache(shop.cache) as cache:
        cache.pin(first, "example.eth")
    edited(shop, 2)
    prune(shop)
    assert whole(shop, first)


def test_rows_of_what_is_no_more_go_too_and_a_stage_that_nobody_knows(shop: Workshop) -> None:
    for number in range(4):
        edited(shop, 8 * number)
    with Cache(shop.cache) as cache:
        cache.remember("a later version's", b"key", b"value")
        bodies = len(cache.recall_all("body"))
        assert cache.recall_all("code")
    prune(shop)
    with Cache(shop.cache) as cache:
        assert bodies > len(cache.recall_all("body")) == len(cache.recall_all("article"))
        assert not cache.recall_all("a later version's")
        assert not cache.recall_all("code")
        assert cache.recall_all("reads")


def test_the_file_shrinks_and_the_log_stays_short(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        kept = add_file([b"k" * 3_000_000], MODERN, cache.put)
        root = add_tree({"kept.bin": kept}, MODERN, cache.put).cid
        for number in range(40):
            cache.put(Block(Cid(b"%d" % number), bytes([number]) * 1_000_000))
    before = (tmp_path / "cache.sqlite").stat().st_size
    logs: list[int] = []

    class Watched(GarbageCollector):
        def _all(self, sql: str, values: tuple[object, ...]) -> list[tuple[bytes, ...]]:
            logs.append((tmp_path / "cache.sqlite-wal").stat().st_size)
            return super()._all(sql, values)

    with Watched(tmp_path) as sweeper:
        sweeper.mark([root])
        swept = sweeper.sweep(lambda cache, there: [])
    assert before > 40_000_000
    assert (tmp_path / "cache.sqlite").stat().st_size < 4_000_000
    assert swept.after < 4_000_000 < 40_000_000 < swept.before
    assert max(logs) < 24 << 20
    with Cache(tmp_path) as cache:
        assert b"".join(walk.cat(cache.get, kept.cid)) == b"k" * 3_000_000


def test_the_cache_of_many_edits_stays_under_twice_its_kept_roots(tmp_path: Path) -> None:
    """Larger pages than the other tests' have: on a small site SQLite's own pages weigh more than the site."""
    shop = Workshop(tmp_path, posts=0)
    words = " ".join(f"word{number}" for number in range(1500))
    pages = {f"content/posts/p{n}.md": article(f"Post {n}", n % 28 + 1, f"{n} {words}") for n in range(60)}
    shop.write(pages)
    roots = []
    for number in range(12):
        shop.write({f"content/posts/p{number}.md": article(f"Post {number}", number % 28 + 1, f"edit {words}")})
        roots.append(shop.build().root)
    swept = prune(shop, *roots[-3:])
    assert swept.after < 2 * swept.kept.bytes


class Dying(GarbageCollector):
    """Falls over in its N-th transaction, before or after what it has to do."""

    left = 0

    @contextmanager
    def _step(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        Dying.left -= 1
        with super()._step(begin) as db:
            yield db
            if Dying.left == 0:
                raise KeyboardInterrupt
        if Dying.left == -1:
            raise KeyboardInterrupt


def test_a_crash_in_any_step_leaves_a_sound_cache_and_the_next_prune_goes_on(tmp_path: Path) -> None:
    at, done = 1, False
    while not done:
        shop = Workshop(tmp_path / str(at), posts=4)
        roots = [edited(shop, number) for number in range(4)]
        Dying.left = at
        try:
            with Dying(shop.cache) as sweeper:
                sweeper.mark([roots[-1]])
                sweeper.sweep(stale)
            done = True
        except KeyboardInterrupt:
            must_be_sound(shop)
            assert whole(shop, roots[-1])
        prune(shop, roots[-1])
        must_be_sound(shop)
        built = shop.build()
        assert (built.root, built.rendered) == (shop.clean().root, 0)
        at += 1
    assert at > 6


KILLED = """
import os, signal, sys
from pathlib import Path
from publisher.build.invalidation import stale
from publisher.dag.cid import Cid
from publisher.cache.gc import GarbageCollector

left = int(sys.argv[3])

class Dying(GarbageCollector):
    def _all(self, sql, values):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._all(sql, values)

with Dying(Path(sys.argv[1])) as sweeper:
    sweeper.mark([Cid.parse(sys.argv[2])])
    sweeper.sweep(stale)
"""


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 0.95])
def test_a_kill_at_any_question_leaves_a_sound_cache(shop: Workshop, part: float) -> None:
    roots = [edited(shop, number) for number in range(4)]
    asked: list[str] = []

    class Counting(GarbageCollector):
        def _all(self, sql: str, values: tuple[object, ...]) -> list[tuple[bytes, ...]]:
            asked.append(sql)
            return super()._all(sql, values)

    copy = Workshop(shop.folder.parent / "copy", posts=8)
    for number in range(4):
        edited(copy, number)
    with Counting(copy.cache) as sweeper:
        sweeper.mark([roots[-1]])
        sweeper.sweep(stale)
    words = [sys.executable, "-c", KILLED, str(shop.cache), str(roots[-1]), str(int(len(asked) * part))]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    must_be_sound(shop)
    assert whole(shop, roots[-1])
    assert shop.build().root == roots[-1]


@pytest.mark.parametrize(
    ("lengths", "count"),
    [((STEP - 1, 1, 1), 2), ((STEP - 1, 2), 1), ((STEP + 1, 1), 1), ((0, 0, STEP), 3)],
    ids=["as much as fits", "one byte more", "one that is too much alone", "rows without bytes"],
)
def test_one_step_takes_so_many_bytes_and_at_least_one_row(lengths: tuple[int, ...], count: int) -> None:
    assert _so_many(list(enumerate(lengths))) == [(number,) for number in range(count)]


def test_every_key_is_in_one_batch_and_none_is_too_long() -> None:
    keys = [number.to_bytes(3, "big") for number in range(2 * BATCH + 1)]
    batches = list(_batches(keys))
    assert [key for batch in batches for key in batch] == keys
    assert [len(batch) for batch in batches] == [BATCH, BATCH, 1]


def test_what_is_marked_and_not_here_does_not_stand(tmp_path: Path) -> None:
    here, gone = (Block(Cid.make(Codec.RAW, sha256(data)), data) for data in (b"here", b"gone"))
    asked: list[bool] = []

    def look(sweeper: GarbageCollector, stays: Callable[[Cid], bool]) -> tuple[()]:
        asked.extend(map(stays, (here.cid, gone.cid)))
        return ()

    with GarbageCollector(tmp_path) as sweeper:
        sweeper.put(here)
        sweeper.commit()
        sweeper.mark([here.cid, gone.cid])
        sweeper.sweep(look)
    assert asked == [True, False]


def test_a_step_that_fails_is_not_done_in_half(tmp_path: Path) -> None:
    one = Block(Cid.make(Codec.RAW, sha256(b"one")), b"one")
    with GarbageCollector(tmp_path) as sweeper:
        sweeper.put(one)
        sweeper.commit()

        def half() -> None:
            with sweeper._step() as db:
                db.execute("DELETE FROM block")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            half()
        assert sweeper.unmarked() == Weight(1, 3)
        with sweeper._step():
            pass
        assert sweeper.get(one.cid) == b"one"


def test_what_is_linked_twice_on_every_level_is_counted_once(tmp_path: Path) -> None:
    with GarbageCollector(tmp_path) as sweeper:
        link = add_file([b"leaf"], MODERN, sweeper.put)
        for _ in range(40):
            link = add_tree({"a": link, "b": link}, MODERN, sweeper.put)
        sweeper.commit()
        found = sweeper.below([link.cid])
    assert found is not None
    assert found.blocks == 41


def test_others_read_meanwhile(shop: Workshop) -> None:
    roots = [edited(shop, number) for number in range(6)]
    stop, faults, reads = threading.Event(), [], []

    def read() -> None:
        with Cache(shop.cache, threads=True) as cache:
            while not stop.is_set():
                try:
                    reads.append(sum(1 for _ in walk.reachable(cache.get, roots[-1])))
                except Exception as error:
                    faults.append(error)
                    return

    reader = threading.Thread(target=read)
    reader.start()
    while not reads and reader.is_alive():
        pass
    try:
        prune(shop, roots[-1])
    finally:
        stop.set()
        reader.join()
    assert not faults
    assert len(set(reads)) == 1


def test_who_builds_is_not_disturbed_and_who_prunes_is_waited_for(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache, GarbageCollector(tmp_path) as sweeper:
        with (
            cache.steady(),
            Cache(tmp_path) as other,
            other.steady(),
            pytest.raises(Unfinished, match="building"),
            sweeper.exclusive(),
        ):
            pass
        began: list[str] = []

        def build() -> None:
            with Cache(tmp_path, threads=True) as late, late.steady():
                began.append("built")

        with sweeper.exclusive():
            thread = threading.Thread(target=build)
            thread.start()
            thread.join(0.2)
            assert began == []
        thread.join()
        assert began == ["built"]


def test_a_build_is_steady_from_its_first_look_to_its_root(shop: Workshop) -> None:
    seen: list[bool] = []

    def told(text: str) -> None:
        with GarbageCollector(shop.cache) as sweeper:
            try:
                with sweeper.exclusive():
                    seen.append(False)
            except Unfinished:
                seen.append(True)

    shop.build(progress=told)
    assert seen
    assert all(seen)


def test_a_file_that_is_damaged_meanwhile_is_thrown_away_and_ends_the_prune(tmp_path: Path) -> None:
    warnings: list[str] = []
    with Cache(tmp_path) as cache:
        root = add_tree({"a.txt": add_file([b"a" * 100_000], MODERN, cache.put)}, MODERN, cache.put).cid
    with GarbageCollector(tmp_path, warnings.append) as sweeper:
        sweeper.mark([root])
        sweeper._throw_away("for this test")
        assert sweeper.sweep(stale).kept == Weight()
        sweeper.mark([root])
        assert sweeper.marked() == Weight()
    assert len(warnings) == 1


def test_what_a_root_frees_is_what_no_other_reaches(tmp_path: Path) -> None:
    with GarbageCollector(tmp_path) as sweeper:
        shared, own = (add_file([data * 50_000], MODERN, sweeper.put) for data in (b"s", b"o"))
        kept = add_tree({"a": shared}, MODERN, sweeper.put).cid
        goes = add_tree({"a": shared, "b": own, "c": own}, MODERN, sweeper.put).cid
        sweeper.commit()
        sweeper.mark([kept])
        assert sweeper.below([goes]) == Weight(2, 50_000 + len(sweeper.get(goes)))
        assert sweeper.below([kept]) == Weight()
        assert sweeper.below([Cid.make(Codec.DAG_PB, sha256(b"elsewhere"))]) is None


def test_roots_that_are_not_here_or_no_dag_at_all_stop_nothing(tmp_path: Path) -> None:
    bad = Block(Cid.make(Codec.DAG_PB, sha256(b"\xff\xff")), b"\xff\xff")
    other = Block(Cid.from_bytes(b"\x01\x78\x12\x20" + sha256(b"git")), b"git")
    identity = Cid.from_bytes(b"\x01\x55\x00\x05hello")
    with GarbageCollector(tmp_path) as sweeper:
        sweeper.put(bad)
        sweeper.put(other)
        sweeper.commit()
        sweeper.mark([bad.cid, other.cid, identity, Cid.make(Codec.RAW, sha256(b"elsewhere"))])
        assert sweeper.marked().blocks == 2
        assert sweeper.unmarked() == Weight()


Do = Callable[[Workshop], object]


@given(st.lists(st.one_of(st.integers(0, 30), st.just("prune"), st.just("remove")), min_size=2, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_warm_equals_clean_whatever_was_pruned_between(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | str]
) -> None:
    shop = Workshop(tmp_path_factory.mktemp("shop"), posts=3)
    roots = [shop.build().root]
    for step in steps:
        if step == "prune":
            prune(shop, *roots[-2:-1])
            must_be_sound(shop)
        elif step == "remove":
            for path in sorted((shop.folder / "content/posts").glob("*.md"))[1:2]:
                path.unlink()
            roots.append(shop.build().root)
        else:
            roots.append(edited(shop, int(step)))
    assert roots[-1] == shop.clean().root
    assert whole(shop, roots[-1])
