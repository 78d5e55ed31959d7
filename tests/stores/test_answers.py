"""What we say about answers of pinning services and clusters that no real service gives on demand."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.http.auth import Clock
from publisher.http.retry import LATER
from publisher.stores import pinning
from publisher.stores.base import PinRequest, Upload
from tests.stores.answers import (
    ROOT,
    SITE,
    TOKEN,
    open_cluster,
    open_pinner,
    silent,
)
from tests.stores.fakenode import DRIP_HEAD, DROP, HANG, reply
from tests.stores.fakeweb import FakeWeb, Time, fake_web, said
from tests.stores.opening import store_context

HTML = reply("<html><body>Welcome</body></html>", kind="text/html")


def ask_pinner(web: FakeWeb, time: Time | None = None, **settings: Any) -> object:
    return open_pinner(web, time, **settings).held(ROOT)


def ask_cluster(web: FakeWeb, time: Time | None = None, **settings: Any) -> object:
    return open_cluster(web, time, **settings).held(ROOT)


Ask = Callable[..., object]
BOTH = pytest.mark.parametrize(("ask", "call"), [(ask_pinner, "GET /pins"), (ask_cluster, "GET /version")])


@BOTH
def test_an_html_page_is_not_the_service(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, HTML)
    with pytest.raises(StoreRefused, match="something that is not JSON"):
        ask(web)


@BOTH
def test_brackets_without_end_are_not_the_service(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, reply("[" * 200_000))
    with pytest.raises(StoreRefused, match="something that is not JSON"):
        ask(web)


@BOTH
@pytest.mark.parametrize("body", ["", "null", "[]", "3", '{"a":1}', '{"results":3}', '{"version":5}'])
def test_a_success_that_says_nothing_is_none(web: FakeWeb, ask: Ask, call: str, body: str) -> None:
    web.on(call, reply(body))
    with pytest.raises(StoreRefused):
        ask(web)


@BOTH
def test_a_silent_service_is_given_up_after_the_time_limit(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, HANG)
    with pytest.raises(StoreUnreachable, match=r"did not answer .* within 0\.2 s"):
        ask(web, timeout=0.2)
    assert len(web.asked) == 1


@BOTH
def test_a_broken_connection_is_tried_again_where_that_does_no_harm(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, DROP, DROP, reply("", "401 Unauthorized"))
    time = Time()
    with pytest.raises(StoreRefused, match="does not accept the credentials"):
        ask(web, time)
    assert time.slept == [0.5, 1.0]


@BOTH
def test_an_answer_that_is_cut_is_no_answer(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"version":')
    with pytest.raises(StoreUnreachable, match="broke during"):
        ask(web)


@BOTH
def test_a_rejected_token_is_told_and_never_shown(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, said({"error": {"reason": "UNAUTHORIZED", "details": "expired"}}, "401 Unauthorized"))
    with pytest.raises(StoreRefused, match="does not accept the credentials") as error:
        ask(web)
    assert TOKEN not in f"{error.value} {error.value.hint}"
    assert web.asked[0].authorization == f"Bearer {TOKEN}"


@BOTH
def test_a_token_is_never_carried_to_where_a_redirection_points(web: FakeWeb, ask: Ask, call: str) -> None:
    with fake_web() as elsewhere:
        web.on(call, reply("", "307 Temporary Redirect", more=f"Location: {elsewhere.url}/x?key=1\r\n"))
        with pytest.raises(StoreRefused, match=f"redirects to {elsewhere.url}"):
            ask(web)
        assert not elsewhere.asked


@BOTH
def test_who_wants_to_be_asked_later_is_asked_then(web: FakeWeb, ask: Ask, call: str) -> None:
    busy = reply("", "429 Too Many Requests", more="Retry-After: 7\r\n")
    date = "Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 10:00:09 GMT\r\n"
    web.on(call, busy, reply("", "503 Service Unavailable", more=date), reply("", "403 Forbidden"))
    time = Time()
    with pytest.raises(StoreRefused):
        ask(web, time)
    assert time.slept == [7.0, 9.0]


@BOTH
def test_who_wants_too_long_a_wait_or_never_ends_is_told(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, reply("", "429 Too Many Requests", more=f"Retry-After: {LATER + 1:.0f}\r\n"))
    with pytest.raises(StoreUnreachable, match="accepts the next request in 61 s"):
        ask(web)
    web.on(call, reply("", "429 Too Many Requests", more=f"Retry-After: {LATER:.0f}\r\n"))
    time = Time()
    with pytest.raises(StoreUnreachable, match="refuses further requests for now"):
        ask(web, time)
    assert time.slept == [LATER] * 3


@BOTH
@pytest.mark.parametrize("header", ["Retry-After: soon", "Retry-After: -1", "Retry-After: Sun, 99 Nov", "X: y"])
def test_a_wait_that_is_not_said_clearly_is_our_own(web: FakeWeb, ask: Ask, call: str, header: str) -> None:
    web.on(call, reply("", "503 Service Unavailable", more=f"{header}\r\n"))
    time = Time()
    with pytest.raises(StoreUnreachable, match="not available"):
        ask(web, time)
    assert time.slept == [0.5, 1.0, 2.0]


@BOTH
@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        ("409 Conflict", "", "no room"),
        ("402 Payment Required", "", "no room"),
        ("500 Internal Server Error", "write: no space left on device", "disk of the service is full"),
        ("400 Bad Request", "storage limit exceeded", "no room"),
        ("500 Internal Server Error", "unheard of", "failed: unheard of"),
        ("500 Internal Server Error", "", "HTTP 500 without a reason"),
        ("404 Not Found", "", "this is no"),
        ("413 Content Too Large", "", "no upload of this size"),
        ("502 Bad Gateway", "", "not available"),
    ],
)
def test_a_refusal_is_told_in_words(web: FakeWeb, ask: Ask, call: str, status: str, message: str, told: str) -> None:
    web.on(call, said({"error": {"reason": message}}, status) if message else reply("", status))
    with pytest.raises(StoreError, match=told) as error:
        ask(web)
    assert error.value.hint


@BOTH
def test_an_answer_without_end_is_bounded(web: FakeWeb, ask: Ask, call: str) -> None:
    web.on(call, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b" " * (65 << 20))
    with pytest.raises(StoreRefused, match="more than 67108864 bytes"):
        ask(web)


def test_a_byte_now_and_then_is_no_answer() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
            while not done.wait(0.02):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        settings = pinning.PinningSettings(api=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.1)
        nothing: dict[str, str] = {}
        with pytest.raises(StoreUnreachable, match=r"did not finish its answer .* in 0\.4 s"):
            pinning.connect("service", settings, store_context(nothing, SITE), Clock()).held(ROOT)
    finally:
        done.set()
        thread.join()
        listener.close()


def test_a_head_that_comes_a_line_now_and_then_has_an_end(web: FakeWeb) -> None:
    web.on("GET /pins", DRIP_HEAD)
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    settings = pinning.PinningSettings(api=web.url, token_env="PUBLISH_TOKEN", timeout=0.2)
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match="did not answer"):
        pinning.connect("service", settings, handed, Clock()).held(ROOT)
    assert time.monotonic() - began < 5


def test_a_doctor_raises_nothing_whatever_comes_back(web: FakeWeb) -> None:
    for body in ("", "null", "[]", "[[1]]", '{"version":"1"}', '{"count":1,"results":[{}]}', "<html>"):
        web.replies.clear()
        web.on("GET /", reply(body))
        assert all(one.what for one in open_pinner(web).examine())
        assert all(one.what for one in open_cluster(web).examine())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([str(ROOT), "pinned", "r1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cid", "pin", "results", "count", "requestid", "status", "peer_map", "error", "name"]),
            inner,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_whatever_json_comes_back_it_is_an_answer_or_one_of_our_errors(value: object) -> None:
    with fake_web() as web:
        web.on("GET /", said(value))
        web.on("GET /version", said({"version": "1.1.0"}))
        web.on("POST /", said(value))
        web.on("DELETE /", said(value))
        order, shipment = PinRequest(ROOT, "site"), Upload(ROOT, "site", SITE.get)
        pinner, store = open_pinner(web, wait=5.0), open_cluster(web, wait=5.0)
        for call in (
            lambda: pinner.pin(order),
            lambda: pinner.pins("site"),
            lambda: pinner.unpin(ROOT, "site", frozenset()),
            lambda: store.put(shipment, silent),
            lambda: store.pins("site"),
            lambda: store.unpin(ROOT, "site", frozenset()),
            lambda: store.origins(),
            lambda: list(store.examine()),
            lambda: list(pinner.examine()),
        ):
            with contextlib.suppress(StoreError):
                call()
