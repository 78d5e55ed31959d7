"""Read blocks so that only bytes that hash to the requested CID are returned.

Trustless gateway: https://specs.ipfs.tech/http-gateways/trustless-gateway/
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.dag.cid import IDENTITY, Cid, Get
from publisher.errors import BlockMissing, CidMismatch, ConfigError, StoreRefused, StoreUnreachable
from publisher.http import proxies
from publisher.http.limits import PIECE, limit_heads
from publisher.http.redact import host_of
from publisher.http.redirects import GatewayConnections, RedirectRefused, TooManyRedirects
from publisher.http.retry import BUSY, later

if TYPE_CHECKING:
    import urllib3
    from urllib3 import BaseHTTPResponse

LARGEST = 2 * 1024 * 1024 + 4096
"""Bytes of the largest block that nodes exchange (2 MiB), and a little more. A longer answer is cut off."""

LOGGERS = ("urllib3.connection", "urllib3.connectionpool")
"""Loggers that write whole URLs, which may hold keys."""

NOTHING = "bafkqaaa"
"""The identity CID of no bytes. A gateway is asked for it to see whether it is up."""

PAUSE, LONGEST_PAUSE = 10.0, 300.0
"""Seconds of pause for a gateway that is asked too much: if it does not say how long, and at most."""


ANOTHER = "name another gateway"


class TooBusy(StoreUnreachable):
    """The gateway is asked too much, and says so. `seconds` is the pause that it wants."""

    def __init__(self, who: str, message: str, seconds: float) -> None:
        when = f"in {seconds:.0f} seconds" if seconds < LONGEST_PAUSE else "later: the gateway wants a pause of minutes"
        super().__init__(who, message, hint=f"run again {when}")
        self.seconds = seconds

    @property
    def kind(self) -> str:
        """The name StoreUnreachable: only readers of many blocks need to tell the two apart."""
        return StoreUnreachable.__name__


def checked(get: Get, who: str, hint: str = "do not trust this source") -> Get:
    """Return `get` with every block hashed. It raises CidMismatch for other bytes. `who` and `hint` go into the error.

    The data of an identity CID is in the CID, so `get` is not called. Raises StoreRefused for an unknown hash function.
    """

    def read(cid: Cid) -> bytes:
        if cid.hash_code == IDENTITY:
            return cid.digest
        data = get(cid)
        try:
            right = cid.matches(data)
        except ValueError as error:
            raise StoreRefused(who, str(error), hint="publish with sha2-256") from error
        if not right:
            raise CidMismatch(who, f"the bytes given for {cid} hash to something else", hint=hint)
        return data

    return read


def trustless(
    url: str,
    who: str = "",
    timeout: float = 30.0,
    *,
    local: bool = False,
    total_timeout: float = 60.0,
    max_connections: int = 4,
    proxy: str = "",
) -> Get:
    """Return a `get` that reads blocks from a trustless gateway and hashes them. It is safe for threads.

    With `local`, the gateway returns only blocks that it has itself. `timeout` is in seconds of silence,
    `total_timeout` in seconds for a whole block; `max_connections` is how many connections are kept; `proxy` is the URL
    of an HTTP proxy or empty. Raises ConfigError for a bad URL. The `get` raises BlockMissing, StoreUnreachable if the
    gateway is silent or too slow, StoreRefused, and CidMismatch.
    """
    _check(who or "gateway", url)
    import urllib3

    shown = host_of(url)
    who = who or f"gateway {shown}"
    connections = GatewayConnections(
        url, lambda: _pool(timeout, total_timeout, max_connections, proxy), proxied=bool(proxy)
    )
    # Answered with 412 at once if the block is not there; an online node would search for it until we give up.
    asking = {"Accept": "application/vnd.ipld.raw", **({"Cache-Control": "only-if-cached"} if local else {})}

    def fetch(cid: Cid) -> bytes:
        until = time.monotonic() + total_timeout
        try:
            answer = connections.get(f"{url.rstrip('/')}/ipfs/{cid}?format=raw", asking, until)
            with answer:
                data = _body(who, shown, cid, answer, until)
        except TooManyRedirects as error:
            raise StoreUnreachable(who, f"no answer from {shown} for {cid}: {error}", hint=ANOTHER) from None
        except RedirectRefused as error:
            hint = f"if you trust that address, name it as the gateway; if not, {ANOTHER}"
            raise StoreRefused(who, f"{shown} does not give {cid}: {error}", hint=hint) from None
        except (urllib3.exceptions.HTTPError, TimeoutError) as error:
            from publisher.http.errors import no_answer

            what = f"no answer from {shown} for {cid}"
            raise no_answer(error, who, shown, what, f"run again, or {ANOTHER}") from error
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            return checked(
                lambda _: data, who, f"{ANOTHER}: this one sent a web page, and may be no trustless gateway"
            )(cid)
        return data

    return checked(fetch, who)


def _check(who: str, url: str) -> None:
    """Raise ConfigError for a URL that is not a gateway's, or that holds a password and would be shown."""
    try:
        place = urlsplit(url)
        fault = (
            ""
            if place.scheme in ("http", "https") and place.hostname
            else "the address is not an http:// or https:// URL"
        )
        fault = fault or ("the port must be from 1 to 65535" if place.port == 0 else "")
    except ValueError:
        raise ConfigError(who, "the address is not a URL", hint='write it as "http://127.0.0.1:8080"') from None
    if fault:
        raise ConfigError(who, fault, hint='write it as "http://127.0.0.1:8080"')
    if place.username is not None or place.password is not None:
        hint = "name a gateway that asks for no credentials, or put a proxy before it that adds them"
        raise ConfigError(who, f"{host_of(url)}: credentials in the address are not sent to a gateway", hint=hint)
    if place.query or place.fragment:
        raise ConfigError(
            who, f"{host_of(url)}: the address of a gateway must have no ? or # part", hint="remove that part"
        )


def alive(url: str, timeout: float = 3.0, proxy: str = "") -> Callable[[], bool]:
    """Return a function that says whether a trustless gateway is up. It asks for the empty block, which all have.

    `timeout` is in seconds. Raises ConfigError for a proxy that cannot be used.
    """
    import urllib3

    way = GatewayConnections(url, lambda: _pool(timeout, timeout, 1, proxy), proxied=bool(proxy))

    def ask() -> bool:
        try:
            answer = way.get(f"{url.rstrip('/')}/ipfs/{NOTHING}?format=raw", {}, time.monotonic() + timeout)
            with answer:
                return answer.status == 200
        except (urllib3.exceptions.HTTPError, RedirectRefused, TimeoutError):
            return False

    return ask


def _pool(timeout: float, total_timeout: float, max_connections: int, proxy: str) -> urllib3.PoolManager:
    """Return a connection pool. A connection ends if the head of an answer takes more than `total_timeout` seconds."""
    import urllib3

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)

    # A gateway that asks for a pause is not silent; with retries, the library would raise as if it had not answered.
    retries = urllib3.Retry(total=3, connect=0, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
    limit = urllib3.Timeout(connect=min(10.0, timeout), read=timeout)
    pool = proxies.pool("gateway", proxy, retries=retries, timeout=limit, maxsize=max_connections)
    limit_heads(pool, total_timeout)
    return pool


def pause(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds of pause that a gateway wants: at least one second, at most a few minutes."""
    return min(max(later(headers, PAUSE, now), 1.0), LONGEST_PAUSE)


def _body(who: str, shown: str, cid: Cid, answer: BaseHTTPResponse, until: float) -> bytes:
    if answer.status in (404, 410, 412, 504):
        raise BlockMissing(who, f"{shown} does not have {cid} (HTTP {answer.status})")
    if answer.status in BUSY and (answer.status == 429 or "Retry-After" in answer.headers):
        seconds = pause(answer.headers, datetime.now(UTC))
        raise TooBusy(who, f"{shown} refuses so many requests (HTTP {answer.status})", seconds)
    if answer.status >= 500:
        raise StoreUnreachable(who, f"{shown} answers HTTP {answer.status} for {cid}", hint="run again later")
    if answer.status in (401, 403, 451):
        said = f"{shown} refuses to give {cid} (HTTP {answer.status})"
        raise StoreRefused(who, said, hint=ANOTHER)
    if answer.status != 200:
        raise StoreRefused(
            who, f"{shown} answers HTTP {answer.status} for {cid}", hint="make sure that this is a trustless gateway"
        )
    data = bytearray()
    while piece := answer.read1(PIECE):
        data += piece
        if len(data) > LARGEST:
            said = f"{shown} sends more than {LARGEST} bytes for {cid}"
            raise StoreRefused(who, said, hint="make sure that this is a trustless gateway")
        if time.monotonic() > until:
            raise StoreUnreachable(who, f"{shown} sends {cid} too slowly", hint=f"run again, or {ANOTHER}")
    return bytes(data)
