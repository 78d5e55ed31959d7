"""A gateway in front of a real one, that can be made to change a byte, to lack a block, or to be gone."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.services.listening import listening


class Proxy:
    """Answers as the gateway behind it, but for the CIDs that it is told of."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.flips: set[str] = set()
        """CIDs of blocks in which one bit of the last byte is changed."""
        self.lacks: set[str] = set()
        self.asked: list[str] = []
        self.url = ""

    def answer(self, path: str, accept: str) -> tuple[int, bytes]:
        cid = path.split("?")[0].removeprefix("/ipfs/")
        self.asked.append(cid)
        if cid in self.lacks:
            return 404, b""
        request = urllib.request.Request(self.behind + path, headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                body: bytes = answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""
        return 200, body[:-1] + bytes([body[-1] ^ 1]) if cid in self.flips else body


@contextmanager
def proxy(behind: str) -> Iterator[Proxy]:
    """A proxy on a free loopback port."""
    made = Proxy(behind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path, self.headers.get("Accept", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
