"""An earlier root again, on a real node and a real chain, even when nobody that we publish to holds it any more."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from publisher.app.counting_back import earlier, publishes, remembered
from publisher.dag.cid import Block, Cid
from publisher.dag.walk import ReadLimits, reachable
from publisher.errors import BlockMissing, CidMismatch, StoreRefused, StoreUnreachable
from publisher.journal.events import Event, Finished, Mined, Named, Signed, Wanted
from publisher.journal.history import RecordChange
from publisher.retrieval.fetch import MISSES, BlockSearch, BlockSource, fetch
from tests.deploy.test_whole import Site, site
from tests.services.kubo import MODERN, running
from tests.stores.sites import Blocks, pages

__all__ = ["site"]

A, B, C = (Blocks().site({"index.html": text}) for text in (b"a", b"b", b"c"))


# Which root is the one before


def run(sequence: int, before: Cid | None, after: Cid, back: bool = False, done: bool = True) -> list[Event]:
    """What a run leaves in the journal."""
    shown = f"ipfs://{before}" if before else ""
    events: list[Event] = [Wanted(sequence, str(after), "a.eth", back)]
    if done:
        events += [Named("a.eth", shown, f"ipfs://{after}", "moved"), Finished(sequence, str(after))]
    return events


THREE = [*run(1, None, A), *run(2, A, B), *run(3, B, C)]


def test_the_root_before_is_the_one_that_was_shown_before() -> None:
    assert earlier(THREE, C, named=True) == (B, A)
    assert earlier(THREE, B, named=True) == (A,)
    assert earlier(THREE[:-2], B, named=True) == (A,)  # C was wanted, and never shown
    assert earlier([], A, named=True) == ()


def test_a_rollback_is_no_publish_so_the_same_again_leads_to_the_same_root() -> None:
    assert earlier([*THREE, *run(4, C, B, back=True)], B, named=True) == (B, A)
    assert earlier([*THREE, *run(4, C, B, back=True, done=False)], C, named=True) == (B, A)
    twice = [*THREE, *run(4, C, B, back=True), *run(5, B, A, back=True)]
    assert earlier(twice, A, named=True) == (B, A)


def test_after_a_rollback_a_new_publish_counts_from_itself() -> None:
    later = [*THREE, *run(4, C, A, back=True), *run(5, A, C)]
    assert earlier(later, C, named=True) == (B, A)


def test_a_root_that_another_machine_published_comes_after_all_that_are_known_here() -> None:
    assert earlier(THREE[:6], C, named=True) == (B, A)


def test_a_transaction_that_was_mined_after_the_run_had_ended_counts() -> None:
    signed = Signed(1, "0x", 1, 3, "a.eth", f"ipfs://{B}", f"ipfs://{C}", 1, 1, "0x1", "")
    events: list[Event] = [*THREE[:6], *run(3, B, C, done=False), signed, Mined("0x1", 1, "0x", 1, 1, True)]
    assert publishes(events, named=True) == (C, B, A)


def test_without_a_name_it_is_what_was_held() -> None:
    events: list[Event] = [Wanted(1, str(A)), Finished(1, str(A)), Wanted(2, str(B)), Finished(2, str(B))]
    assert earlier(events, None, named=False) == (A,)
    events += [Wanted(3, str(A), "", True), Finished(3, str(A))]
    assert earlier(events, None, named=False) == (A,)


def test_the_chain_remembers_what_the_journal_does_not() -> None:
    class Name:
        def history(self) -> Any:
            uris = [f"ipfs://{C}", f"ipfs://{B}", f"ipfs://{C}", "", "ipns://x", f"ipfs://{A}"]
            return iter([RecordChange(uri, 0, 0, "0x") for uri in uris])

    assert remembered(Name(), C) == (A,)  # type: ignore[arg-type]
    assert remembered(Name(), B) == (C, A)  # type: ignore[arg-type]


# Bringing blocks back


class Kept(Blocks):
    """A cache that hashes, as the real one does."""

    def get_verified(self, cid: Cid) -> bytes:
        data = self.get(cid)
        if not cid.matches(data):
            raise BlockMissing("cache", "damaged")
        return data

    def commit(self) -> None:
        """Nothing to do."""


def counting(blocks: Blocks, asked: list[Cid]) -> BlockSource:
    def get(cid: Cid) -> bytes:
        asked.append(cid)
        return blocks.get(cid)

    return BlockSource("there", get)


def test_blocks_that_are_here_are_asked_of_nobody_and_a_damaged_one_is_fetched() -> None:
    there, here, asked = Blocks(), Kept(), list[Cid]()
    root = there.site(pages(30))
    cids = [block.cid for block in reachable(there.get, root)]
    here.data = {cid: there.data[cid] for cid in cids[::2]}
    here.data[cids[2]] = b"damaged"
    assert fetch(root, here, [counting(there, asked)]) == len(asked) == len(cids[1::2]) + 1
    assert here.data == there.data
    assert fetch(root, here, []) == 0


def test_what_was_fetched_before_a_fault_is_kept_and_not_fetched_again() -> None:
    there, here, asked = Blocks(), Kept(), list[Cid]()
    root = there.site(pages(30))
    last = [block.cid for block in reachable(there.get, root)][-1]
    lost = there.data.pop(last)
    with pytest.raises(BlockMissing, match=f"no source has block {last}; asked: the cache, there"):
        fetch(root, here, [counting(there, asked)])
    had = set(here.data)
    assert len(had) > 5
    there.put(Block(last, lost))
    asked.clear()
    fetch(root, here, [counting(there, asked)])
    assert not had & set(asked)
    assert here.data == there.data


def test_places_are_asked_in_order_and_who_lies_is_silent_or_has_nothing_is_asked_no_more() -> None:
    there, told, tries = Blocks(), list[str](), dict[str, int]()
    root = there.site(pages(30))

    def failing(name: str, error: Exception) -> BlockSource:
        def get(cid: Cid) -> bytes:
            tries[name] = tries.get(name, 0) + 1
            raise error

        return BlockSource(name, get)

    bad = [
        failing("liar", CidMismatch("liar", "other bytes")),
        failing("silent", StoreUnreachable("silent", "no answer")),
        failing("empty", BlockMissing("empty", "not here")),
    ]
    fetch(root, Kept(), [*bad, BlockSource("good", there.get)], warn=told.append)
    assert tries["liar"] == tries["silent"] == 1
    assert MISSES <= tries["empty"] < MISSES + 9  # as many as are asked side by side
    assert len(told) == 2
    with pytest.raises(BlockMissing, match=r"no source has the root; asked: the cache, liar \(.*\), silent \(no"):
        fetch(root, Kept(), bad)


def test_a_place_that_has_given_blocks_is_asked_again_when_it_falls_silent_once() -> None:
    there, waited, failures = Blocks(), list[float](), [3, 10]
    root = there.site(pages(3))

    def get(cid: Cid) -> bytes:
        failures[1] -= 1
        if failures[1] in range(5, 7):
            raise StoreUnreachable("there", "no answer")
        return there.get(cid)

    search = BlockSearch(root, [BlockSource("there", get)], sleep=waited.append)
    for cid in list(there.data)[:5]:
        assert search(cid) == there.data[cid]
    assert waited == [0.2, 1.0]


def test_a_root_that_unfolds_beyond_the_limits_is_refused() -> None:
    there = Blocks()
    root = there.site(pages(30))
    with pytest.raises(StoreRefused, match="more than 10"):
        fetch(root, Kept(), [BlockSource("there", there.get)], limits=ReadLimits(count=10))


# The whole way


def rollback(site: Site, *words: str, code: int = 0) -> dict[str, Any]:
    done = site.run("rollback", *words, "--yes", "--json")
    assert done.returncode == code, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_what_the_node_has_forgotten_is_sent_again_and_twice_is_once(site: Site) -> None:
    first = site.publish()["root"]
    site.edit("一句新的话。")
    second = site.publish()["root"]
    site.kubo.call("pin/rm", first)
    site.kubo.call("repo/gc")
    plan = rollback(site, "--dry-run")["plan"]
    assert [step["step"] for step in plan] == ["store", "verify", "name"]
    assert site.record() == f"ipfs://{second}"

    done = rollback(site)
    assert (done["root"], done["names"][0]["outcome"]) == (first, "moved")
    assert site.record() == f"ipfs://{first}"
    assert first in site.kubo.pins()
    assert site.page(first, "posts/hello/")
    again = rollback(site, "-1")
    assert (again["root"], again["names"][0]["outcome"]) == (first, "unchanged")
    assert len(site.chain.mined()) == 3
    wishes = [
        (row["sequence"], row["root"], row["back"])
        for row in map(json.loads, (site.folder / ".publish/journal.jsonl").read_text().splitlines())
        if row["event"] == "wanted"
    ]
    assert wishes == [(1, first, False), (2, second, False), (3, first, True)]
    assert rollback(site, "-2", code=2)["error"]["kind"] == "ConfigError"

    third = site.publish()  # the same sources as before the rollback
    assert third["root"] == second
    assert rollback(site, first[:20])["root"] == first


def test_with_the_cache_gone_too_it_is_fetched_back_from_whoever_has_it(site: Site, tmp_path: Path) -> None:
    first = site.publish()["root"]
    with running(tmp_path / "other", MODERN) as other:
        car = site.kubo.call("dag/export", first)
        (tmp_path / "first.car").write_bytes(car)
        other.command("dag", "import", str(tmp_path / "first.car"))
        site.edit("newer")
        second = site.publish()["root"]
        site.kubo.call("pin/rm", first)
        site.kubo.call("repo/gc")
        shutil.rmtree(site.folder / ".publish/cache")

        lost = rollback(site, code=4)["error"]
        assert lost["kind"] == "BlockMissing"
        assert "asked: the cache, local" in lost["message"]
        assert site.record() == f"ipfs://{second}"

        toml = site.folder / "publish.toml"
        toml.write_text(toml.read_text() + f'[deploy]\ngateways = ["{other.gateway}"]\n')
        done = rollback(site)
        assert done["root"] == first
        assert site.record() == f"ipfs://{first}"
        assert first in site.kubo.pins()
        assert [row["by"] for row in done["verified"]] == ["local", f"gateway {other.gateway}", "chain"]


def test_a_root_that_is_still_held_is_not_fetched_even_without_a_cache(site: Site) -> None:
    first = site.publish()["root"]
    site.edit("newer")
    site.publish()
    shutil.rmtree(site.folder / ".publish/cache")
    done = rollback(site, "@1")
    assert done["root"] == first
    assert done["stores"][0]["sent_bytes"] == 0
    assert site.record() == f"ipfs://{first}"


def test_without_a_journal_the_chain_knows_what_was_before(site: Site) -> None:
    first = site.publish()["root"]
    site.edit("newer")
    site.publish()
    (site.folder / ".publish/journal.jsonl").unlink()
    assert rollback(site)["root"] == first
    assert site.record() == f"ipfs://{first}"


@pytest.mark.parametrize("word", ["--dry-rum", "-x", "-0"])
def test_a_mistyped_option_is_no_root(site: Site, word: str) -> None:
    done = site.run("rollback", word)
    assert done.returncode == 2
    assert "There is no option" in done.stderr


# A rollback tells: wanted storing pinned verified signed sending mined settled named verified finished. Killed before
# what came of a step is written down, and after what is about to be done is.
CUTS = [(0, "after"), (1, "after"), (2, "before"), (3, "before"), (4, "before"), (4, "after"), (5, "after")]
LATER_CUTS = [(6, "before"), (7, "before"), (8, "before"), (9, "before"), (10, "before"), (10, "after")]


@pytest.mark.parametrize("cuts", [CUTS, LATER_CUTS], ids=["until it is sent", "from then on"])
def test_killed_at_any_step_the_same_rollback_goes_on_to_the_same_root(site: Site, cuts: list[tuple[int, str]]) -> None:
    first = site.publish()["root"]
    for step, when in cuts:
        site.edit(f"新的一句 {step} {when}。")
        shown = site.publish()["root"]
        sent = len(site.chain.mined())
        site.kubo.call("pin/rm", first)
        site.kubo.call("repo/gc")
        killed = site.run("rollback", first, "--yes", killed=(step, when))
        assert killed.returncode == -9, killed.stderr
        assert site.record().removeprefix("ipfs://") in (shown, first)
        assert site.record().removeprefix("ipfs://") in site.kubo.pins()
        done = rollback(site, first)
        assert done["root"] == first
        assert site.record() == f"ipfs://{first}"
        assert site.kubo.pins()[first] == "demo.eth"
        assert len(site.chain.mined()) == sent + 1
