"""What others give for a root is hashed: a byte that differs is found, with the block and the page it belongs to."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.dag.dag_pb import TooMuch
from publisher.dag.limits import ReadLimits
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.dag.walk import reachable
from publisher.deploy.verify import FAULTS, check_together, every, pages, spread
from publisher.errors import BlockMissing, StoreUnreachable
from tests.cli.test_cli import Captured, call
from tests.deploy.test_whole import Site, site
from tests.services.kubo import MODERN as MODERN_NODE
from tests.services.kubo import Node, running
from tests.services.proxy import Proxy, proxy
from tests.stores.sites import Blocks
from tests.stores.sites import pages as sample_pages

__all__ = ["site"]


def large(blocks: Blocks, names: int = 6000) -> tuple[Cid, Cid, Cid]:
    """A site with a sharded folder and a file of two blocks: its root, the file's second block, a page."""
    made: list[Block] = []

    def emit(block: Block) -> None:
        made.append(block)
        blocks.put(block)

    page = add_file([b"one page"], MODERN, emit)
    links = {f"posts/{n:06}-with-a-long-name/index.html": page for n in range(names)}
    shown = add_file(["第一页".encode()], MODERN, emit)
    file = add_file([b"a" * MODERN.chunk_size, b"tail"], MODERN, emit)
    tail = next(block.cid for block in made if block.data == b"tail")
    files = {**links, "posts/中文/index.html": shown, "video.mp4": file, "again/video.mp4": file}
    return add_tree(files, MODERN, emit).cid, tail, shown.cid


def test_a_block_is_told_by_the_pages_it_belongs_to_and_shards_have_no_path() -> None:
    blocks = Blocks()
    root, tail, shown = large(blocks)
    found = pages(blocks.get, root, [tail, shown, root])
    assert found == {tail: ["/again/video.mp4", "/video.mp4"], shown: ["/posts/中文/index.html"], root: ["/"]}
    shards = [block.cid for block in reachable(blocks.get, root) if b"\x08\x05" in block.data[-40:]]
    assert len(shards) > 10
    assert set(pages(blocks.get, root, shards[1:2])[shards[1]]) == {"/posts"}


def test_the_page_of_a_block_is_known_without_that_block() -> None:
    blocks = Blocks()
    root = blocks.site(sample_pages(3))
    folder = next(cid for cid in every(blocks.get, root) if pages(blocks.get, root, [cid])[cid] == ["/posts/1"])
    del blocks.data[folder]
    assert pages(blocks.get, root, [folder])[folder] == ["/posts/1"]
    assert folder in list(every(blocks.get, root))
    assert folder in spread(blocks.get, root, 100)


def test_every_block_is_walked_once_as_a_car_would_have_it() -> None:
    blocks = Blocks()
    root, _, _ = large(blocks, 50)
    assert set(every(blocks.get, root)) == {block.cid for block in reachable(blocks.get, root)}
    assert len(list(every(blocks.get, root))) == len(set(every(blocks.get, root)))


def test_a_block_that_a_file_has_twice_is_told_once() -> None:
    blocks = Blocks()
    chunk = bytes(1 << 20)
    root = add_tree({"big": add_file([chunk, chunk], MODERN, blocks.put)}, MODERN, blocks.put).cid
    block = Cid.make(Codec.RAW, sha256(chunk))
    assert pages(blocks.get, root, [block]) == {block: ["/big"]}


def test_a_walk_over_every_block_ends_at_its_limit() -> None:
    blocks = Blocks()
    root, _, _ = large(blocks, 50)
    count = len(set(every(blocks.get, root)))
    assert len(list(every(blocks.get, root, ReadLimits(count=count)))) == count
    with pytest.raises(TooMuch):
        list(every(blocks.get, root, ReadLimits(count=count - 1)))


def test_lanes_are_so_many_threads() -> None:
    blocks = Blocks()
    cids = list(every(blocks.get, blocks.site(sample_pages(3))))
    all_three = threading.Barrier(3, timeout=20)

    def get(cid: Cid) -> bytes:
        all_three.wait()
        return blocks.get(cid)

    assert check_together("here", get, cids[:3], 3).blocks == 3


@pytest.mark.parametrize("lanes", [1, 4])
def test_what_came_is_counted_and_what_differs_is_named(lanes: int) -> None:
    blocks = Blocks()
    root = blocks.site(sample_pages(20))
    cids = list(every(blocks.get, root))
    right = check_together("here", blocks.get, cids, lanes)
    assert (right.ok, right.blocks, right.bytes) == (True, len(cids), sum(map(len, blocks.data.values())))
    bad = cids[7]
    wrong = check_together("there", lambda cid: b"other" if cid == bad else blocks.get(cid), cids, lanes)
    assert (wrong.ok, wrong.blocks, wrong.differing) == (False, len(cids) - 1, (bad,))
    del blocks.data[bad]
    lacking = check_together("there", blocks.get, cids, lanes)
    assert (lacking.ok, lacking.differing) == (False, ())
    assert f"does not have {bad}" in lacking.why


def test_a_liar_and_a_silent_place_are_not_asked_for_ever() -> None:
    blocks = Blocks()
    cids = list(every(blocks.get, blocks.site(sample_pages(100))))
    assert len(check_together("liar", lambda cid: b"", cids).differing) == FAULTS
    asked: list[Cid] = []

    def silent(cid: Cid) -> bytes:
        asked.append(cid)
        raise StoreUnreachable("there", "no answer")

    assert check_together("there", silent, cids).why == "no answer"
    assert len(asked) == 1
    asked.clear()

    def empty(cid: Cid) -> bytes:
        asked.append(cid)
        raise BlockMissing("there", "not here")

    assert f"and {FAULTS - 1} more blocks" in check_together("there", empty, cids).why
    assert len(asked) == FAULTS


def test_a_fault_of_our_own_is_not_lost_with_its_thread() -> None:
    def broken(cid: Cid) -> bytes:
        raise ZeroDivisionError

    blocks = Blocks()
    with pytest.raises(ZeroDivisionError):
        check_together("there", broken, list(every(blocks.get, blocks.site(sample_pages(3)))), 3)


def test_blocks_that_nobody_has_end_no_walk() -> None:
    def nobody(cid: Cid) -> bytes:
        raise BlockMissing("x", "not here")

    root = Blocks().site({"index.html": b"x"})
    assert list(every(nobody, root)) == [root]
    assert spread(nobody, root) == (root,)


# As a command, on a real gateway


@dataclass
class Held:
    """A site that a node holds, and two gateways before it."""

    folder: Path
    root: str
    kubo: Node
    liar: Proxy

    def cid(self, path: str) -> str:
        return self.kubo.call("resolve", f"/ipfs/{self.root}/{path}").decode().split("/ipfs/")[1].rstrip('"}\n')


@pytest.fixture
def held(tmp_path: Path, kubo: Node, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Iterator[Held]:
    site = tmp_path / "site"
    assert call("init", str(site)) == 0
    toml = f"[site]\ntitle = '站'\n[stores.local]\nkind = 'kubo'\napi = '{kubo.api}'\n"
    (site / "publish.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(site)
    assert call("--yes", "--json") == 0
    root = json.loads(capsys.readouterr().out.splitlines()[-1])["root"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with proxy(kubo.gateway) as liar:
        yield Held(site, root, kubo, liar)


def told(capsys: Captured) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return row


@pytest.mark.parametrize("lanes", [1, 4])
def test_ctrl_c_waits_for_nobody(lanes: int) -> None:
    blocks, never = Blocks(), threading.Event()
    cids = list(every(blocks.get, blocks.site(sample_pages(3))))

    def silent(cid: Cid) -> bytes:
        never.wait(20)
        raise StoreUnreachable("there", "no answer")

    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        check_together("there", silent, cids, lanes)
    assert time.monotonic() - start < 10
    never.set()


def test_a_sample_is_called_one(held: Held, capsys: Captured) -> None:
    for words, said in (((), True), (("--full",), False)):
        capsys.readouterr()
        assert call("verify", held.root, "--gateway", held.kubo.gateway, *words) == 0
        assert ("--full checks every block" in capsys.readouterr().err) == said


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_a_real_gateway_is_right_and_nothing_is_left_behind(
    held: Held, capsys: Captured, full: tuple[str, ...]
) -> None:
    assert call("verify", held.root, "--gateway", held.kubo.gateway, "--json", *full) == 0
    done = told(capsys)
    assert (done["root"], done["full"]) == (held.root, bool(full))
    row = done["verified"][0]
    assert (row["by"], row["ok"], row["why"]) == (f"gateway {held.kubo.gateway}", True, "")
    assert row["blocks"] > 10
    assert list(Path().iterdir()) == []


def test_one_byte_of_one_page_is_found_with_its_block_and_its_page(held: Held, capsys: Captured) -> None:
    bad = held.cid("about/index.html")
    held.liar.flips.add(bad)
    words = ["verify", held.root, "--gateway", held.kubo.gateway, "--gateway", held.liar.url]
    assert call(*words, "--full", "--json") == 6
    done = told(capsys)
    right, wrong = done["verified"]
    assert right["ok"]
    assert wrong["differs"] == [{"block": bad, "pages": ["/about/index.html"]}]
    assert done["error"]["kind"] == "VerifyError"
    assert f"block {bad} of /about/index.html" in done["error"]["message"]


@pytest.mark.parametrize("path", ["", "posts"])
def test_a_folder_that_differs_at_the_only_place_is_named_too(held: Held, capsys: Captured, path: str) -> None:
    bad = held.cid(path) if path else held.root
    held.liar.flips.add(bad)
    assert call("verify", held.root, "--gateway", held.liar.url, "--full") == 6
    assert f"this source returned wrong bytes for block {bad} of /{path}" in capsys.readouterr().err


def test_who_lacks_a_block_is_told_and_nobody_is_enough_when_alone(held: Held, capsys: Captured) -> None:
    held.liar.lacks.add(held.cid("about/index.html"))
    words = ["verify", held.root, "--full", "--gateway", held.liar.url]
    assert call(*words, "--json") == 4
    assert told(capsys)["error"]["retry"] is True
    assert call(*words, "--gateway", held.kubo.gateway) == 0
    assert "does not have" in capsys.readouterr().err


def test_nobody_who_answers_is_no_verification(held: Held, capsys: Captured) -> None:
    assert call("verify", held.root, "--gateway", "http://127.0.0.1:1") == 4
    assert call("verify", held.root) == 2
    assert "--gateway" in capsys.readouterr().err


def test_in_a_site_it_is_what_was_published_last_from_every_store(
    held: Held, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(held.folder)
    shutil.rmtree(".publish/cache")
    assert call("verify", "--full", "--json") == 0
    done = told(capsys)
    assert (done["root"], done["verified"][0]["by"]) == (held.root, "local")


def test_the_sources_give_this_root_or_it_is_said_which_pages_differ(held: Held, capsys: Captured) -> None:
    words = ["verify", held.root, "--from", str(held.folder), "--gateway", held.kubo.gateway]
    assert call(*words, "--json") == 0
    assert [row["by"] for row in told(capsys)["verified"]] == [
        "sources",
        f"gateway {held.kubo.gateway}",
    ]
    with (held.folder / "content/about.md").open("a", encoding="utf-8") as file:
        file.write("\n一句别的话。\n")
    assert call(*words, "--json") == 6
    done = told(capsys)
    assert "about/index.html" in done["differences"]["changed"]
    assert "about/index.html" in done["error"]["message"]


def test_an_output_folder_is_proved_as_it_is_added(
    held: Held, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(held.folder)
    assert call("build", "-o", "../out") == 0
    monkeypatch.chdir(held.folder.parent / "elsewhere")
    assert call("verify", held.root, "--from", "../out") == 0
    Path("../out/about/index.html").write_text("other")
    assert call("verify", held.root, "--from", "../out") == 6


def edit(held: Held, text: str) -> None:
    with (held.folder / "content/about.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def test_before_a_name_moves_a_gateway_that_changes_a_byte_stops_the_publish(
    held: Held, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(held.folder)
    with Path("publish.toml").open("a", encoding="utf-8") as file:
        file.write(f"[deploy]\ngateways = ['{held.liar.url}']\noutside-timeout = 2\n")
    edit(held, "一句新的话。")
    assert call("build") == 0
    root = capsys.readouterr().out.strip()
    held.liar.flips.add(root)
    assert call("--yes") == 6
    held.liar.flips.clear()
    held.liar.lacks.add(root)
    held.kubo.call("pin/rm", root)
    assert call("--yes") == 4
    assert "no gateway gives the root back" in capsys.readouterr().err
    held.liar.lacks.clear()
    held.kubo.call("pin/rm", root)
    assert call("--yes", "--json") == 0
    assert [row["ok"] for row in told(capsys)["verified"]] == [True, True]


def test_a_gateway_that_has_to_find_the_blocks_on_the_network_is_a_witness(
    held: Held, capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running(tmp_path / "other", MODERN_NODE) as other:
        other.call("swarm/connect", json.loads(held.kubo.call("id"))["Addresses"][0])
        monkeypatch.chdir(held.folder)
        with Path("publish.toml").open("a", encoding="utf-8") as file:
            file.write(f"[deploy]\ngateways = ['{other.gateway}']\noutside = 'always'\n")
        edit(held, "一句新的话。")
        assert call("--yes", "--json") == 0
        done = told(capsys)
        assert [row["by"] for row in done["verified"]] == ["local", f"gateway {other.gateway}"]
        assert other.pins() == {}
        assert other.call("block/stat", str(done["root"]), offline="true")


def test_always_is_told_before_anything_is_stored(
    held: Held, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(held.folder)
    before = held.kubo.pins()
    with Path("publish.toml").open("a", encoding="utf-8") as file:
        file.write("[deploy]\noutside = 'always'\n")
    edit(held, "more")
    assert call("--yes") == 2
    assert "[deploy] gateways" in capsys.readouterr().err
    assert held.kubo.pins() == before


def test_what_any_name_shows_is_verified(site: Site) -> None:
    root = site.publish()["root"]
    for words in (["demo.eth"], []):
        done = site.run("verify", *words, "--full", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["root"] == root
    wrong = site.run("verify", "nobody.eth")
    assert wrong.returncode in (2, 5)
    assert "nobody.eth" in wrong.stderr
