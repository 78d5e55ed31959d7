"""Follow the redirects of a gateway only to its own host and the hosts below it, and never into a private network.

A gateway with an origin for each root answers `/ipfs/CID` with a redirect to `CID.ipfs.HOST`. If any redirect were
followed, the operator of a gateway could make us send requests to services that only this machine can reach.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from publisher.http.addresses import is_public
from publisher.http.limits import PIECE, watch_peers

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

MAX_REDIRECTS = 3
"""At most this many redirects are followed for one block."""

MOVED = frozenset({301, 302, 303, 307, 308})


class RedirectRefused(Exception):
    """A redirect is not followed. The text of the exception says why."""


class TooManyRedirects(RedirectRefused):
    """There were more than MAX_REDIRECTS redirects."""


class GatewayConnections:
    """Connections to one gateway and to its redirect targets. They are safe for threads.

    `make_pool` returns a connection pool. A redirect target may have a private IP address only if the gateway itself
    has one. The IP address of the actual connection is checked, because an answer of DNS may change. With `proxied`,
    the proxy makes the connections, so only host names are compared.
    """

    def __init__(self, url: str, make_pool: Callable[[], PoolManager], *, proxied: bool = False) -> None:
        self._host = _host(url)
        self._first, self._redirected = make_pool(), make_pool()
        self._private: bool | None = None
        """This says whether the gateway has a private IP address. It is None before the first connection."""
        self._proxied = proxied
        if not proxied:
            watch_peers(self._first, self._note_peer)
            watch_peers(self._redirected, self._check_peer)

    def get(self, url: str, headers: Mapping[str, str], until: float) -> BaseHTTPResponse:
        """Follow redirects and return the last answer. Its body is not read yet.

        `until` is the value of `time.monotonic()` at which the time is over. Raises RedirectRefused if a redirect must
        not be followed, TooManyRedirects, TimeoutError, and every exception that the pool raises.
        """
        pool, secure = self._first, False
        for _ in range(MAX_REDIRECTS + 1):
            there, named = _loopback(url)
            answer = pool.request("GET", there, headers={**headers, **named}, preload_content=False, redirect=False)
            location = answer.headers.get("Location", "") if answer.status in MOVED else ""
            if not location:
                return answer
            if self._private is None and not self._proxied:  # The connection has not reported its IP address.
                raise RedirectRefused("the gateway redirects, but its own IP address is unknown")
            _drain(answer, until)
            secure = secure or url.lower().startswith("https:")
            url, pool = self._redirect_target(url, location, secure), self._redirected
        raise TooManyRedirects("too many redirections")

    def _redirect_target(self, here: str, location: str, secure: bool) -> str:
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        try:
            target = urljoin(here, location)
            place = parse_url(target)
        except (LocationParseError, ValueError):
            raise RedirectRefused("the gateway redirects to something that is no address") from None
        # Some parsers end the host at such a character, and others do not. So two programs could see different hosts.
        if place.host is None or place.auth is not None or any(sign <= " " or sign in "\\\x7f" for sign in location):
            raise RedirectRefused("the gateway redirects to something that is no address")
        if place.scheme not in ("http", "https") or (secure and place.scheme == "http"):
            raise RedirectRefused(
                f"the gateway redirects from {here.partition(':')[0].lower()}:// to {place.scheme}://"
            )
        host = place.host.lower().rstrip(".")
        if host != self._host and not (host.endswith(f".{self._host}") and not _is_address(self._host)):
            raise RedirectRefused(f"the gateway redirects to {place.scheme}://{place.netloc}, which is another host")
        return target

    def _note_peer(self, address: str) -> None:
        self._private = not is_public(address)

    def _check_peer(self, address: str) -> None:
        if not self._private and not is_public(address):
            raise RedirectRefused(f"the gateway redirects to {address}, which is no address of the public network")


def _drain(answer: BaseHTTPResponse, until: float) -> None:
    """Read the body of a redirect, so that its connection can be used again. If the body is long, close the connection.

    Raises TimeoutError if `until` is over.
    """
    taken = 0
    while piece := answer.read1(PIECE):
        taken += len(piece)
        if taken > PIECE or time.monotonic() > until:
            answer.close()
            break
    else:
        answer.release_conn()
    if time.monotonic() > until:
        raise TimeoutError


def _loopback(url: str) -> tuple[str, dict[str, str]]:
    """Return the URL to connect to, and the headers for it.

    For a host below localhost, the URL has the host `localhost`, and the headers have the original host. So DNS cannot
    send the request to another machine. Any other URL is returned as it is, without headers.
    """
    from urllib3.util import parse_url

    place = parse_url(url)
    if not (place.host or "").endswith(".localhost"):
        return url, {}
    return place._replace(host="localhost").url, {"Host": place.netloc or ""}


def _host(url: str) -> str:
    from urllib3.util import parse_url

    return (parse_url(url).host or "").lower().rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
