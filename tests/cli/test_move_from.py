"""`publish move-from` between real nodes and a service that takes a CAR."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.dag.cid import Cid
from publisher.journal.events import Pinned, Unpinned
from publisher.stores.base import Store, Upload
from publisher.stores.pin_references import MARK, mark
from publisher.stores.s3 import S3Settings, connect
from tests.cli.test_cli import call
from tests.cli.test_prune import Captured, Site
from tests.forkserver import Forkserver
from tests.services.kubo import Node, running
from tests.stores.opening import store_context
from tests.stores.sites import Blocks
from tests.stores.upload.servers import ENV, service, settings_of

pytest_plugins = ["tests.services.kubo"]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Node]:
    with running(tmp_path / "second") as node:
        yield node


def table(label: str, node: Node) -> str:
    return f"[stores.{label}]\nkind = 'kubo'\napi = '{node.api}'\n"


def published(folder: Path, stores: str, capsys: Captured, count: int = 3) -> tuple[Site, list[str]]:
    """A site that was published `count` times to these stores."""
    site = Site(folder, stores, capsys, title=folder.name)
    return site, [site.publish(f"text {number}") for number in range(count)]


def add_store(site: Site, text: str) -> None:
    with (site.folder / "publish.toml").open("a") as config:
        config.write(text)


def outcomes(told: dict[str, object]) -> list[str]:
    rows = told["roots"]
    assert isinstance(rows, list)
    return [row["outcome"] for row in rows]


def test_everything_goes_to_the_other_node_and_only_then_away(
    kubo: Node, second: Node, tmp_path: Path, capsys: Captured
) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys)
    other, others = published(tmp_path / "theirs", table("old", kubo), capsys, 1)
    add_store(site, table("new", second))
    dry = site.run("move-from", "old", "--dry-run")
    assert {row["root"] for row in dry["pins"]} == set(roots)
    assert (dry["to"], second.pins()) == (["new"], {})
    told = site.run("move-from", "old", "--yes")
    assert outcomes(told) == ["moved"] * 3
    assert second.pins() == dict.fromkeys(roots, "mine")
    assert set(kubo.pins()) == set(others)
    gone = [event.root for event in site.journal().events() if isinstance(event, Unpinned)]
    assert set(gone) == set(roots)
    assert site.run("move-from", "old", "--yes")["pins"] == []
    told = site.run("prune", "--yes")  # the new store has the roots under this site's name, as if sent there at first
    assert [row["store"] for row in told["unpinned"]] == ["new"]
    assert other.run("status")["stores"][0]["held"] is True


def test_a_root_without_all_its_blocks_stays_and_the_table_says_so(
    kubo: Node, second: Node, tmp_path: Path, capsys: Captured
) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys, 2)
    for path in (site.folder / ".publish/cache").glob("cache.sqlite*"):
        path.unlink()
    page = kubo.command("resolve", "-r", f"/ipfs/{roots[0]}/more/index.html").removeprefix("/ipfs/")
    kubo.call("pin/rm", roots[0])
    kubo.call("block/rm", page)
    add_store(site, table("new", second))
    told = site.run("move-from", "old", "--yes", code=4)
    rows = {row["root"]: row for row in told["roots"]}
    assert {root: rows[root]["outcome"] for root in roots} == {roots[0]: "lost", roots[1]: "moved"}
    assert page in rows[roots[0]]["why"]
    assert told["error"]["kind"] == "BlockMissing"
    assert set(second.pins()) == {roots[1]}


def test_a_store_that_is_gone_is_emptied_by_the_journal_and_the_cache(
    second: Node, tmp_path: Path, capsys: Captured
) -> None:
    with running(tmp_path / "first") as first:
        site, roots = published(tmp_path / "mine", table("old", first), capsys)
    add_store(site, table("new", second))
    told = site.run("move-from", "old", "--yes")
    assert outcomes(told) == ["held"] * 3
    assert all("does not answer" in row["why"] for row in told["roots"])
    assert set(second.pins()) == set(roots)


def test_other_stores_that_do_not_hold_it_leave_it_where_it_is(kubo: Node, tmp_path: Path, capsys: Captured) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys, 1)
    add_store(site, "[stores.new]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\n")
    told = site.run("move-from", "old", "--yes", code=4)
    assert outcomes(told) == ["failed"]
    assert set(kubo.pins()) == set(roots)
    assert site.run("move-from", "nobody", "--yes", code=2)["error"]["who"] == "nobody"


def test_without_another_store_nothing_can_be_moved(kubo: Node, tmp_path: Path, capsys: Captured) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys, 1)
    assert "no other store" in site.run("move-from", "old", "--yes", code=2)["error"]["message"]
    assert set(kubo.pins()) == set(roots)


def test_from_a_service_to_a_node_and_from_a_node_to_a_service(
    kubo: Node, second: Node, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    with service("pinata", second) as account:
        up = f"[stores.up]\n{settings_of('pinata', account.url)}gateway = '{second.gateway}'\n"
        site, roots = published(tmp_path / "mine", table("node", kubo), capsys)
        add_store(site, up)
        assert outcomes(site.run("move-from", "node", "--yes")) == ["moved"] * 3
        assert {row.root for row in account.rows.values()} == set(roots)
        assert kubo.pins() == {}
        for path in (site.folder / ".publish/cache").glob("cache.sqlite*"):
            path.unlink()
        assert outcomes(site.run("move-from", "up", "--yes")) == ["moved"] * 3
        assert account.rows == {}
        assert set(kubo.pins()) == set(roots)


def test_all_pins_of_an_account_go_with_their_names_and_sites(
    kubo: Node, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    # An offline node says at once that it lacks a block.
    with running(tmp_path / "theirs-too", offline=True) as behind, service("pinata", behind) as account:
        up = f"[stores.up]\n{settings_of('pinata', account.url)}gateway = '{behind.gateway}'\n"
        mine, roots = published(tmp_path / "mine", up, capsys, 1)
        _, others = published(tmp_path / "theirs", up, capsys, 1)
        behind.call("pin/rm", roots[0])
        behind.call("repo/gc")
        assert {row.name for row in account.rows.values()} == {"mine", "theirs"}
        add_store(mine, table("new", kubo))
        (mine.folder / ".publish/cache/cache.sqlite").rename(tmp_path / "kept")
        told = mine.run("move-from", "up", "--all", "--yes", code=4)
        assert sorted(outcomes(told)) == ["lost", "moved"]
        (tmp_path / "kept").rename(mine.folder / ".publish/cache/cache.sqlite")
        assert outcomes(mine.run("move-from", "up", "--all", "--yes")) == ["moved"]
        assert kubo.pins() == {roots[0]: "mine", others[0]: "theirs"}
        assert account.rows == {}
        noted = {event.root for event in mine.journal().events() if isinstance(event, Pinned)}
        assert noted == set(roots)  # otherwise a prune would unpin what belongs to the other site


def test_a_root_that_two_sites_pin_goes_with_both_pins(kubo: Node, tmp_path: Path, capsys: Captured) -> None:
    def folder(name: str) -> Store:
        return connect(name, S3Settings(folder=str(tmp_path / name)), store_context({}, Blocks()))

    tables = {name: f"[stores.{name}]\nkind = 's3'\nfolder = '{tmp_path / name}'\n" for name in ("old", "new")}
    site, (text,) = published(tmp_path / "mine", tables["old"], capsys, 1)
    root, get = Cid.parse(text), folder("old").reader()
    assert get is not None
    folder("old").put(Upload(root, "other.eth", get, site="2" * 16), lambda done, size: None)
    pins = set(folder("old").all_pins())
    assert {pin.name for pin in pins} == {"mine", "other.eth"}
    add_store(site, tables["new"] + table("node", kubo))
    assert outcomes(site.run("move-from", "old", "--all", "--yes")) == ["moved", "moved"]
    assert set(folder("new").all_pins()) == pins
    assert set(folder("old").all_pins()) == set()
    assert {name for name in kubo.pins().values() if not name.startswith(MARK)} == {"mine"}
    assert str(mark(root, "2" * 16)) in kubo.pins()
    noted = [event.name for event in site.journal().events() if isinstance(event, Pinned)]
    assert set(noted) == {"mine"}


def test_killed_at_any_step_no_root_is_without_a_store_and_the_same_command_goes_on(
    kubo: Node, second: Node, tmp_path: Path, capsys: Captured, forkserver: Forkserver
) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys, 4)
    add_store(site, table("new", second))
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISH_", "GITHUB_"))}
    # Each root has the events storing, pinned, verified and unpinned.
    for step, when in (
        (0, "before"),
        (0, "after"),
        (1, "before"),
        (1, "after"),
        (2, "after"),
        (3, "before"),
        (5, "after"),
    ):
        done = forkserver.run(("move-from", "old", "--yes", "--json"), site.folder, env, (step, when))
        assert done.returncode < 0, done.stdout + done.stderr
        assert set(roots) <= {*kubo.pins(), *second.pins()}
    done = forkserver.run(("move-from", "old", "--yes", "--json"), site.folder, env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes(json.loads(done.stdout))) == {"moved"}
    assert kubo.pins() == {}
    # A run that is killed may leave a reference of this site to its own pin. It is removed with the pin.
    there = {root: name for root, name in second.pins().items() if not name.startswith(MARK)}
    assert there == dict.fromkeys(roots, "mine")


def test_the_table_says_what_is_next(kubo: Node, second: Node, tmp_path: Path, capsys: Captured) -> None:
    site, roots = published(tmp_path / "mine", table("old", kubo), capsys, 1)
    add_store(site, table("new", second))
    capsys.readouterr()
    assert call("-C", str(site.folder), "move-from", "old", "--yes") == 0
    told = capsys.readouterr()
    assert f"moved   {roots[0]}" in told.out
    assert "remove [stores.old] from publish.toml" in told.out + told.err
