"""Make the responses that only a preview has.

They are the script in its pages, the events that reload the pages, and the page for a site that cannot be built. None
of them is ever part of a root. The script tag is added when a page is sent, and only at the host of the preview.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable
from html import escape
from importlib import resources

from publisher.dag.cid import Cid
from publisher.errors import PublishError
from publisher.fast_dataclass import dataclass, replace
from publisher.gateway import media_types
from publisher.gateway.content import Gateway
from publisher.gateway.context import no_name
from publisher.gateway.message import NOSNIFF, Request, Response
from publisher.gateway.own_pages import beginning
from publisher.gateway.preview.privacy import POLICY, private
from publisher.gateway.respond import answer, finish
from publisher.gateway.respond import respond as respond_plainly

EVENTS = "/.publish/events"
SCRIPT = "/.publish/live.js"
BEAT = 15.0
"""The number of seconds after which a silent event stream sends a comment. Sending fails if the visitor has left."""

AGAIN = 500
"""The number of milliseconds after which a browser connects again if the preview has ended."""

LONGEST_PAGE = 16 << 20
"""A longer HTML file (in bytes) is sent without the script, because adding the script needs all of it in memory."""

MOST_ROOTS = 32
"""The number of recent roots that can be read by their CID.

After a save, the browser may still load the files of a page of an older root.
"""

_FRESH = {"Cache-Control": "no-store", **NOSNIFF}
_STYLE = """body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
li { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
"""
_BODY = """<h1>{title}</h1>
<ul id="publish-problems">
{items}</ul>
"""


@dataclass(frozen=True, slots=True)
class PageFault:
    """A problem that the pages of a preview show."""

    text: str
    level: str = "error"
    url: str = ""
    """The page with the problem, such as `posts/first/`, or "" if the problem concerns no single page."""


@dataclass(frozen=True, slots=True)
class PreviewState:
    """The newest root that could be built, and the problems of the newest build."""

    root: Cid | None = None
    """The newest root, or None if no build has succeeded yet."""
    problems: tuple[PageFault, ...] = ()
    broken: bool = False
    """Whether the newest build failed. Then `root` is from an older build."""


class LiveReload:
    """The state of a preview. The thread that builds sets it, and the threads that serve read it."""

    def __init__(self) -> None:
        self.state = PreviewState()
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._roots: tuple[Cid, ...] = ()
        self._closed = False

    def built(self, root: Cid, problems: Iterable[PageFault] = ()) -> None:
        """Set a new root and the problems of its build."""
        shown = root.to_v1()
        self._roots = (shown, *(each for each in self._roots if each != shown))[:MOST_ROOTS]
        self._set(PreviewState(root, tuple(problems)))

    def shows(self, root: Cid) -> bool:
        """Return whether a root is one of the MOST_ROOTS recent roots."""
        return root.to_v1() in self._roots

    def broken(self, problems: Iterable[str]) -> None:
        """Report that the newest build failed. The root does not change."""
        self._set(PreviewState(self.state.root, tuple(map(PageFault, problems)), broken=True))

    def close(self) -> None:
        """End all event streams."""
        self._closed = True
        self._wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield Server-Sent Events: first the present state, then each new state."""
        place = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(place)
        try:
            sent = None
            yield f"retry: {AGAIN}\n\n".encode()
            while not self._closed:
                place[1].clear()
                state = self.state
                yield b": \n\n" if state is sent else _event(state)
                sent = state
                try:
                    await asyncio.wait_for(place[1].wait(), BEAT)
                except TimeoutError:
                    continue
        finally:
            with self._lock:
                self._waiting.discard(place)

    def _set(self, state: PreviewState) -> None:
        self.state = state
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)


def respond(request: Request, base: Gateway, live: LiveReload, name: str) -> Response:
    """Return the response of a preview. `name` is the name of the site.

    At the host `NAME.localhost`, every page gets the script. At any other host, the recent roots are shown as they
    would be published. Only pages of the same origin may read a response.
    """
    return private(lambda asked: _answer(asked, base, live, name))(request)


def _answer(request: Request, base: Gateway, live: LiveReload, name: str) -> Response:
    host = request.host.rpartition(":")[0] if ":" in request.host else request.host
    if host.lower().rstrip(".") == f"{name}.localhost":
        return _named(request, base, live)
    fixed = replace(base, resolve_name=no_name, home_root=live.state.root, shows=live.shows)
    return respond_plainly(request, fixed)


def _named(request: Request, base: Gateway, live: LiveReload) -> Response:
    if request.path == EVENTS and request.method == "GET":
        return Response(200, {"Content-Type": "text/event-stream; charset=utf-8", **_FRESH}, live.events())
    if request.path == SCRIPT:
        return finish(request, _script())
    state = live.state
    if state.root is None:
        return finish(request, _nothing_yet(state))
    # The page and the script use the same value of `state`, so they have the same root even if a build ends meanwhile.
    fixed = replace(base, resolve_name=lambda _: state.root, shows=lambda root: root == state.root)
    return finish(request, adding_script(answer(request, fixed), state))


def problems_of(error: PublishError) -> tuple[str, ...]:
    """Return the lines that describe an error: all its problems, or else its message and hint."""
    listed = getattr(error, "problems", ())
    return tuple(str(problem) for problem in listed) or (str(error) + (f"; {error.hint}" if error.hint else ""),)


def adding_script(response: Response, state: PreviewState) -> Response:
    """Return a response with the script at the end of the page, if it is a whole HTML page in UTF-8.

    Any other response is returned unchanged.
    """
    sized = "Content-Length" in response.headers
    length = int(response.headers.get("Content-Length", "0"))
    html = response.headers.get("Content-Type", "") == media_types.HTML
    if not html or response.status == 206 or length > LONGEST_PAGE:
        return response
    tag = _tag(state)
    headers = {**response.headers, **({"Content-Length": str(length + len(tag))} if sized else {})}
    if "ETag" in headers:
        headers["ETag"] = headers["ETag"][:-1] + f'.{state.root}"'
    headers.pop("Accept-Ranges", None)
    if POLICY in headers:  # allows the script on listings and error pages, so that they reload too
        headers[POLICY] += "; script-src 'self'; connect-src 'self'"
    return replace(response, headers=headers, body=_with(response, tag))


def _with(response: Response, tag: bytes) -> Iterable[bytes]:
    page = b"".join(_chunks(response))
    at = page.lower().rfind(b"</body>")
    yield page + tag if at < 0 else page[:at] + tag + page[at:]


def _tag(state: PreviewState) -> bytes:
    problems = "" if state.root else f' data-problems="{escape(_texts(state))}"'
    return f'<script src="{SCRIPT}" data-root="{state.root or ""}"{problems}></script>\n'.encode()


def _texts(state: PreviewState) -> str:
    return "\n".join(problem.text for problem in state.problems)


def _script() -> Response:
    data = resources.files("publisher.gateway.preview").joinpath("live.js").read_bytes()
    headers = {"Content-Type": "text/javascript; charset=utf-8", "Content-Length": str(len(data)), **_FRESH}
    return Response(200, headers, (data,))


def _nothing_yet(state: PreviewState) -> Response:
    """Return the page that is shown before the first root exists. It shows the problems, or that a build is running."""
    title = "The site cannot be built" if state.problems else "The site is being built"
    items = "".join(f"<li>{escape(problem.text)}\n" for problem in state.problems)
    data = (beginning(title, _STYLE) + _BODY.format(title=title, items=items)).encode() + _tag(state)
    return Response(503, {**_html(data), **_FRESH}, (data,))


def _chunks(response: Response) -> Iterable[bytes]:
    assert isinstance(response.body, Iterable)
    return response.body


def _html(data: bytes) -> dict[str, str]:
    return {"Content-Type": media_types.HTML, "Content-Length": str(len(data))}


def _event(state: PreviewState) -> bytes:
    problems = [{"text": each.text, "level": each.level, "url": each.url} for each in state.problems]
    told = {"root": str(state.root or ""), "broken": state.broken, "problems": problems}
    data = json.dumps(told, ensure_ascii=False)
    return f"data: {data}\n\n".encode()
