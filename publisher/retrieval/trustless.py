"""Read blocks from gateways, and return only bytes that hash to the requested CID.

The specification is https://specs.ipfs.tech/http-gateways/trustless-gateway/.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.dag.cid import IDENTITY, Cid, Get
from publisher.errors import BlockMissing, CidMismatch, StoreRefused, StoreUnreachable
from publisher.http import proxies
from publisher.http.limits import PIECE, limit_heads
from publisher.http.redact import host_of
from publisher.http.redirects import GatewayConnections, RedirectRefused, TooManyRedirects
from publisher.http.retry import BUSY, later
from publisher.retrieval.addresses import check_address

if TYPE_CHECKING:
    import urllib3
    from urllib3 import BaseHTTPResponse

LARGEST = 2 * 1024 * 1024 + 4096
"""The largest answer in bytes that is read: a little more than the largest block that nodes exchange (2 MiB)."""

LOGGERS = ("urllib3.connection", "urllib3.connectionpool")
"""These loggers write whole URLs, which may contain keys. So they are switched off."""

NOTHING = "bafkqaaa"
"""The identity CID of an empty block. A gateway is asked for it to find out whether the gateway works."""

PAUSE, LONGEST_PAUSE = 10.0, 300.0
"""The pause in seconds if a gateway gets too many requests and does not name a pause, and the longest pause.
"""


ANOTHER = "name another gateway"


class TooBusy(StoreUnreachable):
    """The gateway refuses a request because it gets too many. `seconds` is the pause that it asks for."""

    def __init__(self, who: str, message: str, seconds: float) -> None:
        when = f"in {seconds:.0f} seconds" if seconds < LONGEST_PAUSE else "later: the gateway wants a pause of minutes"
        super().__init__(who, message, hint=f"run again {when}")
        self.seconds = seconds

    @property
    def kind(self) -> str:
        """Return `StoreUnreachable`, because the two errors are the same for users."""
        return StoreUnreachable.__name__


def checked(get: Get, who: str, hint: str = "do not trust this source") -> Get:
    """Return a `get` that calls `get` and hashes every block. It raises CidMismatch, with `who` and `hint`, for wrong
    bytes, and StoreRefused for an unknown hash function.

    The data of an identity CID is in the CID, so `get` is not called for it.
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

    `who` is the subject of errors. With `local`, the gateway returns only blocks that it has itself. A request fails
    after `timeout` seconds without a byte, or after `total_timeout` seconds for a whole block. At most
    `max_connections` connections are kept open. `proxy` is the URL of an HTTP proxy, or an empty string. Raises
    ConfigError for a bad URL, and for a proxy that cannot be used. The `get` raises BlockMissing, StoreUnreachable if
    the gateway does not answer or is too slow, StoreRefused if it refuses, and CidMismatch for wrong bytes.
    """
    check_address(who or "gateway", url)
    import urllib3

    shown = host_of(url)
    who = who or f"gateway {shown}"
    connections = GatewayConnections(
        url, lambda: _pool(who, timeout, total_timeout, max_connections, proxy), proxied=bool(proxy)
    )
    # With `only-if-cached`, a node answers 412 at once if it lacks the block. Otherwise the node would search for the
    # block until the request ends.
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


def alive(url: str, timeout: float = 3.0, proxy: str = "") -> Callable[[], bool]:
    """Return a function that asks a trustless gateway for the empty block, and returns whether the gateway works.

    The gateway has to answer within `timeout` seconds. Raises ConfigError for a proxy that cannot be used.
    """
    import urllib3

    way = GatewayConnections(url, lambda: _pool("gateway", timeout, timeout, 1, proxy), proxied=bool(proxy))

    def ask() -> bool:
        try:
            answer = way.get(f"{url.rstrip('/')}/ipfs/{NOTHING}?format=raw", {}, time.monotonic() + timeout)
            with answer:
                return answer.status == 200
        except (urllib3.exceptions.HTTPError, RedirectRefused, TimeoutError):
            return False

    return ask


def _pool(who: str, timeout: float, total_timeout: float, max_connections: int, proxy: str) -> urllib3.PoolManager:
    """Return a connection pool that closes a connection if the head of an answer takes over `total_timeout` seconds.

    `who` is the subject of errors. Raises ConfigError for a proxy that cannot be used.
    """
    import urllib3

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)

    # The library must not retry when a gateway asks for a pause. Otherwise the error after its last try would look like
    # a missing answer.
    retries = urllib3.Retry(total=3, connect=0, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
    limit = urllib3.Timeout(connect=min(10.0, timeout), read=timeout)
    pool = proxies.pool(who, proxy, retries=retries, timeout=limit, maxsize=max_connections)
    limit_heads(pool, total_timeout)
    return pool


def pause(headers: Mapping[str, str], now: datetime) -> float:
    """Return the number of seconds for which a gateway asks us to wait, from 1 to LONGEST_PAUSE."""
    return min(max(later(headers, PAUSE, now), 1.0), LONGEST_PAUSE)


def _body(who: str, shown: str, cid: Cid, answer: BaseHTTPResponse, until: float) -> bytes:
    if answer.status in (404, 410, 412, 504):
        raise BlockMissing(who, f"{shown} does not have {cid} (HTTP {answer.status})")
    if answer.status in BUSY and (answer.status == 429 or "Retry-After" in answer.headers):
        seconds = pause(answer.headers, datetime.now(UTC))
        raise TooBusy(who, f"{shown} refuses further requests for now (HTTP {answer.status})", seconds)
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
