"""Protect a preview from pages of other origins in the same browser.

Such a page may not read the preview (no CORS) and may not show or run it as a part of itself
(Cross-Origin-Resource-Policy, frames). If the browser says who asks (https://www.w3.org/TR/fetch-metadata/), the page
gets no answer at all. A link may lead a person to a preview, but the page with the link keeps no access to it
(Cross-Origin-Opener-Policy).
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
    # The root is in the host of its own origin: other hosts must not see it in the Referer.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_OWN = frozenset({"same-origin", "none"})


def refused(request: Request) -> Response | None:
    """Return a refusal if a page of another origin asks; None for the preview's own pages and for a person.

    A browser that does not say who asks still sends the origin of a page that could read the answer.
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
    """Return the same responses, but only for pages of their own origin and for people."""

    def guarded(request: Request) -> Response:
        refusal = refused(request)
        return sealed(respond(request) if refusal is None else finish(request, refusal))

    return guarded


def sealed(response: Response) -> Response:
    """Return a response for its own origin alone, which no cache but the browser's may keep."""
    headers = {name: value for name, value in response.headers.items() if not name.startswith("Access-Control-")}
    if "Cache-Control" in headers:
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")
    policy = f"{headers[POLICY]}; {FRAMES}" if POLICY in headers else FRAMES
    return replace(response, headers={**_GUARD, **headers, POLICY: policy})


def refuse(request: Request, response: Response) -> Response:
    """Return a refusal of the server itself in the same form."""
    return sealed(dressed(request, response))


def _is_own(origin: str, host: str) -> bool:
    """Return whether an origin, if one is sent, is that of the requested host."""
    if not origin:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
