"""Bits that flip in the cache: while the sources are at hand, what was lost is built once more, and nobody is asked."""

import json
import random
import sqlite3
import threading
import time
import urllib.request
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.app.repairing_get import RepairingGet
from publisher.cache.store import Cache
from publisher.dag import walk
from publisher.dag.cid import Block, Cid
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_bytes
from publisher.errors import BlockMissing
from tests.cli.test_cli import call
from tests.services.kubo import Node

Captured = pytest.CaptureFixture[str]

CONFIG = '[site]\ntitle = "T"\nurl = "https://t.example/"\n[stores.here]\nkind = "embedded"\n'


@dataclass(frozen=True)
class Site:
    """A site in a folder, its cache as a file."""

    folder: Path
    capsys: Captured

    @property
    def file(self) -> Path:
        return self.folder / ".publish/cache/cache.sqlite"

    def run(self, *words: str) -> tuple[int, str, str]:
        code = call("-C", str(self.folder), *words)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def root(self) -> Cid:
        code, out, err = self.run("build", "-q")
        assert code == 0, err
        return Cid.parse(out.strip())

    def block(self, path: str) -> Cid:
        root = self.root()
        with Cache(self.file.parent) as cache:
            return walk.resolve(cache.get_verified, root, path)

    def flip_block(self, cid: Cid) -> None:
        """One bit of its bytes in the real file."""
        with sqlite3.connect(self.file) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            data = db.execute("SELECT data FROM block WHERE cid = ?", (cid.raw,)).fetchone()[0]
        db.close()
        self.flip_bytes(data[:200])

    def flip_bytes(self, known: bytes) -> None:
        whole = bytearray(self.file.read_bytes())
        at = whole.index(known)
        whole[at + len(known) // 2] ^= 4
        self.file.write_bytes(whole)

    def stages(self) -> list[str]:
        with sqlite3.connect(self.file) as db:
            return [stage for (stage,) in db.execute("SELECT DISTINCT stage FROM memo ORDER BY stage")]

    def output(self) -> dict[str, bytes]:
        top = self.folder / "_site"
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}

    def forget_output(self) -> None:
        for path in sorted((self.folder / "_site").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


@pytest.fixture
def site(tmp_path: Path, capsys: Captured) -> Site:
    folder = tmp_path / "site"
    (folder / "content/posts").mkdir(parents=True)
    (folder / "publish.toml").write_text(CONFIG)
    for n in range(1, 4):
        text = f"---\ntitle: Post {n}\ndate: 2026-01-0{n}\n---\nText {n}.\n\n```python\nx = {n}\n```\n"
        (folder / f"content/posts/p{n}.md").write_text(text)
    (folder / "content/data.bin").write_bytes(random.Random(1).randbytes(3 << 20))
    return Site(folder, capsys)


PLACES = ["posts/p1/index.html", "posts/p1", "posts", "", "feed.xml", "data.bin"]
"""A page, folders, the root, a file, and the node over a large file's parts."""


@pytest.mark.parametrize("path", PLACES)
def test_the_output_is_right_whatever_block_was_damaged(path: str, site: Site) -> None:
    root = site.root()
    before = site.output()
    site.flip_block(site.block(path))
    site.forget_output()
    code, out, err = site.run("build")
    assert (code, out.strip()) == (0, str(root)), err
    assert site.output() == before
    assert ("built once more" in err) == ("." in path)  # of a folder, the rows know what is in it


@pytest.mark.parametrize("path", PLACES)
def test_a_car_has_every_block_whatever_was_damaged(path: str, site: Site) -> None:
    root = site.root()
    assert site.run("build", "--car", str(site.folder / "good.car"))[0] == 0
    site.flip_block(site.block(path))
    code, _, err = site.run("build", "--car", str(site.folder / "new.car"))
    assert code == 0, err
    assert (site.folder / "new.car").read_bytes() == (site.folder / "good.car").read_bytes()
    assert site.run("add", str(site.folder / "new.car"))[1].strip() == str(root)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("held", [True, False])
def test_a_store_gets_every_block_whatever_was_damaged(held: bool, path: str, site: Site) -> None:
    root = site.root()
    if held:
        assert site.run("--yes")[0] == 0
    site.flip_block(site.block(path))
    code, out, err = site.run("--yes")
    assert code == 0, err
    assert str(root) in out
    with Cache(site.file.parent) as cache:
        lacking = [block for block in walk.reachable(cache.get, root) if not block.cid.matches(block.data)]
    assert lacking == [] or held  # of what is held already, leaves are not read again


@pytest.mark.parametrize("path", ["posts/p1/index.html", "posts", "", "data.bin"])
def test_a_real_node_gets_every_block_whatever_was_damaged(path: str, site: Site, kubo: Node) -> None:
    (site.folder / "publish.toml").write_text(
        f'[site]\ntitle = "T"\nurl = "https://t.example/"\n[stores.node]\nkind = "kubo"\napi = "{kubo.api}"\n'
    )
    root = site.root()
    site.flip_block(site.block(path))
    code, out, err = site.run("--yes", "--json")
    assert code == 0, err
    assert json.loads(out)["stores"][0]["status"] == "pinned"
    assert "built once more" in err
    assert str(root) in kubo.pins()
    with Cache(site.file.parent) as cache:
        for block in walk.reachable(cache.get_verified, root):
            assert kubo.call("block/get", str(block.cid), offline="true") == block.data


@pytest.mark.parametrize("path", ["posts/p1/index.html", "posts", ""])
def test_a_difference_is_told_whatever_was_damaged(path: str, site: Site) -> None:
    assert site.run("--yes")[0] == 0
    article = site.folder / "content/posts/p1.md"
    article.write_text(article.read_text().replace("Text 1", "Other words"))
    site.flip_block(site.block(path))
    code, out, err = site.run("diff")
    assert code == 0, err
    assert "Other words" in out


def test_each_kind_of_memo_row_is_made_again(site: Site) -> None:
    root = site.root()
    before = site.output()
    for stage in site.stages():
        with sqlite3.connect(site.file) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            values = [value for (value,) in db.execute("SELECT value FROM memo WHERE stage = ?", (stage,))]
        db.close()
        site.flip_bytes(max(values, key=len)[:300])
        (site.folder / "content/posts/p1.md").touch()
        assert site.root() == root, stage
        assert site.output() == before, stage


@pytest.mark.parametrize("seed", range(12))
def test_bits_anywhere_in_the_file_are_no_matter(seed: int, site: Site) -> None:
    root = site.root()
    before = site.output()
    with sqlite3.connect(site.file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    whole, dice = bytearray(site.file.read_bytes()), random.Random(seed)
    for _ in range(40):
        whole[dice.randrange(100, len(whole))] ^= 1 << dice.randrange(8)
    site.file.write_bytes(whole)
    for _ in range(2):
        site.forget_output()
        code, out, err = site.run("build")
        assert (code, out.strip()) == (0, str(root)), err
        assert site.output() == before
    assert site.run("--yes")[0] == 0


def test_a_folder_that_is_deployed_is_read_again_and_mends_its_blocks(site: Site) -> None:
    site.root()
    made = str(site.folder / "_site")
    root = Cid.parse(site.run("add", made)[1].strip())
    with Cache(site.file.parent) as cache:
        page = walk.resolve(cache.get_verified, root, "posts/p2/index.html")
    site.flip_block(page)
    code, _, err = site.run("deploy", made, "--yes")
    assert code == 0, err


@pytest.mark.parametrize("options", [[], ["--future"], ["--now", "2999-01-01"]])
def test_a_site_with_a_later_article_is_built_again_for_the_same_day(options: list[str], site: Site) -> None:
    later = "---\ntitle: Later\ndate: 2999-01-01\n---\nLater text.\n"
    (site.folder / "content/posts/later.md").write_text(later)
    code, out, err = site.run("build", "-q", *options)
    assert code == 0, err
    whole, root = site.output(), Cid.parse(out.strip())
    with Cache(site.file.parent) as cache:
        cids = [block.cid for block in walk.reachable(cache.get_verified, root) if len(block.data) < 1 << 20]
    for cid in dict.fromkeys(cids):
        with Cache(site.file.parent) as cache:
            cache.drop(cid)
            cache.commit()
        site.forget_output()
        code, out, err = site.run("build", "-q", *options)
        assert code == 0, err
        assert (Cid.parse(out.strip()), site.output()) == (root, whole)


def test_a_root_without_sources_says_what_to_do(site: Site) -> None:
    root = site.root()
    site.flip_block(site.block("posts/p2/index.html"))
    code, _, err = site.run("deploy", str(root), "--yes")
    assert code == 4
    assert "no source has block" in err
    assert "build the site again" in err
    assert site.run("--yes")[0] == 0
    assert site.run("deploy", str(root), "--yes")[0] == 0


def test_the_preview_shows_a_page_whatever_was_damaged(site: Site, tmp_path: Path) -> None:
    from publisher.app.context import Session
    from publisher.app.preview import PreviewOptions, make, repairing
    from publisher.gateway.preview.preview import Preview, PreviewActions

    session = Session(site=site.folder)
    root = make(session, PreviewOptions()).root
    session.close()
    site.flip_block(site.block("posts/p1/index.html"))
    preview = Preview(
        PreviewActions(
            lambda: (root, ()), lambda: repairing(session, PreviewOptions(), session.state / "cache", lambda: root), []
        ),
        "t",
    )
    running = threading.Thread(target=preview.run)
    running.start()
    try:
        url = preview.address.replace("t.localhost", "127.0.0.1") + f"ipfs/{root}/posts/p1/"
        until = time.monotonic() + 30
        while preview.root != root and time.monotonic() < until:  # until it is built there is no such page
            time.sleep(0.05)
        with urllib.request.urlopen(url, timeout=30) as answer:
            page = answer.read().decode()
        assert "Text 1." in page
    finally:
        preview.stop()
        running.join()


class Shop:
    """A small root in a cache, and how often it was made."""

    def __init__(self, folder: Path, spoil: bool = False) -> None:
        self.cache = Cache(folder)
        self.made = 0
        self.spoil = spoil
        self.root = self.make(self.cache)
        self.made = 0

    def make(self, cache: Cache) -> Cid:
        self.made += 1
        links = {f"{n}.txt": add_bytes(b"text %d" % n, MODERN, cache.put) for n in range(3)}
        root = add_tree(links, MODERN, cache.put).cid
        if self.spoil:
            self.damage("1.txt", root)
        return root

    def cid(self, path: str, root: Cid | None = None) -> Cid:
        return walk.resolve(self.cache.get, root or self.root, path)

    def damage(self, path: str, root: Cid | None = None) -> None:
        self.cache.put(Block(self.cid(path, root), b"other"))

    def repairing_get(self) -> RepairingGet:
        return RepairingGet(lambda: self.root, lambda: nullcontext(self.cache), self.make, lambda text: None)


def test_it_is_built_once_however_many_blocks_are_wrong(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    get, cids = shop.repairing_get(), [shop.cid(f"{n}.txt") for n in range(3)]
    for n in range(3):
        shop.damage(f"{n}.txt")
    assert [get(cid) for cid in cids] == [b"text 0", b"text 1", b"text 2"]
    assert shop.made == 1


def test_what_is_wrong_a_second_time_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, spoil=True)
    get, cid = shop.repairing_get(), shop.cid("1.txt")
    with pytest.raises(BlockMissing, match="damaged again, right after") as caught:
        get(cid)
    assert "the disk and the memory" in caught.value.hint
    with pytest.raises(BlockMissing):
        get(cid)
    assert shop.made == 1


def test_blocks_of_other_roots_make_no_work(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    get = shop.repairing_get()
    other: list[Block] = []
    old = add_bytes(b"an older page", MODERN, other.append).cid
    for _ in range(2):
        with pytest.raises(BlockMissing, match="not in the cache"):
            get(old)
    shop.cache.put(Block(old, b"and damaged"))
    with pytest.raises(BlockMissing, match="damaged"):
        get(old)
    assert shop.made == 0
    assert not shop.cache.has(old)


def test_a_block_whose_name_has_flipped_is_absent_and_made_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    cid = shop.cid("2.txt")
    shop.cache.drop(cid)
    assert shop.repairing_get()(cid) == b"text 2"
    assert shop.made == 1


def test_json_tells_one_object_when_something_was_mended(site: Site) -> None:
    site.root()
    site.flip_block(site.block("posts"))
    site.forget_output()
    code, out, _ = site.run("--json", "build")
    assert code == 0
    assert "built once more" in " ".join(json.loads(out)["warnings"])
