"""A publish without a node: to one service that takes a CAR, to two, to one that fails, and cut at each step."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.test_prune import Captured, Site
from tests.forkserver import Forkserver
from tests.services.kubo import Node
from tests.stores.upload.servers import ENV, SERVICES, Account, service, settings_of


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Account]]:
    """Every service, running."""
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        yield {name: stack.enter_context(service(name)) for name in SERVICES}


def stores(accounts: dict[str, Account], *names: str) -> str:
    return "".join(f"[stores.{name}]\n{settings_of(name, accounts[name].url)}" for name in names)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_site_is_published_with_a_service_alone(
    name: str, accounts: dict[str, Account], tmp_path: Path, capsys: Captured
) -> None:
    site = Site(tmp_path / "site", stores(accounts, name), capsys)
    roots = [site.publish(f"text {number}") for number in range(3)]
    assert {row.root for row in accounts[name].rows.values()} == set(roots)
    told = site.run("--yes")
    assert (told["plan"], told["stores"][0]["sent_bytes"]) == ([], 0)
    assert site.run("status")["stores"][0]["held"] is True
    assert [row["root"] for row in site.run("prune", "--yes")["unpinned"]] == [roots[0]]
    assert {row.root for row in accounts[name].rows.values()} == set(roots[1:])


def test_of_two_services_one_may_fail_if_one_copy_is_enough(
    accounts: dict[str, Account], tmp_path: Path, capsys: Captured
) -> None:
    site = Site(tmp_path / "site", stores(accounts, "filebase", "lighthouse"), capsys)
    first = site.publish("text 0")
    assert [len(accounts[name].rows) for name in ("filebase", "lighthouse")] == [1, 1]
    accounts["filebase"].faults = ["full"]
    (site.folder / "content/more.md").write_text("---\ntitle: x\n---\nanother\n")
    error = site.run("--yes", code=4)["error"]
    assert (error["who"], error["kind"]) == ("filebase", "StoreRefused")
    accounts["filebase"].faults = ["full"]
    (site.folder / "content/more.md").write_text("---\ntitle: x\n---\na third\n")
    with (site.folder / "publish.toml").open("a") as config:
        config.write("[deploy]\ncopies = 1\n")
    told = site.run("--yes")
    assert {row["name"]: row["status"] for row in told["stores"]} == {"filebase": "failed", "lighthouse": "pinned"}
    assert told["root"] not in (first, *(row.root for row in accounts["filebase"].rows.values()))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_that_reports_another_root_stops_the_run(
    name: str, accounts: dict[str, Account], tmp_path: Path, capsys: Captured
) -> None:
    here = "[stores.here]\nkind = 'embedded'\n[deploy]\ncopies = 1\n"
    site = Site(tmp_path / "site", stores(accounts, name) + here, capsys)
    accounts[name].faults = ["other-root"]
    error = site.run("--yes", code=4)["error"]
    assert (error["kind"], error["who"]) == ("CidMismatch", name)


def test_a_site_with_a_node_is_sent_once_to_the_node(
    kubo: Node, accounts: dict[str, Account], tmp_path: Path, capsys: Captured
) -> None:
    accounts["pinata"].fetches = True
    node = f"[stores.node]\nkind = 'kubo'\napi = '{kubo.api}'\n"
    site = Site(tmp_path / "site", stores(accounts, "pinata") + node, capsys)
    root = site.publish("text 0")
    assert accounts["pinata"].received == []
    assert {row.root for row in accounts["pinata"].pins.values()} == set(kubo.pins()) == {root}


STEPS = [(number, when) for number in range(5) for when in ("before", "after")]


def test_killed_at_each_step_the_next_run_sends_no_site_twice(
    accounts: dict[str, Account], tmp_path: Path, capsys: Captured, forkserver: Forkserver
) -> None:
    # The events are wanted, storing, pinned, finished: the service has no gateway, so nothing is read back.
    site = Site(tmp_path / "site", stores(accounts, "pinata"), capsys)
    env = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    sent = set()
    for step, when in STEPS[:8]:
        (site.folder / "content/more.md").write_text(f"---\ntitle: x\n---\ntext {step} {when}\n")
        killed = forkserver.run(("--yes", "--json"), site.folder, env, (step, when))
        assert killed.returncode < 0 or (step, when) == STEPS[7], killed.stdout + killed.stderr
        done = forkserver.run(("--yes", "--json"), site.folder, env)
        assert done.returncode == 0, done.stdout + done.stderr
        sent.add(json.loads(done.stdout)["root"])
    assert {row.root for row in accounts["pinata"].rows.values()} == sent
    assert len(accounts["pinata"].received) == len(accounts["pinata"].rows) == len(sent)


def test_a_token_of_one_service_goes_to_no_other(
    accounts: dict[str, Account], tmp_path: Path, capsys: Captured
) -> None:
    site = Site(tmp_path / "site", stores(accounts, "pinata", "lighthouse"), capsys)
    error = site.run("--yes", code=2)["error"]
    assert (error["kind"], error["who"]) == ("SecretWithheld", "PUBLISH_UPLOAD_TOKEN")
    assert accounts["lighthouse"].calls == accounts["pinata"].calls == []
