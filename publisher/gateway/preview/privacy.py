"""What keeps a preview from the pages of other origins that are open in the same browser.

A page elsewhere may not read it (no CORS) and not show or run it as a part of itself (Cross-Origin-Resource-Policy,
frames). Where the browser says who asks (https://www.w3.org/TR/fetch-metadata/), such a page is not even answered. A
person may be led to a preview, as by a link; the page that led there keeps no hold of it (Cross-Origin-Opener-Policy).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from publisher.gateway.error_page import dressed
from publisher.gateway.message import Request, Respond, Response, plain
from publisher.gateway.respond import finish

POLICY = "Content-Security-Policy"
FRAMES = "frame-ancestors 'self'"

_GUARD = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    # The root is in the host of its own origin: other hosts hear nothing of where their visitors come from.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_OWN = frozenset({"same-origin", "none"})


def refused(request: Request) -> Response | None:
    """A refusal where a page of another origin asks; None where the preview's own pages or a person do.

    Browsers that say nothing of themselves name the origin where a page would read the answer.
    """
    site = request.header("sec-fetch-site")
    if site in _OWN:
        return None
    visit = request.header("sec-fetch-mode") == "navigate" and request.header("sec-fetch-dest") == "document"
    if site and visit and request.method in ("GET", "HEAD"):
        return None
    if not site and _is_own(request.header("origin"), request.host):
        return None
    return dressed(request, plain(403, "a preview is shown to its own pages alone, and to who opens it"))


def private(respond: Respond) -> Respond:
    """The same answers, for the pages of their own origin and for who opens them."""

    def guarded(request: Request) -> Response:
        refusal = refused(request)
        return sealed(respond(request) if refusal is None else finish(request, refusal))

    return guarded


def sealed(response: Response) -> Response:
    """An answer as a preview gives it: for its own origin alone, and for no cache but the browser's."""
    headers = {name: value for name, value in response.headers.items() if not name.startswith("Access-Control-")}
    if "Cache-Control" in headers:
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")
    policy = f"{headers[POLICY]}; {FRAMES}" if POLICY in headers else FRAMES
    return replace(response, headers={**_GUARD, **headers, POLICY: policy})


def refuse(request: Request, response: Response) -> Response:
    """A refusal of the server itself."""
    return sealed(dressed(request, response))


def _is_own(origin: str, host: str) -> bool:
    """Whether an origin, when one is named, is the one that was asked."""
    if not origin:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
