"""The main job on a real node and a real chain with the genuine contracts of ENS, by the command that people run."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.names.contenthash import decode
from publisher.stores.pin_references import MARK
from tests.forkserver import Forkserver
from tests.services.chain import OWNER, Anvil
from tests.services.kubo import Node
from tests.services.publish_toml import publish_toml

PUBLISH = [sys.executable, "-c", "from publisher.cli import main; main()"]


@dataclass
class Site:
    """A site on disk, with a node and a chain to publish to."""

    folder: Path
    kubo: Node
    chain: Anvil
    forkserver: Forkserver

    def env(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISH_", "GITHUB_"))}
        return {**clean, "PUBLISH_KEY": OWNER.key}

    def run(self, *words: str, killed: tuple[int, str] | None = None) -> subprocess.CompletedProcess[str]:
        return self.forkserver.run(words, self.folder, self.env(), killed)

    def publish(self, *words: str, code: int = 0) -> dict[str, Any]:
        done = self.run("--yes", "--json", *words)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stdout.count("\n") == 1
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def edit(self, text: str) -> None:
        with (self.folder / "content/posts/hello.md").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    def record(self) -> str:
        return decode(self.chain.record("demo.eth"))

    def page(self, root: str, path: str = "") -> str:
        with urllib.request.urlopen(f"{self.kubo.gateway}/ipfs/{root}/{path}", timeout=20) as answer:
            text: str = answer.read().decode()
            return text


@pytest.fixture
def site(tmp_path: Path, kubo: Node, chain: Anvil, forkserver: Forkserver) -> Site:
    made = Site(tmp_path / "site", kubo, chain, forkserver)
    subprocess.run([*PUBLISH, "init", str(made.folder)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    for number in range(30):
        article = f"---\ntitle: 第 {number} 篇\ndate: 2026-01-{number + 1:02}\ntags: [测试]\n---\n\n正文 {number}。\n"
        (made.folder / f"content/posts/n{number}.md").write_text(article, encoding="utf-8")
    (made.folder / "publish.toml").write_text(publish_toml(chain.url, api=kubo.api))
    return made


def test_publish_edit_publish_and_nothing_left_to_do(site: Site) -> None:
    first = site.publish()
    assert site.record() == f"ipfs://{first['root']}"
    assert first["stores"][0] | {"sent_bytes": 0} == {
        "name": "local",
        "kind": "kubo",
        "status": "pinned",
        "root": first["root"],
        "sent_bytes": 0,
    }
    assert first["stores"][0]["sent_bytes"] == first["bytes"]
    assert first["names"][0]["outcome"] == "moved"
    assert first["verified"] == [{"by": "local", "ok": True}, {"by": "chain", "ok": True}]
    assert first["urls"] == [f"ipfs://{first['root']}", "https://demo.eth.limo/"]
    assert "正文 7。" in site.page(first["root"], "posts/n7/")

    site.edit("一句新的话。")
    second = site.publish()
    assert site.record() == f"ipfs://{second['root']}"
    assert "一句新的话。" in site.page(second["root"], "posts/hello/")
    assert second["changed"]["changed"] >= 1
    assert second["stores"][0]["sent_bytes"] < first["bytes"] / 4
    assert second["names"][0]["before"] == f"ipfs://{first['root']}"
    assert second["names"][0]["transaction"] in site.chain.mined()

    third = site.publish()
    assert third["root"] == second["root"]
    assert third["stores"][0]["sent_bytes"] == 0
    assert third["names"][0]["outcome"] == "unchanged"
    assert third["changed"] == {"added": 0, "changed": 0, "removed": 0}
    assert len(site.chain.mined()) == 2
    assert site.kubo.pins() == {first["root"]: "demo.eth", second["root"]: "demo.eth"}


def test_two_stores_are_sent_to_side_by_side_and_one_may_fail_when_a_copy_less_will_do(site: Site) -> None:
    toml = site.folder / "publish.toml"
    plain = toml.read_text()
    toml.write_text(plain + '[stores.second]\nkind = "embedded"\n')
    both = site.publish()
    assert {(row["name"], row["status"]) for row in both["stores"]} == {("local", "pinned"), ("second", "pinned")}
    site.edit("more")
    toml.write_text(plain + '[stores.second]\nkind = "kubo"\napi = "/ip4/127.0.0.1/tcp/1"\n')
    assert site.publish(code=4)["error"]["who"] == "second"
    assert site.record() == f"ipfs://{both['root']}"
    toml.write_text(toml.read_text() + "[deploy]\ncopies = 1\n")
    one = site.publish()
    assert {(row["name"], row["status"]) for row in one["stores"]} == {("local", "pinned"), ("second", "failed")}
    assert site.record() == f"ipfs://{one['root']}"


def test_a_dry_run_changes_nothing_and_tells_the_plan_and_the_cost(site: Site) -> None:
    plan = site.publish("--dry-run")["plan"]
    assert [step["step"] for step in plan] == ["store", "verify", "name"]
    assert 0 < plan[-1]["likely_wei"] <= plan[-1]["max_wei"]
    assert (site.record(), site.kubo.pins(), site.chain.mined()) == ("", {}, [])
    assert not (site.folder / ".publish/journal.jsonl").exists()


def test_without_a_terminal_nothing_is_done_until_somebody_says_yes(site: Site) -> None:
    done = site.run("--json")
    assert done.returncode == 2
    assert "--yes" in json.loads(done.stdout)["error"]["hint"]
    assert (site.record(), site.kubo.pins()) == ("", {})


def test_skip_name_stops_after_the_stores(site: Site) -> None:
    done = site.publish("--skip-name")
    assert done["names"] == [{"name": "demo.eth", "kind": "ens", "outcome": "skipped"}]
    assert list(site.kubo.pins()) == [done["root"]]
    assert site.record() == ""


def test_the_same_root_by_way_of_a_folder_and_a_car_file(site: Site) -> None:
    built = site.run("build", "--car", "site.car").stdout.strip()
    assert site.run("add", "_site").stdout.strip() == built
    assert site.run("add", "site.car").stdout.strip() == built
    deployed = json.loads(site.run("deploy", "site.car", "--yes", "--json").stdout)
    assert deployed["root"] == built
    assert site.record() == f"ipfs://{built}"
    assert json.loads(site.run("deploy", built[:20], "--yes", "--json").stdout)["names"][0]["outcome"] == "unchanged"
    assert json.loads(site.run("deploy", "demo.eth", "--yes", "--json").stdout)["root"] == built


def test_the_key_is_nowhere_but_in_the_environment(site: Site) -> None:
    done = site.run("--yes", "--json", "-v")
    told = done.stdout + done.stderr
    kept = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    for secret in (OWNER.key, OWNER.key.removeprefix("0x")):
        assert secret not in told
        assert secret.encode() not in kept
    raw = [json.loads(line).get("raw") for line in (site.folder / ".publish/journal.jsonl").read_text().splitlines()]
    assert not any(raw), "a signed transaction outlived its end"


# A run tells: wanted storing pinned verified signed sending mined settled named verified finished.
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(11))
def test_killed_at_any_step_the_next_run_ends_with_the_same_root_one_pin_and_one_transaction(
    site: Site, step: int, when: str
) -> None:
    killed = site.run("--yes", killed=(step, when))
    assert killed.returncode == -9, killed.stderr
    if site.record():
        assert site.record().removeprefix("ipfs://") in site.kubo.pins()
    done = site.publish()
    assert site.record() == f"ipfs://{done['root']}"
    pins = {cid: name for cid, name in site.kubo.pins().items() if not name.startswith(MARK)}
    assert pins == {done["root"]: "demo.eth"}
    assert len(site.chain.mined()) == 1
    assert site.publish()["names"][0]["outcome"] == "unchanged"
    assert len(site.chain.mined()) == 1


def test_a_transaction_that_is_stuck_is_replaced_by_the_newer_root(site: Site) -> None:
    toml = site.folder / "publish.toml"
    toml.write_text(toml.read_text() + "timeout = 1\n")
    site.chain.automine(False)
    first = site.publish(code=75)
    assert first["error"]["kind"] == "Unfinished"
    assert first["names"][-1]["outcome"] == "pending"
    site.edit("newer")
    second = site.publish(code=75)
    site.chain.automine(True)
    site.chain.mine()
    third = site.publish()
    assert third["root"] == second["root"] != first["root"]
    assert site.record() == f"ipfs://{second['root']}"
    assert len(site.chain.mined()) == 1


def test_two_runs_at_once_the_second_says_so_and_stops(site: Site) -> None:
    toml = site.folder / "publish.toml"
    toml.write_text(toml.read_text() + "timeout = 20\n")
    site.chain.automine(False)
    with subprocess.Popen(
        [*PUBLISH, "--yes", "--json"], cwd=site.folder, env=site.env(), stdout=subprocess.PIPE
    ) as one:
        deadline = time.monotonic() + 30
        while not site.chain.pool() and time.monotonic() < deadline:
            time.sleep(0.1)
        two = site.publish(code=75)
        assert "another run" in two["error"]["message"]
        site.chain.automine(True)
        site.chain.mine()
        assert one.wait(60) == 0
    assert len(site.chain.mined()) == 1


def test_a_node_that_is_down_is_told_before_anything_is_signed(site: Site) -> None:
    toml = site.folder / "publish.toml"
    toml.write_text(toml.read_text().replace(site.kubo.api, "/ip4/127.0.0.1/tcp/1"))
    done = site.publish(code=4)
    assert done["error"]["kind"] == "StoreUnreachable"
    assert done["error"]["retry"] is True
    assert site.chain.mined() == []


def test_the_deleted_article_and_the_draft_are_not_published(site: Site) -> None:
    site.publish()
    (site.folder / "content/posts/n3.md").unlink()
    draft = site.folder / "content/posts/n4.md"
    draft.write_text(draft.read_text().replace("---\n\n", "draft: true\n---\n\n", 1))
    done = site.publish()
    assert done["changed"]["removed"] >= 2
    for gone in ("posts/n3/", "posts/n4/"):
        with pytest.raises(urllib.error.HTTPError):
            site.page(done["root"], gone)
    assert "n4" not in site.page(done["root"])
