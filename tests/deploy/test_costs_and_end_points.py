"""The whole command with end points that hang, swallow or lie, and with prices that rise: time, cost and exit code."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.names.contenthash import decode
from tests.forkserver import Forkserver
from tests.names.ens.nodes import Reply, before_and_after, between, hanging, recording, serving
from tests.names.ens.test_end_points import swallowing
from tests.services.chain import OWNER, Anvil
from tests.services.publish_toml import publish_toml

GWEI = 10**9


@dataclass
class Site:
    """A folder of pages that is deployed to a store of this machine and to a chain."""

    folder: Path
    chain: Anvil
    forkserver: Forkserver

    def configure(self, *urls: str, more: str = "") -> None:
        settings = publish_toml(*(urls or [self.chain.url]))
        (self.folder / "publish.toml").write_text(f"{settings}{more}\n")

    def deploy(self, text: str, *words: str, code: int = 0) -> dict[str, Any]:
        page = self.folder / "out" / "index.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(f"<title>Demo</title><p>{text}</p>")
        done = self.forkserver.run(
            ["deploy", "out", "--yes", "--json", *words], self.folder, {"PUBLISH_KEY": OWNER.key, "PATH": "/usr/bin"}
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "hunter2" not in done.stdout + done.stderr
        assert OWNER.key[2:] not in done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def record(self) -> str:
        return decode(self.chain.record("demo.eth"))

    def paid(self) -> list[int]:
        """What each mined transaction of the key cost, as the chain says it."""
        receipts = [self.chain.rpc("eth_getTransactionReceipt", hash_) for hash_ in self.chain.mined()]
        return [int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in receipts]


@pytest.fixture
def site(tmp_path: Path, chain: Anvil, forkserver: Forkserver) -> Site:
    made = Site(tmp_path, chain, forkserver)
    made.configure()
    return made


@contextmanager
def timed(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def check_cost(site: Site, done: dict[str, Any]) -> None:
    """One transaction, which cost at most what the plan showed, and as much as is told."""
    (paid,) = site.paid()
    plan = done["plan"][-1]
    cost = done["names"][-1]["cost"]
    assert cost == {"gas": plan["gas"], "max_wei": plan["max_wei"], "paid_wei": paid}
    assert 0 < paid <= plan["max_wei"]


def test_the_cost_stands_in_json_and_is_at_most_what_was_shown(site: Site) -> None:
    done = site.deploy("one")
    assert site.record() == f"ipfs://{done['root']}"
    check_cost(site, done)
    assert "cost" not in site.deploy("one")["names"][0]


def test_the_whole_command_takes_few_round_trips(site: Site) -> None:
    with recording(site.chain.url) as (url, trips):
        site.configure(url)
        site.deploy("one")
        sent, after = before_and_after(trips)
        assert sent <= 5
        assert after <= 3
        trips.clear()
        assert site.deploy("one")["names"][0]["outcome"] == "unchanged"
        assert len(trips) == 2
    assert len(site.chain.mined()) == 1


@pytest.mark.parametrize("place", [0, 1])
def test_with_one_of_two_hanging_a_deploy_takes_under_25_seconds_and_a_no_op_under_6(site: Site, place: int) -> None:
    with hanging() as late:
        urls = [site.chain.url]
        urls.insert(place, late)
        site.configure(*urls)
        with timed(25):
            done = site.deploy("one")
        check_cost(site, done)
        (line,) = done["warnings"]
        assert "the run continues without this end point" in line
        with timed(6):
            assert site.deploy("one")["names"][0]["outcome"] == "unchanged"
    assert len(site.chain.mined()) == 1


def test_one_that_swallows_transactions_beside_a_good_one_changes_nothing(site: Site) -> None:
    hashes: list[str] = []
    with serving(swallowing(site.chain, hashes)) as swallower:
        site.configure(swallower, site.chain.url)
        done = site.deploy("one")
    assert hashes == site.chain.mined() == [done["names"][0]["transaction"]]
    check_cost(site, done)


def rising(chain: Anvil, method: str, base_fee: int) -> Callable[[str, list[Any], Reply], Reply]:
    """A node whose chain becomes dear once it has answered the first question about its prices."""
    asked: list[str] = []

    def alter(found: str, params: list[Any], reply: Reply) -> Reply:
        if found == method:
            asked.append(found)
            if len(asked) == 1:
                chain.base_fee(base_fee)
                chain.mine()
        return reply

    return alter


def test_a_price_that_rises_after_the_plan_ends_with_75_and_nothing_signed(site: Site) -> None:
    with serving(between(site.chain.url, rising(site.chain, "eth_feeHistory", 60 * GWEI))) as url:
        site.configure(url, more="max-fee-gwei = 100")
        done = site.deploy("one", code=75)
    assert "nothing was signed" in done["error"]["message"]
    assert done["error"]["retry"] is True
    assert (site.chain.mined(), site.record()) == ([], "")
    assert "signed" not in (site.folder / ".publish/journal.jsonl").read_text()


def test_a_pending_change_tells_its_maximum_and_the_next_run_keeps_to_it(site: Site) -> None:
    site.configure(more="timeout = 1")
    site.chain.automine(False)
    first = site.deploy("one", code=75)
    cost = first["names"][0]["cost"]
    assert (cost["max_wei"], cost["paid_wei"]) == (first["plan"][-1]["max_wei"], None)
    second = site.deploy("one", code=75)
    assert second["plan"][-1]["max_wei"] == cost["max_wei"]
    site.chain.automine(True)
    site.chain.mine()
    third = site.deploy("one")
    assert third["names"][0]["cost"]["max_wei"] == cost["max_wei"]
    (paid,) = site.paid()
    assert third["names"][0]["cost"]["paid_wei"] == paid <= cost["max_wei"]


def test_a_fee_limit_above_500_needs_a_flag_before_anything_is_stored(site: Site) -> None:
    site.configure(more="max-fee-gwei = 501")
    refused = site.deploy("one", code=2)
    assert "max-fee-gwei = 501 is far above any usual price of gas" in refused["error"]["message"]
    assert "--high-fee" in refused["error"]["hint"]
    assert "stores" not in refused
    assert site.chain.mined() == []
    check_cost(site, site.deploy("one", "--high-fee"))
    site.configure(more="max-fee-gwei = 500")
    assert site.deploy("two")["names"][0]["outcome"] == "moved"
    assert len(site.chain.mined()) == 2


def test_too_much_gas_ends_with_5_and_both_numbers(site: Site) -> None:
    site.configure(more="max-gas = 60000")
    done = site.deploy("one", code=5)
    assert "max-gas is 60,000" in done["error"]["message"]
    assert done["error"]["kind"] == "FeeTooHigh"
    assert site.chain.mined() == []
