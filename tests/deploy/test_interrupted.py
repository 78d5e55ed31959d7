"""Ctrl-C while several stores are sent to: the process ends in order, and the next run goes on."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deploy.test_whole import PUBLISH
from tests.services.listening import listening
from tests.stores.fakenode import NOT_PINNED, VERSION, reply

READERS = """
import sys, threading, time
from pathlib import Path
from publisher.cache.store import Cache
from publisher.app.context import CachePool
from publisher.dag.cid import Block, Cid, Codec, sha256
from publisher.errors import Interrupted

folder = Path(sys.argv[1])
cids = []
with Cache(folder) as cache:
    for number in range(64):
        data = bytes([number]) * 500_000
        block = Block(Cid.make(Codec.RAW, sha256(data)), data)
        cache.put(block)
        cids.append(block.cid)
ended = []

def read(shelves):
    try:
        while True:
            for cid in cids:
                shelves.get(cid)
    except Interrupted:
        ended.append(1)

for turn in range(10):
    with Cache(folder) as cache:
        shelves = CachePool(folder, cache)
        threads = [threading.Thread(target=read, args=(shelves,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        shelves.close()
        for thread in threads:
            thread.join()
print(len(ended))
"""


def test_connections_in_use_are_closed_after_what_is_read_is_read(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", READERS, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "30\n"), done.stderr


@dataclass
class Slow:
    """A node that takes an upload a piece at a time, until it is told to be quick."""

    begun: threading.Event = field(default_factory=threading.Event)
    quick: threading.Event = field(default_factory=threading.Event)
    root: str = ""
    """What it pins."""
    api: str = ""

    def answer(self, endpoint: str, root: str) -> bytes:
        if endpoint == "version":
            return VERSION
        if endpoint == "pin/ls":
            held = {"Keys": {self.root: {"Type": "recursive", "Name": "三份"}}}
            return reply(json.dumps(held)) if self.root == root else NOT_PINNED
        if endpoint == "dag/stat":
            return reply(json.dumps({"DagStats": [{"Cid": root, "Size": 1, "NumBlocks": 1}]}))
        return reply(json.dumps({"Root": {"Cid": {"/": self.root}, "PinErrorMsg": ""}}))


@contextmanager
def slow_node(root: str) -> Iterator[Slow]:
    node = Slow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            endpoint = url.path.removeprefix("/api/v0/")
            if endpoint == "dag/import":
                node.begun.set()
                while size := int(self.rfile.readline(), 16):
                    node.quick.wait(0.2)
                    self.rfile.read(size + 2)
                node.root = root
            self.close_connection = True
            self.wfile.write(node.answer(endpoint, parse_qs(url.query).get("arg", [""])[0]))

        def handle(self) -> None:
            with contextlib.suppress(OSError, ValueError):  # whoever sent has gone
                super().handle()

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        # Little is taken in advance: what was sent would be over before anybody can stop it.
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        node.api = f"/ip4/127.0.0.1/tcp/{server.server_port}"
        try:
            yield node
        finally:
            node.quick.set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_while_two_stores_are_sent_to_ends_in_order_and_the_next_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/index.html").write_text("<h1>你好</h1>", encoding="utf-8")
    (tmp_path / "pages/图.bin").write_bytes(os.urandom(12_000_000))
    (tmp_path / "publish.toml").write_text('[site]\ntitle = "三份"\n', encoding="utf-8")
    root = subprocess.check_output([*PUBLISH, "add", "pages"], cwd=tmp_path, text=True, stderr=subprocess.DEVNULL)
    words = [*PUBLISH, "deploy", root.strip(), "--yes", "--json"]
    with slow_node(root.strip()) as first, slow_node(root.strip()) as second:
        for label, node in (("first", first), ("second", second)):
            with (tmp_path / "publish.toml").open("a", encoding="utf-8") as toml:
                toml.write(f'[stores.{label}]\nkind = "kubo"\napi = "{node.api}"\n')
        with subprocess.Popen(
            words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        ) as run:
            assert first.begun.wait(20)
            assert second.begun.wait(20)
            run.send_signal(number)
            out, err = run.communicate(timeout=20)
        if number is signal.SIGKILL:
            assert run.returncode == -9
        else:
            assert run.returncode == 130, err
            assert out.count("\n") == 1
            assert json.loads(out)["error"]["kind"] == "Interrupted"
            assert "Traceback" not in err
            assert "Exception" not in err
        first.quick.set()
        second.quick.set()
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        assert [row["status"] for row in json.loads(done.stdout)["stores"]] == ["pinned", "pinned"], done.stderr
