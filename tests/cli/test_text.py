"""How results read: from values to lines and rows."""

from typing import Any

import pytest

from publisher.app.prune import PruneReport
from publisher.cache.gc import SweepResult, Weight
from publisher.cli.text import demo, deploy, diff, history, prune
from publisher.dag.cid import Cid, Codec, sha256
from publisher.deploy.apply import Result
from publisher.deploy.retention import PinRemoval, RetentionPlan
from publisher.deploy.verify import Check
from publisher.diff.page_text import PageLink
from publisher.journal.history import Publish
from publisher.names.base import NameOutcome
from publisher.stores.base import Receipt

ROOT, OTHER = (Cid.make(Codec.RAW, sha256(data)) for data in (b"a", b"b"))


def outcome(what: str, **more: Any) -> NameOutcome:
    return NameOutcome("a.eth", "ens", what, "", f"ipfs://{ROOT}", **more)


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (Receipt("node", "kubo", "pinned", ROOT), "node: pinned"),
        (Receipt("node", "kubo", "pinned", ROOT, 2000, "slow"), "node: pinned, 2.0 kB sent; slow"),
        (Check("gate", True), "verified by gate"),
        (Check("gate", False, "no answer"), "gate: no answer"),
        (outcome("moved", transaction="0x1"), "a.eth: moved by transaction 0x1"),
        (outcome("pending", transaction="0x1"), ""),
        (outcome("unchanged"), ""),
    ],
)
def test_what_came_of_a_step_is_a_line_or_is_said_elsewhere(result: Result, line: str) -> None:
    assert deploy.result_line(result) == line


@pytest.mark.parametrize(
    ("result", "place"),
    [(Receipt("node", "kubo", "pinned", ROOT), "stores"), (Check("g", True), "verified"), (outcome("moved"), "names")],
)
def test_what_came_of_a_step_has_its_list(result: Result, place: str) -> None:
    assert deploy.result_row(result)[0] == place


@pytest.mark.parametrize(
    ("names", "stores", "public", "line"),
    [
        ((), (), True, f"no store holds {ROOT} yet"),
        ((), (Receipt("node", "kubo", "pinned", ROOT),), True, f"{ROOT} is held by node"),
        ((), (Receipt("node", "kubo", "queued", ROOT),), True, f"no store holds {ROOT} yet"),
        ((outcome("skipped"),), (), True, f"no store holds {ROOT} yet"),
        ((outcome("unchanged"),), (), True, f"a.eth already shows {ROOT}"),
        ((outcome("moved"),), (), True, f"a.eth shows {ROOT}; gateways follow in about 5 minutes"),
        ((outcome("moved", fee_wei=10**15),), (), False, f"a.eth shows {ROOT} (0.001 ETH)"),
    ],
)
def test_the_last_line_says_what_is_true(
    names: tuple[NameOutcome, ...], stores: tuple[Receipt, ...], public: bool, line: str
) -> None:
    rows = [[deploy.result_row(result)[1] for result in results] for results in (stores, names)]
    assert list(deploy.conclusion(ROOT, *rows, public=public)) == [line]


@pytest.mark.parametrize(
    ("done", "lines"),
    [
        ({}, []),
        ({ROOT: True}, ["node: unpinned 1 root"]),
        ({ROOT: True, OTHER: True}, ["node: unpinned 2 roots"]),
        ({ROOT: False}, ["node: 1 root was not unpinned: it has no pin there any more, or another site uses it"]),
    ],
)
def test_a_store_lets_go_of_what_it_held(done: dict[Cid, bool], lines: list[str]) -> None:
    assert list(prune.gone_lines("node", done)) == lines
    assert [row["root"] for row in prune.gone_rows("node", done)] == [str(root) for root, was in done.items() if was]


def test_what_the_cache_takes_is_said() -> None:
    swept = SweepResult(Weight(2, 3000), Weight(), 5000, 2000)
    assert prune.swept_line(swept) == "the cache takes 2.0 kB now, 5.0 kB before"
    assert prune.swept_row(swept) == {"blocks": 2, "bytes": 3000, "size": 2000}


def test_a_demonstration_says_what_its_publishes_did() -> None:
    first = {"root": "r1", "names": [{"transaction": "0x1", "gas_used": 12345}]}
    second = {**first, "root": "r2", "changed": {"changed": 1, "added": 2, "removed": 3}}
    lines = list(demo.lines([first, second]))
    assert lines[1:3] == ["1. root        r1", "   transaction 0x1, 12,345 gas"]
    assert lines[-1] == "   changed     1 file, 2 added, 3 removed"


@pytest.mark.parametrize(("removals", "said"), [((), True), ((PinRemoval("node", ROOT),), False)])
def test_that_no_root_has_to_go_is_said_exactly_when_none_goes(removals: tuple[PinRemoval, ...], said: bool) -> None:
    look = PruneReport({}, RetentionPlan(removals=removals, kept=()), (), {}, {}, Weight())
    assert ("no pinned root has to go" in prune.freed(look)) is said


@pytest.mark.parametrize(("text", "shown"), [("a" * 20, "a" * 20), ("123456789-12-abcdef", "123456789-12-abcdef")])
def test_a_root_that_is_short_is_shown_whole(text: str, shown: str) -> None:
    assert history.short(text) == shown


def test_of_a_root_that_is_long_both_ends_are_shown() -> None:
    assert history.short("123456789" + "x" * 6 + "abcdef") == "123456789…abcdef"


@pytest.mark.parametrize(("length", "whole"), [(200, True), (201, False)])
def test_a_link_is_shown_whole_up_to_200_characters(length: int, whole: bool) -> None:
    target = "/".ljust(length, "x")
    told = diff._link(PageLink("link", target))
    assert (told == target) is whole
    assert told.startswith(target[:120])
    assert (str(length) in told) is not whole


@pytest.mark.parametrize("room", [200, 60, 20])
def test_everything_about_a_publish_is_told_however_narrow_the_terminal_is(room: int) -> None:
    row = Publish(str(ROOT), None, number=3, stores=("a-node", "a-service"), finished=False, back=True)
    told = list(history.table([row], {}, room))
    words = " ".join(" ".join(told).split())
    assert all(part in words for part in ("@3", "held by a-node, a-service", "rollback", "not finished"))
    assert len(told) == {200: 1, 60: 2, 20: 4}[room]
