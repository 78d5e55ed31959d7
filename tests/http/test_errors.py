"""What services answer that no real one can be made to, and what the reader is told: clusters and pinning services."""

import contextlib
import http.client
import inspect
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import urllib3
import urllib3.exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch, ConfigError, StoreError, StoreRefused, StoreUnreachable
from publisher.http.auth import Clock, credentials
from publisher.http.client import open_service, rechunked
from publisher.http.errors import FOREIGN, ServiceCall, translate, words
from publisher.http.redact import LONGEST, short
from publisher.http.retry import LATER
from publisher.stores import cluster, pinning
from publisher.stores.base import Pinner, PinRequest, Store, Upload
from publisher.stores.pinning.service import FORGOTTEN
from tests.stores.fakenode import DRIP_HEAD, DROP, HANG, reply
from tests.stores.fakeweb import Asked as Request
from tests.stores.fakeweb import FakeWeb, Time, fake_web, said
from tests.stores.opening import store_context
from tests.stores.sites import Blocks, pages

SITE = Blocks()
OLD = SITE.site(pages(5))
ROOT = SITE.site(pages(5, edited=[1]))
OTHER = SITE.site(pages(6))
TOKEN = "token-that-nobody-sees"
ASKED = ServiceCall("friends", "IPFS Cluster", "http://host:9094", 60.0, False, "see `api`", "GET /version")
HTML = reply("<html><body>Welcome</body></html>", kind="text/html")


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with fake_web() as one:
        yield one


def silent(done: int, total: int) -> None:
    """No progress bar."""


def open_pinner(web: FakeWeb, time: Time | None = None, **settings: Any) -> Pinner:
    given: dict[str, Any] = {"api": web.url, "token_env": "PUBLISH_TOKEN", "wait": 100.0}
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    return pinning.connect("service", pinning.PinningSettings(**(given | settings)), handed, (time or Time()).clock())


def open_cluster(web: FakeWeb, time: Time | None = None, **settings: Any) -> Store:
    web.replies.setdefault("GET /version", [said({"version": "1.1.0"})])
    web.replies.setdefault("GET /allocations/", [said({"code": 404, "message": "not there"}, "404 Not Found")])
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    settings = {"api": web.url, "token_env": "PUBLISH_TOKEN"} | settings
    return cluster.connect("friends", cluster.ClusterSettings(**settings), handed, (time or Time()).clock())


def pin(status: str, root: Cid = ROOT, **more: Any) -> dict[str, Any]:
    """A row as a pinning service gives it."""
    given = {"cid": str(root), "name": more.pop("name", "site")}
    row = {"requestid": "r1", "status": status, "created": "2026-11-22T10:00:00Z", "delegates": [], "pin": given}
    return row | more


def listed(*rows: dict[str, Any], count: int | None = None) -> bytes:
    return said({"count": len(rows) if count is None else count, "results": list(rows)})


def peers(**statuses: str) -> bytes:
    rows = {f"id-{name}": {"peername": name, "status": status, "error": ""} for name, status in statuses.items()}
    return said({"cid": str(ROOT), "name": "site", "peer_map": rows})


def allocated(root: Cid = ROOT, name: str = "site") -> bytes:
    return said({"cid": str(root), "name": name, "allocations": [], "replication_factor_max": -1})


def added(root: Cid = ROOT) -> bytes:
    return said([{"name": "site.car", "cid": str(root), "bytes": 1}])


# The map of exceptions


def foreign_classes() -> list[type[Exception]]:
    """All that urllib3 and what is beneath it define."""
    found = []
    for module in (urllib3.exceptions, http.client):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Exception) and not issubclass(one, Warning) and one.__module__ == module.__name__:
                found.append(one)
    return found


@pytest.mark.parametrize("kind", foreign_classes(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_of_the_library_is_in_the_map(kind: type[Exception]) -> None:
    made = kind.__new__(kind)
    Exception.__init__(made, "secret-key-in-a-url")
    assert isinstance(made, FOREIGN)
    ours = translate(made, ASKED)
    assert isinstance(ours, StoreRefused | StoreUnreachable)
    assert ours.who == "friends"
    assert ours.hint


@pytest.mark.parametrize(
    ("theirs", "ours", "words_in_it"),
    [
        (TimeoutError("timed out"), StoreUnreachable, "did not answer GET /version within 60 s"),
        (ConnectionResetError(104, "reset"), StoreUnreachable, "broke during GET /version"),
        (ssl.SSLError(1, "wrong version number"), StoreRefused, "no secure connection"),
        (UnicodeError("label too long"), StoreUnreachable, "no such host"),
        (http.client.BadStatusLine("SSH-2.0"), StoreRefused, "this is no IPFS Cluster"),
        (urllib3.exceptions.InvalidHeader("x"), StoreUnreachable, "broke"),
    ],
)
def test_an_exception_becomes_what_the_reader_should_do(
    theirs: Exception, ours: type[StoreError], words_in_it: str
) -> None:
    error = translate(theirs, ASKED)
    assert type(error) is ours
    assert words_in_it in str(error)


# Both kinds alike


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
    with pytest.raises(StoreUnreachable, match="refuses so many requests"):
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


# Pinning services


def test_a_service_that_accepts_and_forgets_is_found_out(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said({"error": {"reason": "NOT_FOUND"}}, "404 Not Found"))
    time = Time()
    with pytest.raises(StoreRefused, match="no longer lists"):
        open_pinner(web, time).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 1
    assert FORGOTTEN <= time.seconds < 2 * FORGOTTEN  # a busy cluster takes seconds to see its own request


def test_a_service_that_is_late_to_show_a_request_is_waited_for(web: FakeWeb) -> None:
    late = said({}, "404 Not Found")
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", late, late, late, said(pin("queued")), late, late, late, said(pin("pinned")))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


@pytest.mark.parametrize("where", ["POST /pins", "GET /pins/r1"])
def test_another_root_in_the_answer_stops(web: FakeWeb, where: str) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said(pin("pinned")))
    web.on(where, said(pin("pinned", OTHER)))
    with pytest.raises(CidMismatch):
        open_pinner(web).pin(PinRequest(ROOT, "site"))


def test_rows_that_were_not_asked_for_do_not_count(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("pinned", OTHER), pin("failed")))
    assert not open_pinner(web).held(ROOT)
    assert open_pinner(web).held(OTHER)


def test_a_success_with_an_error_inside_is_an_error(web: FakeWeb) -> None:
    web.on("GET /pins", said({"error": {"reason": "INTERNAL", "details": "data base is down"}}))
    with pytest.raises(StoreRefused, match="INTERNAL: data base is down"):
        open_pinner(web).held(ROOT)


def test_what_failed_is_asked_for_anew_once_and_told_in_its_own_words(web: FakeWeb) -> None:
    failed = pin("failed", info={"status_details": "no providers found"})
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said(failed))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    with pytest.raises(StoreRefused, match="no providers found"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 2
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_what_had_failed_before_this_run_is_asked_for_anew_once_and_no_more(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("failed")))
    web.on("POST /pins", said(pin("failed", requestid="r2")))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    with pytest.raises(StoreRefused, match="could not pin"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 1
    assert not web.calls("DELETE /pins/r2")


def test_a_request_for_the_other_version_of_a_root_is_taken_away_too(web: FakeWeb) -> None:
    zero = Cid(ROOT.raw[2:])
    web.on("GET /pins", listed(pin("pinned", zero, name="site")))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    assert open_pinner(web).unpin(ROOT, "site", frozenset())
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_where_the_root_is_the_id_a_failed_request_is_not_taken_away_for_that_would_unpin(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("failed", requestid=str(ROOT))))
    web.on(f"GET /pins/{ROOT}", said(pin("pinned", requestid=str(ROOT))))
    web.on("POST /pins", said(pin("pinned", requestid=str(ROOT))))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert not web.calls("DELETE /pins")


def test_two_values_are_no_answer(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", reply(json.dumps(pin("pinned")) + "," + json.dumps(pin("pinned"))))
    with pytest.raises(StoreError):
        open_pinner(web).pin(PinRequest(ROOT, "site"))


def test_what_another_name_failed_to_pin_is_left_alone(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed(pin("failed", name="theirs")))
    web.on("POST /pins", said(pin("pinned", requestid="r2")))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert not web.calls("DELETE /pins")


def test_a_request_that_broke_on_the_way_is_looked_for_and_not_made_twice(web: FakeWeb) -> None:
    web.on("GET /pins", listed(), listed(pin("pinned")))
    web.on("POST /pins", DROP)
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert len(web.calls("POST /pins")) == 1


def test_a_request_that_was_lost_is_told_and_made_by_the_next_run(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed())
    web.on("POST /pins", DROP, said(pin("pinned")))
    with pytest.raises(StoreUnreachable, match="broke during POST /pins"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


def test_a_duplicate_is_what_was_wanted(web: FakeWeb) -> None:
    web.on("GET /pins", listed(), listed(pin("pinned")))
    web.on("POST /pins", said({"error": {"reason": "DUPLICATE_OBJECT"}}, "400 Bad Request"))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


def test_the_wait_has_an_end_with_growing_pauses_and_delegates_are_met_once(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued", delegates=["/dns4/a/tcp/1/p2p/X"]), "202 Accepted"))
    web.on("GET /pins/r1", said(pin("pinning", delegates=["/dns4/a/tcp/1/p2p/X", "/dns4/b/tcp/1/p2p/Y"])))
    time = Time()
    met: list[tuple[str, ...]] = []
    receipt = open_pinner(web, time, wait=100.0).pin(PinRequest(ROOT, "site", connect_peers=met.append))
    assert receipt.status == "pinning"
    assert met == [("/dns4/a/tcp/1/p2p/X",), ("/dns4/b/tcp/1/p2p/Y",)]
    assert time.slept[:-1] == sorted(time.slept[:-1])
    assert max(time.slept) <= 20.0
    assert sum(time.slept) == pytest.approx(100.0)


def test_a_request_names_at_most_twenty_origins_public_ones_first(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("pinned")))
    near = tuple(f"/ip4/127.0.0.1/tcp/{n}/p2p/X" for n in range(30))
    far = "/ip4/203.0.113.1/tcp/4001/p2p/X"
    open_pinner(web, origins=("/dns4/mine/tcp/1/p2p/Z",)).pin(PinRequest(ROOT, "站点", (*near, far)))
    body = json.loads(web.calls("POST /pins")[0].body)
    assert body["origins"][:2] == ["/dns4/mine/tcp/1/p2p/Z", far]
    assert len(body["origins"]) == 20
    assert (body["cid"], body["name"]) == (str(ROOT), "站点")


def test_a_head_that_comes_a_line_now_and_then_has_an_end(web: FakeWeb) -> None:
    web.on("GET /pins", DRIP_HEAD)
    handed = store_context({"PUBLISH_TOKEN": TOKEN}, SITE)
    settings = pinning.PinningSettings(api=web.url, token_env="PUBLISH_TOKEN", timeout=0.2)
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match="did not answer"):
        pinning.connect("service", settings, handed, Clock()).held(ROOT)
    assert time.monotonic() - began < 5


ONE, TWO = "1" * 16, "2" * 16


@pytest.mark.parametrize("theirs", [{"name": "theirs"}, {"name": "site", "meta": {"site": TWO}}], ids=["name", "title"])
def test_what_another_site_of_the_account_asked_for_is_asked_for_once_more(
    web: FakeWeb, theirs: dict[str, Any]
) -> None:
    row = pin("pinned") | {"pin": {"cid": str(ROOT), **theirs}}
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed(row))
    web.on("POST /pins", said(pin("pinned", requestid="r2")))
    assert not open_pinner(web).pin(PinRequest(ROOT, "site", site=ONE)).shared
    (asked,) = web.calls("POST /pins")
    assert json.loads(asked.body)["meta"] == {"site": ONE}


def test_of_two_requests_of_one_title_only_our_own_is_taken_away(web: FakeWeb) -> None:
    rows = [
        pin("pinned", requestid=id_) | {"pin": {"cid": str(ROOT), "name": "site", "meta": {"site": site}}}
        for id_, site in (("r1", ONE), ("r2", TWO))
    ]
    web.on("GET /pins", listed(*rows))
    web.on("DELETE /pins/r1", said({}, "202 Accepted"))
    assert open_pinner(web).unpin(ROOT, "site", frozenset((ONE,)))
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_what_is_called_pinned_at_once_and_is_not_there_then_was_forgotten(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("GET /pins/r", reply("{}", "404 Not Found"))
    web.on("POST /pins", said(pin("pinned")))
    with pytest.raises(StoreRefused, match="no longer lists"):
        open_pinner(web, Time()).pin(PinRequest(ROOT, "site"))


def test_a_request_that_is_ours_already_is_not_made_again(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("pinned", requestid="r0", name="theirs"), pin("pinned")))
    assert not open_pinner(web).pin(PinRequest(ROOT, "site", site=ONE)).shared


def test_a_list_is_read_to_its_end_and_no_further(web: FakeWeb) -> None:
    rows = [pin("pinned", requestid=f"r{n}", created=f"2026-11-22T10:00:{n:02}Z") for n in range(30, 0, -1)]

    def page(asked: Request) -> bytes:
        before = asked.query.get("before", ["3000"])[0]
        fitting = [row for row in rows if row["created"] < before]
        return listed(*fitting[:10], count=len(fitting))

    web.on("GET /pins", page)
    assert open_pinner(web).pins("site") == {ROOT}
    assert len(web.asked) == 3
    web.on("GET /pins", listed(pin("pinned"), count=10**9))  # the same page for ever
    assert open_pinner(web).pins("site") == {ROOT}
    assert len(web.asked) == 5


# Clusters


def test_a_cluster_that_answers_with_another_root_stops(web: FakeWeb) -> None:
    web.on("POST /add", added(OTHER))
    with pytest.raises(CidMismatch, match=str(OTHER)):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


@pytest.mark.parametrize(
    "answer", [{"code": 500, "message": "disk quota exceeded"}, [{"code": 500, "message": "disk quota exceeded"}]]
)
def test_an_upload_with_an_error_inside_a_success_is_an_error(web: FakeWeb, answer: object) -> None:
    web.on("POST /add", said(answer))
    with pytest.raises(StoreRefused):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


def test_a_cluster_that_accepts_and_forgets_is_found_out(web: FakeWeb) -> None:
    web.on("POST /add", added())
    web.on("GET /pins/", peers())
    with pytest.raises(StoreUnreachable, match="no longer lists"):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


def test_an_upload_that_is_wanted_later_is_made_then_and_from_its_beginning(web: FakeWeb) -> None:
    web.on("POST /add", reply("", "429 Too Many Requests", more="Retry-After: 7\r\n"), added())
    web.on("GET /pins/", peers(one="pinned"))
    web.on("GET /allocations/", said({"code": 404}, "404 Not Found"), allocated())
    time = Time()
    assert open_cluster(web, time).put(Upload(ROOT, "site", SITE.get), silent).status == "pinned"
    assert time.slept == [7.0]
    first, second = web.calls("POST /add")
    assert first.body == second.body
    assert len(first.body) > 5 * 2000


def test_a_cluster_may_rest_while_it_takes_an_upload_as_long_as_it_may_be_silent(web: FakeWeb) -> None:
    web.on("POST /add", added())
    web.pause = 1.0
    asked = replace(ASKED, where=web.url, timeout=5.0)
    service = open_service(asked, web.url, None, Clock(), patience=0.2)
    size = 24 << 20
    assert service.upload("/add", "site.car", size, lambda: [bytes(1 << 20)] * 24).status == 200


def test_a_cluster_that_dies_after_half_of_the_upload_is_unreachable(web: FakeWeb) -> None:
    web.on("POST /add", DROP)
    with pytest.raises(StoreUnreachable, match="broke during POST /add"):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)
    assert len(web.calls("POST /add")) == 1


def test_peers_that_lag_are_named_when_the_wait_is_over(web: FakeWeb) -> None:
    missing = said({"code": 404, "message": "not there"}, "404 Not Found")
    web.on("GET /allocations/", missing, allocated())
    web.on("POST /add", added())
    web.on("GET /pins/", peers(anna="pinned", bert="pin_queued", carl="remote"))
    time = Time()
    receipt = open_cluster(web, time, wait=30.0).put(Upload(ROOT, "site", SITE.get), silent)
    assert (receipt.status, receipt.note) == ("pinning", "1 of 2 peers pin the root; bert: pin queued")
    assert 30.0 <= sum(time.slept) < 33.0


def test_a_peer_in_error_is_asked_to_try_again_and_then_named(web: FakeWeb) -> None:
    missing = said({"code": 404, "message": "not there"}, "404 Not Found")
    web.on("GET /allocations/", missing, allocated())
    web.on("POST /add", added())
    web.on("POST /pins/", said({}))
    web.on("GET /pins/", peers(anna="pinned", bert="pin_error"))
    time = Time()
    with pytest.raises(StoreUnreachable, match="1 of 2 peers pin the root; bert: pin error"):
        open_cluster(web, time).put(Upload(ROOT, "site", SITE.get), silent)
    assert len(web.calls("POST /pins/")) == 1
    assert 10.0 <= sum(time.slept) < 13.0


@pytest.mark.parametrize("status", ["pin_error", "unpinned", "pinning", "cluster_error", "undefined", "nonsense"])
def test_held_means_that_each_peer_says_pinned(web: FakeWeb, status: str) -> None:
    web.on("GET /allocations/", allocated())
    web.on("GET /pins/", peers(anna="pinned", bert=status))
    assert not open_cluster(web).held(ROOT)
    web.on("GET /pins/", peers(anna="pinned", bert="pinned", carl="remote"))
    assert open_cluster(web).held(ROOT)
    assert not open_cluster(web, replication=3).held(ROOT)
    web.on("GET /pins/", peers(carl="remote"))
    assert not open_cluster(web).held(ROOT)


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


# Small things


def test_a_message_is_one_line_of_bounded_length_without_control_characters() -> None:
    assert short("a\n\x1b[31m  b") == "a [31m b"
    assert len(short("x" * 1000)) == LONGEST
    assert short('Post "https://me:key@node:5001/api/key?k=1": refused') == 'Post "https://node:5001": refused'
    assert words(b"[" * 100_000) == ""
    assert words('{"message": "磁盘已满"}'.encode()) == "磁盘已满"


def test_a_token_with_a_line_end_inside_is_refused_and_one_at_its_end_is_not() -> None:
    def holding(token: str) -> Callable[[str], str]:
        return lambda variable: token

    sign = credentials("service", holding("abc\n"), "PUBLISH_TOKEN")
    assert sign is not None
    assert sign() == "Bearer abc"
    for token in ("a\nb", "", "ключ"):
        with pytest.raises(ConfigError, match="the token"):
            credentials("service", holding(token), "PUBLISH_TOKEN")


def test_many_small_pieces_become_few_large_ones() -> None:
    pieces = list(rechunked([b"ab"] * 100, 50))
    assert b"".join(pieces) == b"ab" * 100
    assert {len(piece) for piece in pieces} == {50}
