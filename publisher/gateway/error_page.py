"""Turn errors into HTML pages for browsers. Other programs get the text of the error without HTML."""

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
    406: "This format is not offered.",
    412: "A condition of the request is not met.",
    414: "This address is too long.",
    416: "This content has no such part.",
    500: "This cannot be shown.",
    501: "This is not offered here.",
    502: "Another server gave no proper answer.",
    503: "There are too many visitors at once.",
    504: "The content did not arrive in time.",
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
    """Return an error response of the gateway as an HTML page if the request accepts HTML.

    Any other response is returned unchanged.
    """
    body = response.body
    if response.status < 400 or "X-Ipfs-Path" in response.headers or not isinstance(body, tuple) or not body:
        return response
    if "text/html" not in request.header("accept"):
        return response.adding({"Vary": "Accept"})
    data = page(response.status, b"".join(body).decode().strip()).encode()
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(data)), "Vary": "Accept", **GUARD}
    return Response(response.status, {**response.headers, **kind}, (data,))


def page(status: int, text: str) -> str:
    """Return the HTML page for an error status. `text` explains the error."""
    phrase = HTTPStatus(status).phrase
    again = '<p><a href="">Try again</a></p>\n' if status in _AGAIN else ""
    body = _BODY.format(
        status=status, phrase=phrase, lead=_LEADS.get(status, f"{phrase}."), text=escape(text), again=again
    )
    return beginning(f"{status} {phrase}", _STYLE) + body
