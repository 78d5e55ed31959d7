"""With a uvicorn that lacks what a limit for visitors stands on, nothing is served."""

import pytest

from publisher.gateway.serve import trial
from publisher.gateway.serve.protocol import Connection
from tests.renamed import run

SERVED = """
import contextlib
from publisher.errors import ConfigError
from publisher.gateway.message import plain
from publisher.gateway.serve.server import Server
server = Server(lambda: contextlib.nullcontext(lambda request: plain(200, "here")))
try:
    server.start()
except ConfigError as error:
    print(error, error.hint)
else:
    print("served")
finally:
    server.stop()
"""


def test_the_server_starts_with_uvicorn_as_it_is() -> None:
    assert run(SERVED) == "served\n"
    assert trial.lost() == ()


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("pipeline", {"pipelined"}),
        ("on_response_complete", {"idle_seconds"}),
        ("headers", {"head_bytes", "body_seconds"}),
        ("cycle", {"head_bytes", "connections"}),
        ("transport", {"head_seconds", "connections_each", "slowest"}),
        ("url", {"head_bytes"}),
        ("keep_alive", {"body_bytes"}),
    ],
)
def test_without_a_part_that_a_limit_stands_on_nothing_is_served(name: str, limits: set[str]) -> None:
    said = run(SERVED, {"uvicorn": {name: "renamed"}})
    assert "these limits for visitors do not hold" in said
    assert limits <= set(said.split(": ", 2)[2].split(" run ")[0].split(", ")), said
    assert trial.WORKS in said


def test_without_its_connections_nothing_is_served() -> None:
    said = run(SERVED, gone=["uvicorn.protocols.http.httptools_impl"])
    assert all(name in said for name in trial.TRIALS)


def test_a_limit_that_is_taken_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    trial.lost.cache_clear()
    monkeypatch.setattr(Connection, "check_deadlines", lambda self, now: None)
    try:
        assert trial.lost() == ("head_seconds", "body_seconds", "idle_seconds", "slowest")
    finally:
        trial.lost.cache_clear()


SIGNAL = """
import contextlib, os, signal, threading
from publisher.gateway.message import plain
from publisher.gateway.serve.server import Server
server = Server(lambda: contextlib.nullcontext(lambda request: plain(200, "here")))
def stop():
    while not (server._server and server._server.started):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=stop).start()
print(server.run())
"""


def test_without_a_hook_for_signals_the_server_ends_as_it_did() -> None:
    assert run(SIGNAL, {"uvicorn": {"capture_signals": "signals_captured"}}) == run(SIGNAL) == "15\n"
