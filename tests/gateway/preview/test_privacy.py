"""A preview is private: its name answers at its own host, and no page of another origin hears of what it shows."""

import asyncio
import contextlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from publisher.dag.cid import Cid
from publisher.dag.unixfs import LEGACY, MODERN, Profile
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Request, Response
from publisher.gateway.preview.live import EVENTS, MOST_ROOTS, SCRIPT, LiveReload, respond
from publisher.gateway.preview.privacy import refuse
from publisher.gateway.serve.asgi import begin
from publisher.gateway.serve.limits import VisitorLimits
from publisher.gateway.serve.server import Server, ServerOptions
from publisher.retrieval.failover import by_either_version
from tests.gateway.running import PROGRAM, gateway
from tests.gateway.sites import SITE, Blocks, body, get
from tests.services.browser import Browser, browser
from tests.services.listening import listening

__all__ = ["browser"]

NAME = "demo.eth"
OWN = f"{NAME}.localhost:8080"
DRAFT = b"<!doctype html><title>a draft</title><h1>not published</h1><iframe srcdoc=x></iframe>"
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
FILES = {**SITE, "index.html": DRAFT, "x.js": b"leaked = 'script'", "dot.svg": DOT, "x.css": b"html{--leaked:1}"}
BLOCKS = Blocks()
OTHER = BLOCKS.add({"index.html": b"<h1>other</h1>"})
ELSEWHERE = ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.5:8080", "127.0.0.2"]


class Shown:
    """A preview without a server."""

    def __init__(self, profile: Profile = MODERN) -> None:
        self.root = BLOCKS.add(FILES, profile)
        self.live = LiveReload()
        self.live.built(self.root)
        self.base = Gateway(PlainReader(by_either_version(BLOCKS.get)), home=NAME, name_seconds=0)

    def ask(self, path: str, host: str = OWN, *, method: str = "GET", **headers: str) -> Response:
        return respond(get(path, host, method=method, **headers), self.base, self.live, NAME)


@pytest.fixture(scope="module")
def shown() -> Shown:
    return Shown()


VISIT = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
PATHS = ["/", "/x.js", "/absent", "/plain/", "/plain", "/%zz", "/plain/digits.txt", EVENTS, SCRIPT, "/?format=raw"]
PATHS += ["/?format=car", "/?format=tar", "/ipfs/ROOT/", "/ipfs/ROOT", "/ipfs/ROOT?format=car", "/ipns/demo.eth/", "//"]
PATHS += ["/ipfs/ROOT/x.js", "/ipfs/OTHER/", "/ipns/", "/ipfs/?uri=ipfs%3A%2F%2FROOT", "/../.publish/events"]
HOSTS = [OWN, *ELSEWHERE, "ROOT.ipfs.localhost", "demo.eth.ipns.localhost:1", "demo-eth.ipns.localhost", "evil.example"]
HOSTS += ["other.localhost", "x.demo.eth.localhost", "demo.eth", "OTHER.ipfs.localhost", "", "a b", "eth.localhost"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("host", HOSTS)
def test_every_answer_is_for_its_own_origin_alone(shown: Shown, host: str, method: str) -> None:
    def filled(text: str) -> str:
        return text.replace("ROOT", str(shown.root)).replace("OTHER", str(OTHER))

    for path in PATHS:
        for more in ({}, VISIT, {"sec_fetch_site": "cross-site"}, {"accept": "text/html"}, {"range": "bytes=0-1"}):
            headers = shown.ask(filled(path), filled(host), method=method, **more).headers
            assert not [name for name in headers if name.lower().startswith(("access-control", "timing"))]
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["X-Frame-Options"] == "SAMEORIGIN"
            assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
            assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
            assert "public" not in headers["Cache-Control"]


@pytest.mark.parametrize("profile", [MODERN, LEGACY])
@pytest.mark.parametrize("host", ELSEWHERE)
def test_the_name_answers_at_its_own_host_and_nowhere_else(host: str, profile: Profile) -> None:
    shown = Shown(profile)
    assert body(shown.ask("/")).startswith(DRAFT)
    for path in ("/ipns/demo.eth/", "/ipns/demo.eth", "/ipns/demo.eth/x.js?format=raw", "/ipns/DEMO.eth/", "/x.js"):
        response = shown.ask(path, host)
        if response.status == 301:  # at localhost to a host that does not answer either
            where = re.fullmatch(r"http://([^/]+)/.*", response.headers["Location"])
            assert where is not None
            response = shown.ask("/", where[1])
        assert response.status == 404
    for other in ("demo.eth.ipns.localhost", "demo-eth.ipns.localhost", "x.demo.eth.localhost", "demo.localhost"):
        assert shown.ask("/", other).status == 404


@pytest.mark.parametrize("profile", [MODERN, LEGACY])
def test_its_own_roots_are_shown_by_their_cid_and_no_other_content(profile: Profile) -> None:
    shown = Shown(profile)
    for path, host in ((f"/ipfs/{shown.root}/", "127.0.0.1"), ("/", f"{shown.root.to_v1()}.ipfs.localhost")):
        response = shown.ask(path, host)
        assert (response.status, body(response)) == (200, DRAFT)
        assert response.headers["Cache-Control"] == "private, max-age=29030400, immutable"
    page = next(each for each in BLOCKS.held if BLOCKS.held[each] == DRAFT)
    for cid in (OTHER, page):
        for query in ("", "?format=raw", "?format=car"):
            assert shown.ask(f"/ipfs/{cid}{query}", "127.0.0.1").status == 404
            assert shown.ask(f"/{query}", f"{cid.to_v1()}.ipfs.localhost").status == 404


def test_no_listing_leads_to_a_cid(shown: Shown) -> None:
    for path, host in (
        ("/plain/", OWN),
        (f"/ipfs/{shown.root}/plain/", "127.0.0.1"),
        ("/plain/", f"{shown.root}.ipfs.localhost"),
    ):
        page = body(shown.ask(path, host))
        assert b"digits.txt" in page
        assert not re.search(rb'href="[^"]*(//cid|filename=)', page)


def test_roots_of_late_are_shown_and_no_older_ones() -> None:
    live = LiveReload()
    roots = [Cid(b"\x01\x70\x12\x20" + bytes([number] * 32)) for number in range(MOST_ROOTS + 1)]
    for root in (*roots, roots[-1]):
        live.built(root)
    live.broken(["a fault"])
    assert [live.shows(root) for root in roots] == [False] + [True] * MOST_ROOTS


def test_a_bare_host_leads_to_what_it_can_reach(shown: Shown) -> None:
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080"):
        assert shown.ask("/", host).headers["Location"] == f"http://{OWN}/"
    assert shown.ask("/", "192.168.1.5:8080").headers["Location"] == f"/ipfs/{shown.root}/"


SUB = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "script"}
FOREIGN = {
    "a script": {"sec_fetch_site": "cross-site", **SUB},
    "of the same site": {"sec_fetch_site": "same-site", **SUB},
    "a fetch": {"sec_fetch_site": "cross-site", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"},
    "a frame": {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
    "an object": {"sec_fetch_site": "same-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "object"},
    "a socket": {"sec_fetch_site": "cross-site", "sec_fetch_mode": "websocket", "upgrade": "websocket"},
    "an origin": {"origin": "http://evil.example"},
    "no origin": {"origin": "null"},
    "another port": {"origin": "http://demo.eth.localhost:9"},
    "what is no origin": {"origin": "http://[x"},
}
OURS = {
    "nothing said": {},
    "its own page": {"sec_fetch_site": "same-origin", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"},
    "its own font": {"sec_fetch_site": "same-origin", "origin": f"http://{OWN}"},
    "an old browser": {"origin": f"http://{OWN.upper()}"},
    "the address bar": {"sec_fetch_site": "none", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
    "a link elsewhere": VISIT,
}


@pytest.mark.parametrize("path", ["/", "/x.js", "/absent", EVENTS, SCRIPT, "/?format=car"])
def test_who_is_answered(shown: Shown, path: str) -> None:
    for who, headers in FOREIGN.items():
        for method in ("GET", "HEAD", "OPTIONS"):
            response = shown.ask(path, method=method, **headers)
            assert response.status == 403, who
            assert b"not published" not in body(response)
            assert "ETag" not in response.headers
            assert "X-Ipfs-Roots" not in response.headers
    for who, headers in OURS.items():
        assert shown.ask(path, **headers).status == (404 if path == "/absent" else 200), who
    assert shown.ask(path, method="POST", **VISIT).status == 403


def test_a_refusal_of_the_server_itself_is_sealed_too() -> None:
    def fails(request: Request) -> Response:
        def broken() -> Iterator[bytes]:
            yield from ()
            raise error

        return Response(200, {}, broken())

    from publisher.errors import BlockMissing

    error = BlockMissing("cache", "gone")
    assert begin(fails, get("/"), refuse).response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    manner = ServerOptions(limits=VisitorLimits(waiting=0), refuse=refuse)
    server = Server(lambda: contextlib.nullcontext(fails), options=manner)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: line.recv(1 << 16), b"")).lower()
    finally:
        server.stop()
    assert answer.startswith(b"http/1.1 503")
    assert b"access-control" not in answer
    assert b"cross-origin-resource-policy: same-origin" in answer


# In a real browser, beside pages of other origins

TRIALS = """
const done = arguments[arguments.length - 1], target = TARGET, said = {};
const element = (tag, fill) => new Promise(resolve => {
  const made = Object.assign(document.createElement(tag), fill);
  made.onload = () => resolve("loaded"); made.onerror = () => resolve("error");
  document.body.append(made); setTimeout(() => resolve("silent"), 3000);
});
const read = options => fetch(target, options).then(async a => a.type + ":" + (await a.text()), () => "error");
const event = () => new Promise(resolve => {
  const source = new EventSource(target + ".publish/events");
  source.onmessage = e => resolve(e.data); source.onerror = () => resolve("error");
});
const talk = () => new Promise(resolve => {
  const line = new WebSocket(target.replace("http", "ws") + ".publish/events");
  line.onopen = () => resolve("open"); line.onerror = () => resolve("error");
});
(async () => {
  said.fetch = await read({});
  said.opaque = await read({mode: "no-cors"});
  said.preflight = await read({headers: {"X-Mine": "1"}});
  said.events = await event();
  said.socket = await talk();
  said.script = await element("script", {src: target + "x.js"});
  said.module = await element("script", {src: target + "x.js", type: "module"});
  said.image = await element("img", {src: target + "dot.svg"});
  said.style = await element("link", {rel: "stylesheet", href: target + "x.css"});
  said.leaked = String(window.leaked) + getComputedStyle(document.documentElement).getPropertyValue("--leaked");
  await element("iframe", {src: target});
  await element("object", {data: target, type: "text/html"});
  const inside = n => { try { return window[n].length } catch { return "x" } };
  await new Promise(resolve => setTimeout(resolve, 300));
  said.frames = [...Array(window.length).keys()].map(inside).join();
  done(said);
})();
"""


@contextlib.contextmanager
def foreign() -> Iterator[int]:
    """Pages of another server on this machine, at whatever host they are asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>foreign</title><body>foreign</body>")

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        yield server.server_port


@dataclass(frozen=True, slots=True)
class Serving:
    """A preview on a port, and what it was asked."""

    server: Server
    shown: Shown
    asked: list[int]

    def targets(self) -> dict[str, str]:
        root = self.shown.root
        by_path = f"{self.server.address}ipfs/{root}/"
        return {"name": self.server.named(NAME), "path": by_path, "root": self.server.named(f"{root}.ipfs")}


@contextlib.contextmanager
def preview(*, told: bool) -> Iterator[Serving]:
    """With `told` off it does not hear what browsers say of who asks, as older ones do not."""
    shown, asked = Shown(), list[int]()

    def answer(request: Request) -> Response:
        silent = {name: value for name, value in request.headers.items() if not name.startswith(("sec-", "origin"))}
        said = respond(request if told else replace(request, headers=silent), shown.base, shown.live, NAME)
        asked.append(said.status)
        return said

    manner = ServerOptions(refuse=refuse, readers=4)
    server = Server(lambda: contextlib.nullcontext(answer), on_stop=shown.live.close, options=manner)
    server.start()
    yield Serving(server, shown, asked)
    server.stop()


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with preview(told=True) as made:
        yield made


@pytest.fixture(scope="module")
def trusting() -> Iterator[Serving]:
    with preview(told=False) as made:
        yield made


def tried(browser: Browser, page: str, target: str) -> dict[str, str]:
    """What a page of another origin gets out of a preview."""
    browser.driver.set_script_timeout(30)
    with foreign() as port:
        browser.open(f"http://{page}:{port}/")
        said: dict[str, str] = browser.driver.execute_async_script(TRIALS.replace("TARGET", repr(target)))
    return said


def assert_nothing(said: dict[str, str]) -> None:
    assert said.pop("leaked") == "undefined"
    assert set(said.pop("frames").split(",")) <= {"x", "0", ""}
    assert said.pop("opaque") in ("error", "opaque:")
    assert set(said.values()) <= {"error", "silent"}, said


PAGES = ["127.0.0.1", "evil.localhost", "other.eth.localhost", "demo.eth.localhost"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("where", ["name", "path", "root"])
def test_a_page_of_another_origin_reads_shows_and_runs_nothing(
    browser: Browser, serving: Serving, page: str, where: str
) -> None:
    serving.asked.clear()
    assert_nothing(tried(browser, page, serving.targets()[where]))
    assert set(serving.asked) == {403}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("where", ["name", "path", "root"])
def test_nor_does_one_in_a_browser_that_does_not_say_who_asks(
    browser: Browser, trusting: Serving, page: str, where: str
) -> None:
    assert_nothing(tried(browser, page, trusting.targets()[where]))
    assert 200 in trusting.asked


def test_who_follows_a_link_sees_it_and_the_page_keeps_no_hold_of_it(browser: Browser, serving: Serving) -> None:
    server = serving.server
    with foreign() as port:
        browser.open(f"http://evil.localhost:{port}/")
        first = browser.driver.current_window_handle
        browser.driver.execute_script(f"kept = window.open({server.named(NAME)!r})")
        browser.wait("return kept.closed")
        second = next(each for each in browser.driver.window_handles if each != first)
        browser.driver.switch_to.window(second)
        browser.wait("return document.body.innerText.includes('not published')")
        assert browser.driver.execute_script("return [window.opener, document.referrer]") == [
            None,
            f"http://evil.localhost:{port}/",
        ]
        browser.driver.close()
        browser.driver.switch_to.window(first)


def test_its_own_page_loads_and_hears_all_of_it(browser: Browser, serving: Serving) -> None:
    browser.driver.set_script_timeout(30)
    for where, target in serving.targets().items():
        browser.open(target)
        said = browser.driver.execute_async_script(TRIALS.replace("TARGET", repr(target)))
        assert said["leaked"].startswith("script")
        assert said["fetch"].startswith("basic:<!doctype html>")
        assert (said["script"], said["image"], said["style"]) == ("loaded", "loaded", "loaded")
        assert (where == "name") == (str(serving.shown.root) in said["events"])


def test_other_hosts_hear_nothing_of_where_a_reader_comes_from(browser: Browser, serving: Serving) -> None:
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Referer", ""))
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as other:
        browser.open(serving.targets()["root"])
        browser.driver.execute_script(f"new Image().src = 'http://127.0.0.1:{other.server_port}/x.png'")
        browser.wait("return performance.getEntriesByType('resource').some(e => e.name.endsWith('x.png'))")
    assert heard
    assert set(heard) == {""}


# The program

CONFIG = '[site]\ntitle = "Mine"\n[build]\n'


@contextlib.contextmanager
def previewing(site: Path, *words: str) -> Iterator[str]:
    """`publish preview` in a folder; its address."""
    command = [sys.executable, "-c", PROGRAM, "preview", *words]
    with subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.communicate(timeout=30)


def fetched(address: str, path: str = "/", host: str = "") -> tuple[int, bytes, str]:
    import http.client

    found = re.fullmatch(r"http://(.*):(\d+)/", address)
    assert found is not None
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", int(found[2]), timeout=30)) as line:
        line.request("GET", path, headers={"Host": f"{host or found[1]}:{found[2]}"})
        answer = line.getresponse()
        return answer.status, answer.read(), answer.headers.get("X-Ipfs-Roots", "")


def test_blocks_of_drafts_are_not_where_the_gateway_of_the_site_looks(tmp_path: Path) -> None:
    (tmp_path / "content" / "posts").mkdir(parents=True)
    (tmp_path / "publish.toml").write_text('[site]\ntitle = "Mine"\n')
    (tmp_path / "content/posts/a.md").write_text("---\ntitle: Told\ndate: 2026-01-01\n---\nfor everybody\n")
    (tmp_path / "content/posts/b.md").write_text("---\ntitle: Kept\ndate: 2026-01-02\ndraft: true\n---\nfor me alone\n")
    roots = {}
    for words in ((), ("-D",)):
        with previewing(tmp_path, *words) as address:
            for _ in range(100):
                status, page, root = fetched(address)
                if status == 200:
                    break
                threading.Event().wait(0.1)
            assert (b"Kept" in page) is bool(words)
            assert b"Told" in page
            roots[words] = root
            drafted = fetched(address, "/posts/b/")
            assert (b"for me alone" in drafted[1]) is bool(words)
            assert fetched(address, f"/ipfs/{root}/", "127.0.0.1")[0] == 200
            assert fetched(address, "/ipns/mine/", "127.0.0.1")[0] == 404
            page_of_draft = drafted[2].split(",")[-1]
    with gateway(tmp_path, "--offline", "--dns", "none") as running:
        assert running.get(f"/ipfs/{roots[()]}/")[0] == 200
        assert running.get(f"/ipfs/{roots[('-D',)]}/")[0] == 404
        assert running.get(f"/ipfs/{page_of_draft}")[0] == 404


def test_events_go_on_for_its_own_page(shown: Shown) -> None:
    async def first() -> bytes:
        response = shown.ask(EVENTS, sec_fetch_site="same-origin")
        events = response.body.__aiter__()  # type: ignore[union-attr]
        return await anext(events) + await anext(events)

    assert str(shown.root).encode() in asyncio.run(first())
