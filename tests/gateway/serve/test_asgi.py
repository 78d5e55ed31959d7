"""Answers part by part, as the server library asks for them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast

import pytest

from publisher.gateway.message import Request, Response
from publisher.gateway.serve.asgi import Application, QueuedResponder
from publisher.gateway.serve.fairness import FairQueue

SCOPE = {
    "type": "http",
    "client": None,
    "method": "GET",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [(b"host", b"a.example")],
}


class AtOnce:
    """A queue in which nobody waits."""

    async def run(self, peer: str, call: Callable[..., Any], *args: Any) -> Any:
        return call(*args)


def answered(body: AsyncIterator[bytes], *, leaves: bool) -> list[Mapping[str, Any]]:
    """What is sent to a visitor, who leaves at once or never."""
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    def respond(request: Request) -> Response:
        return Response(200, {}, body)

    application = Application(QueuedResponder(respond, cast(FairQueue, AtOnce())), log=lambda line: None)
    asyncio.run(cast(Any, application)(SCOPE, receive, send))
    return sent


async def parts(*, fault: bool = False, end: bool = True) -> AsyncIterator[bytes]:
    yield b"a"
    if fault:
        raise OSError("full")
    if not end:
        await asyncio.Event().wait()


def test_a_body_is_sent_part_by_part() -> None:
    assert [each.get("body") for each in answered(parts(), leaves=False)] == [None, b"a", b""]


def test_a_fault_in_a_body_is_raised_and_not_lost() -> None:
    with pytest.raises(OSError, match="full"):
        answered(parts(fault=True), leaves=False)


def test_a_visitor_who_leaves_ends_an_answer_without_end() -> None:
    sent = answered(parts(end=False), leaves=True)
    assert sent[0]["status"] == 200
    assert all(each.get("body") != b"" for each in sent)
