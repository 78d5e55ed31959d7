"""Protect a preview from pages of other origins in the same browser.

A page of another origin may not read the preview (no CORS), and may not embed it (Cross-Origin-Resource-Policy,
frame-ancestors). If the browser says that a request comes from such a page (https://www.w3.org/TR/fetch-metadata/),
the response is 403. A person may open a preview through a link on another page, but the other page gets no access to
the preview (Cross-Origin-Opener-Policy).
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
    # The host of a preview may have the root in it, and other hosts must not see it in the Referer.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_OWN = frozenset({"same-origin", "none"})


def refused(request: Request) -> Response | None:
    """Return a response with 403 if the request comes from a page of another origin, else None.

    Requests of the preview's own pages are allowed, and so is a person who opens a link. A browser without
    Sec-Fetch-Site still sends Origin when a page could read the response.
    """
    site = request.header("sec-fetch-site")
    if site in _OWN:
        return None
    visit = request.header("sec-fetch-mode") == "navigate" and request.header("sec-fetch-dest") == "document"
    if site and visit and request.method in ("GET", "HEAD"):
        return None
    if not site and _is_own(request.header("origin"), request.host):
        return None
    return dressed(request, plain(403, "a preview answers only its own pages, and people who open it"))


def private(respond: Respond) -> Respond:
    """Return a function that responds as `respond` does, but refuses requests of pages of other origins."""

    def guarded(request: Request) -> Response:
        refusal = refused(request)
        return sealed(respond(request) if refusal is None else finish(request, refusal))

    return guarded


def sealed(response: Response) -> Response:
    """Return a response that only pages of its own origin may read, and that only the browser may cache."""
    headers = {name: value for name, value in response.headers.items() if not name.startswith("Access-Control-")}
    if "Cache-Control" in headers:
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")
    policy = f"{headers[POLICY]}; {FRAMES}" if POLICY in headers else FRAMES
    return replace(response, headers={**_GUARD, **headers, POLICY: policy})


def refuse(request: Request, response: Response) -> Response:
    """Return an error response of the server with the headers of a preview, as a page if the request accepts HTML."""
    return sealed(dressed(request, response))


def _is_own(origin: str, host: str) -> bool:
    """Return whether an Origin header is empty or has the requested host."""
    if not origin:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
