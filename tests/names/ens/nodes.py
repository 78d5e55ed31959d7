"""JSON-RPC end points that do what a real one cannot be made to do: lie, stall, break off, answer in other forms."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any
from urllib.request import Request, urlopen

from tests.services.listening import listening

Reply = dict[str, Any]
Respond = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextlib.contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """A server on a free port; `respond` writes the whole answer. Gives its URL, with a key in path and query."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            respond(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as server:
        yield f"http://user:hunter2@127.0.0.1:{server.server_port}/v3/hunter2?key=hunter2"


def write(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    for key, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(key.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def answering(answer: Callable[[str, list[Any]], Reply], batches: bool = True) -> Respond:
    """JSON-RPC whose every question is answered by a function: {"result": ...} or {"error": ...}."""

    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked = json.loads(body)
        if isinstance(asked, list) and not batches:
            return write(handler, json.dumps({"error": {"code": -32600, "message": "no batches"}}).encode())
        replies = [
            {"jsonrpc": "2.0", "id": one["id"], **answer(one["method"], one["params"])}
            for one in (asked if isinstance(asked, list) else [asked])
        ]
        replies.reverse()  # a batch may be answered in any order
        return write(handler, json.dumps(replies if isinstance(asked, list) else replies[0]).encode())

    return respond


@contextlib.contextmanager
def hanging() -> Iterator[str]:
    """An end point that takes a request and never answers it."""
    released = Event()
    with serving(lambda handler, body: (released.wait(60), None)[1]) as url:
        try:
            yield url
        finally:
            released.set()


@contextlib.contextmanager
def recording(upstream: str) -> Iterator[tuple[str, list[Trip]]]:
    """A node behind a proxy that writes down each round trip."""
    trips: list[Trip] = []

    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked = json.loads(body)
        trip = Trip([one["method"] for one in (asked if isinstance(asked, list) else [asked])])
        trips.append(trip)

        def note(method: str, params: list[Any], reply: Reply) -> Reply:
            trip.mined |= method == "eth_getTransactionReceipt" and reply.get("result") is not None
            return reply

        between(upstream, note)(handler, body)

    with serving(respond) as url:
        yield url, trips


@dataclass(slots=True)
class Trip:
    """The methods of one round trip, and whether it brought a receipt."""

    methods: list[str]
    mined: bool = False


def before_and_after(trips: list[Trip]) -> tuple[int, int]:
    """How many round trips come before a transaction is sent, and how many after its receipt is there."""
    sent = next(number for number, trip in enumerate(trips) if "eth_sendRawTransaction" in trip.methods)
    mined = next(number for number, trip in enumerate(trips) if trip.mined)
    return sent, len(trips) - mined - 1


def between(upstream: str, alter: Callable[[str, list[Any], Reply], Reply]) -> Respond:
    """A node behind a proxy that may change each answer; it sees the method and the parameters."""

    def answer(method: str, params: list[Any]) -> Reply:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = Request(upstream, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=20) as got:
            reply = json.load(got)
        return alter(method, params, {key: reply[key] for key in ("result", "error") if key in reply})

    return answering(answer)
