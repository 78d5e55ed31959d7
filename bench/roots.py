"""Measure how roots are made from memory and from the disk, and how one edit is sent and pinned, against Kubo.

In most cases, Kubo's setting `UnixFSHAMTDirectorySizeEstimation` is `links`, because Kubo is faster with it. In the
case of the folder with many files, both programs use the unchanged 2025 profile.
"""

import gc
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kubo import node, offline
from measure import Pair, pairs, run

PUBLISH = str(Path(sys.executable).with_name("publish"))
SPARE = 512
"""The number of bytes in an upload that belong to HTTP. It does not grow with the size of the blocks."""


def in_memory(bench: Any) -> list[Pair]:
    """Make the root of pages whose bytes are in memory. Kubo reads the same pages from the disk."""
    from publisher.concurrency.threads import thread_map
    from publisher.dag.tree import add_tree
    from publisher.dag.unixfs import MODERN, add_each

    site = _site(bench)
    ipfs, env = offline(bench.folder / "offline-links", links=True)
    files = {path: (site / path).read_bytes() for path in _paths(site)}

    def ours(_: int) -> float:
        gc.collect()
        start = time.perf_counter()
        add_tree(dict(add_each(files.items(), MODERN, _drop, thread_map)), MODERN, _drop)
        return time.perf_counter() - start

    return pairs(bench.pairs, ours, lambda _: _only_hash(ipfs, env, site))


def from_disk(bench: Any) -> list[Pair]:
    """Run `publish add` for a folder that another tool could have built, with an empty cache."""
    site = _site(bench)
    ipfs, env = offline(bench.folder / "offline-links", links=True)
    return pairs(bench.pairs, lambda _: _add(bench, site), lambda _: _only_hash(ipfs, env, site))


def many_files(bench: Any) -> list[Pair]:
    """Run `publish add` for one folder of small files, with an empty cache."""
    folder = bench.folder / f"many-{bench.count}"
    if not folder.exists():
        folder.mkdir()
        drawn = random.Random(bench.seed)
        for number in range(bench.count):
            (folder / f"{number:06}.txt").write_bytes(drawn.randbytes(200))
    ipfs, env = offline(bench.folder / "offline-block", links=False)
    _same_root(ipfs, env, folder, bench)
    return pairs(bench.pairs, lambda _: _add(bench, folder), lambda _: _only_hash(ipfs, env, folder))


def sent_bytes(bench: Any) -> list[Pair]:
    """Count the bytes in the body of an upload after one edit, minus SPARE, against the bytes of the new blocks."""

    def ours(_: int) -> float:
        bench.edit("generic")
        counted = counter.bodies
        roots.append(bench.output("--yes", "--skip-name"))
        return counter.bodies - counted - SPARE

    def theirs(_: int) -> float:
        before, after = (_blocks(bench, root) for root in roots[-2:])
        return sum(after[cid] for cid in after.keys() - before.keys())

    with node(_new(bench, "node")) as (_, _, api), _counting(api) as counter, _store(bench, counter.api):
        roots = [bench.output("--yes", "--skip-name")]
        return pairs(bench.pairs, ours, theirs)


def delta(bench: Any) -> list[Pair]:
    """Measure the time to send and pin a known root after one edit, against `ipfs add -r` of the same output.

    Each program has a local node of its own.
    """

    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid
    from publisher.stores.base import StoreContext, Upload
    from publisher.stores.kubo import KuboSettings, connect

    site = _site(bench)
    with ExitStack() as stack:
        _, _, api = stack.enter_context(node(_new(bench, "ours")))
        ipfs, env, _ = stack.enter_context(node(_new(bench, "theirs")))
        cache = stack.enter_context(Cache(bench.corpus("generic") / ".publish" / "cache"))
        store = connect("local", KuboSettings(api=api), StoreContext(str, str, cache))
        old = Cid.parse(bench.output("build"))
        store.put(Upload(old, "bench", cache.get_verified), lambda done, size: None)
        add = [ipfs, "add", "-rQ", str(site)]
        run(add, bench.folder, env)
        roots = [old]

        def ours(_: int) -> float:
            bench.edit("generic")
            roots.append(Cid.parse(bench.output("build")))
            shipment = Upload(roots[-1], "bench", cache.get_verified, (roots[-2],))
            start = time.perf_counter()
            receipt = store.put(shipment, lambda done, size: None)
            seconds = time.perf_counter() - start
            assert receipt.status == "pinned", receipt
            assert 0 < receipt.sent_bytes < 10 << 20, receipt
            return seconds

        return pairs(bench.pairs, ours, lambda _: run(add, bench.folder, env).seconds)


def _site(bench: Any) -> Path:
    """Build the site, and return its output folder. It stands for the output of any tool."""
    bench.publish("build")
    output: Path = bench.corpus("generic") / "_site"
    return output


def _paths(site: Path) -> list[str]:
    return sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file())


def _add(bench: Any, folder: Path) -> float:
    home = bench.folder / "added"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    return run([PUBLISH, "add", str(folder), "-q"], home).seconds


def _only_hash(ipfs: str, env: dict[str, str], folder: Path) -> float:
    return run([ipfs, "add", "-rQ", "--only-hash", str(folder)], folder.parent, env).seconds


def _same_root(ipfs: str, env: dict[str, str], folder: Path, bench: Any) -> None:
    """Raise SystemExit if the two programs give different roots, because the time of a wrong root means nothing."""
    home = _new(bench, "same")
    ours = subprocess.run([PUBLISH, "add", str(folder), "-q"], cwd=home, check=True, capture_output=True, text=True)
    add = [ipfs, "add", "-rQ", "--only-hash", str(folder)]
    theirs = subprocess.run(add, env=env, check=True, capture_output=True, text=True)
    if ours.stdout != theirs.stdout:
        raise SystemExit(f"another root: ours {ours.stdout}, Kubo's {theirs.stdout}")


def _new(bench: Any, name: str) -> Path:
    folder: Path = bench.folder / f"{name}-{time.monotonic_ns()}"
    folder.mkdir()
    return folder


def _drop(block: object) -> None:
    """Drop a block, because only the root is needed."""


def _blocks(bench: Any, root: str) -> dict[bytes, int]:
    from publisher.cache.store import Cache
    from publisher.dag import walk
    from publisher.dag.cid import Cid

    with Cache(bench.corpus("generic") / ".publish" / "cache") as cache:
        return {block.cid.raw: len(block.data) for block in walk.reachable(cache.get, Cid.parse(root))}


@contextmanager
def _store(bench: Any, api: str) -> Iterator[None]:
    toml = bench.corpus("generic") / "publish.toml"
    plain = toml.read_text()
    toml.write_text(f'{plain}\n[stores.local]\nkind = "kubo"\napi = "{api}"\n')
    try:
        yield
    finally:
        toml.write_text(plain)


class Counter(threading.Thread):
    """A proxy in front of a node. It counts the bytes in the bodies of uploads, including their HTTP framing."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.bodies = 0
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.api = f"/ip4/127.0.0.1/tcp/{self._socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                here, _ = self._socket.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._pass, args=(here, there, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(there, here, False), daemon=True).start()

    def end(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _pass(self, one: socket.socket, other: socket.socket, counts: bool) -> None:
        upload = False
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
                if not counts:
                    continue
                if data.startswith(b"POST "):
                    upload = b"/dag/import" in data.partition(b"\r\n")[0]
                    data = data.partition(b"\r\n\r\n")[2]
                if upload:
                    self.bodies += len(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            one.close()
            other.close()


@contextmanager
def _counting(api: str) -> Iterator[Counter]:
    counter = Counter(int(api.rpartition("/")[2]))
    counter.start()
    try:
        yield counter
    finally:
        counter.end()
