"""`publish gateway` in a process of its own, a site on a real node, and neighbours that change what they give."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid
from tests.gateway.sites import SITE, Blocks
from tests.services.kubo import Node

IMAGES = {f"image-{number:02}.png": bytes([number]) * 3000 for number in range(20)}
PROGRAM = "from publisher.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.url)[-1])

    def get(self, path: str, host: str = "127.0.0.1", **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body and headers of an answer."""
        sent = {"Host": f"{host}:{self.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("GET", path, headers=sent)
            answer = line.getresponse()
            return answer.status, answer.read(), answer.headers

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Its exit code, and what it said after its first line."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out, err


def gateway(folder: Path, *words: str, **env: str) -> AbstractContextManager[Running]:
    """`publish gateway`, started in a folder."""
    return serving(folder, "gateway", *words, **env)


@contextmanager
def serving(folder: Path, *words: str, **env: str) -> Iterator[Running]:
    """A command that prints the address at which it answers, started in a folder. Its caches are beside the folder."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=folder,
        env={**clean, "XDG_CACHE_HOME": str(folder.parent / "caches"), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            if not first:
                raise AssertionError(process.communicate(timeout=15)[1])
            yield Running(process, first)
        finally:
            process.kill()


@contextmanager
def neighbour(node: Node, change: Callable[[str, bytes], bytes]) -> Iterator[tuple[str, list[str]]]:
    """A trustless gateway that has what a node has, changed; and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            request = urllib.request.Request(f"{node.gateway}{path}?format=raw")
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                data = change(path, answer.read())
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *args: object) -> None:
            """Who does not wait for the answer is no fault."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def root(shared_kubo: Node, tmp_path_factory: pytest.TempPathFactory) -> Cid:
    """A site whose blocks are on the node and nowhere else."""
    blocks = Blocks()
    made = blocks.add({**SITE, **IMAGES, "big.bin": os.urandom(3 << 20)})
    file = tmp_path_factory.mktemp("car") / "site.car"
    file.write_bytes(b"".join(car.write([made], walk.reachable(blocks.get, made))))
    shared_kubo.command("dag", "import", str(file))
    return made


@pytest.fixture
def node(shared_kubo: Node) -> Node:
    return shared_kubo
