"""Serve the embedded chain over HTTP, so that clients talk to it exactly as to a real node."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, list[Any]], dict[str, Any]]
"""A function from a method and its parameters to a JSON-RPC answer.

The answer is `{"result": ...}` or `{"error": {"code", "message", "data"}}`.
"""

LARGEST = 1 << 20
"""The largest request in bytes. Requests of this program are far smaller."""


class RpcServer(ThreadingHTTPServer):
    """JSON-RPC over HTTP on a free loopback port. Only one request at a time reaches the chain."""

    daemon_threads = True
    disable_nagle_algorithm = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Return the URL of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer requests in another thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering requests, and free the port."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def reply(self, call: Any) -> dict[str, Any]:
        """Return the answer to one call, with its id."""
        if not isinstance(call, dict) or "method" not in call:
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "not a call"}}
        with self.lock:
            said = self.answer(str(call["method"]), list(call.get("params") or []))
        part: dict[str, Any] = {key: said[key] for key in ("result", "error") if key in said}
        return {"jsonrpc": "2.0", "id": call.get("id"), **part}


class _Handler(BaseHTTPRequestHandler):
    """Answers POST requests. A request with a list is a batch of calls."""

    server: RpcServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body go into one packet. Otherwise every call waits 40 ms for an acknowledgement.

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST:
            self.send_error(413)
            return
        try:
            asked = json.loads(self.rfile.read(size))
        except ValueError:
            asked = None
        said = [self.server.reply(call) for call in asked] if isinstance(asked, list) else self.server.reply(asked)
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Write nothing, because the demonstration prints its own lines."""
