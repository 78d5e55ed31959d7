"""An error as an HTML page for browsers. Programs get the same sentence as text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from publisher.gateway.message import Request, Response
from publisher.gateway.own_pages import GUARD, beginning

_LEADS: Mapping[int, str] = {
    400: "This address cannot be read.",
    403: "This host is not served here.",
    404: "Nothing is here.",
    405: "Nothing can be changed here.",
    406: "This form is not offered.",
    412: "It is not as it was asked for.",
    414: "This address is too long.",
    416: "No such part is there.",
    500: "This cannot be shown.",
    501: "This is not offered here.",
    502: "What was given is not what was asked for.",
    503: "Too many are here at once.",
    504: "It did not come in time.",
}
_AGAIN = frozenset({502, 503, 504})
_STYLE = """body { max-width: 36rem; margin: 15vh auto 2rem; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.3 }
small { opacity: .7 }
"""
_BODY = """<h1>{lead}</h1>
<p dir="auto">{text}</p>
{again}<p><small>{status} {phrase}</small></p>
"""


def dressed(request: Request, response: Response) -> Response:
    """Return an error of our own as a page if the visitor accepts HTML, and any other answer as it is."""
    body = response.body
    if response.status < 400 or "X-Ipfs-Path" in response.headers or not isinstance(body, tuple) or not body:
        return response
    if "text/html" not in request.header("accept"):
        return response.adding({"Vary": "Accept"})
    data = page(response.status, b"".join(body).decode().strip()).encode()
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(data)), "Vary": "Accept", **GUARD}
    return Response(response.status, {**response.headers, **kind}, (data,))


def page(status: int, text: str) -> str:
    """Return the page of an error: its status in words, then the full text."""
    phrase = HTTPStatus(status).phrase
    again = '<p><a href="">Try again</a></p>\n' if status in _AGAIN else ""
    body = _BODY.format(
        status=status, phrase=phrase, lead=_LEADS.get(status, f"{phrase}."), text=escape(text), again=again
    )
    return beginning(f"{status} {phrase}", _STYLE) + body
