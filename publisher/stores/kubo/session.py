"""The HTTP session below ipfshttpclient, limited before anything is sent. It is a private part of that library.

Our protections are set on it: it sends no credentials of this machine, follows no redirect, and ends every answer. So
there is no way around it: if the session is not the one that we know, no node is asked.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

import requests
from ipfshttpclient.client import Client

from publisher.errors import ConfigError
from publisher.http.limits import SLOWEST, ResponseTooLong, limit_heads, pieces
from publisher.stores.kubo.address import KuboAddress

Authorize = Callable[[Any], Any]
"""Adds credentials to a request before it is sent."""

LARGEST = 8 << 20
"""Bytes of the largest answer that is read: the pins of a site with seventy thousand roots."""

WORKS = "ipfshttpclient==0.7.0"
"""The version that was tested. A test compares it with pyproject.toml."""


def open_session(
    label: str, address: KuboAddress, authorize: Authorize | None, timeout: float, patience: float
) -> tuple[Any, requests.Session]:
    """Return a client for an address, and its session. Nothing is sent yet.

    `timeout` and `patience` are the seconds that an answer and a connection may take. Raises ConfigError if the session
    cannot be limited.
    """
    # ipfshttpclient 0.7 passes urllib3 2 an argument of version 1, which has no effect and warns at first use.
    warnings.filterwarnings(
        "ignore", message="The 'strict' parameter", category=FutureWarning, module=r"urllib3\.poolmanager"
    )
    client = Client(address.multiaddr, address.base, timeout=(min(patience, timeout), timeout))
    inner, session = _inside(label, client)
    # Without an authorizer, requests would read ~/.netrc and send what it finds there.
    session.auth = authorize or (lambda request: request)
    session.trust_env = not address.loopback
    # A redirected POST becomes a GET, which Kubo refuses with an unhelpful 405.
    session.max_redirects = 0
    session.hooks["response"].append(_bound)
    for manager in {adapter.poolmanager for adapter in session.adapters.values()}:
        limit_heads(manager, SLOWEST * timeout)  # one adapter is mounted for many prefixes
    return inner, session


def _inside(label: str, client: Any) -> tuple[Any, Any]:
    inner: Any = getattr(client, "_client", None)
    with contextlib.suppress(AttributeError):
        inner.open_session()
    session = getattr(inner, "_session", None)
    adapters = session.adapters.values() if isinstance(session, requests.Session) else ()
    if not adapters or not all(hasattr(adapter, "poolmanager") for adapter in adapters) or not _has_an_end():
        what = "the session of this version cannot be limited"
        hint = f"run `pip install '{WORKS}'`, and take PY_IPFS_HTTP_CLIENT_PREFER_HTTPX out of the environment"
        raise ConfigError(label, f"ipfshttpclient {version('ipfshttpclient')}: {what}", hint=hint)
    return inner, session


def _bound(answer: Any, timeout: Any = None, **how: Any) -> None:
    """Limit the body of an answer, in seconds and in bytes, before it is read."""
    silence = timeout[1] if isinstance(timeout, tuple) else timeout
    raw, until = answer.raw, time.monotonic() + SLOWEST * silence
    raw.stream = lambda amount=0, decode_content=True: pieces(raw, LARGEST, lambda: time.monotonic() > until)


@cache
def _has_an_end() -> bool:
    """Return whether a reader of an answer meets the limit that `_bound` sets."""
    answer = requests.Response()
    answer.raw = _Dripping()
    _bound(answer, timeout=1.0)
    with contextlib.suppress(AttributeError, TypeError):
        try:
            for _ in itertools.islice(answer.iter_content(None), LARGEST):
                pass
        except ResponseTooLong:
            return True
    return False


class _Dripping:
    """A body without end."""

    def read1(self, amount: int, decode_content: bool = True) -> bytes:
        """Return `amount` bytes."""
        return bytes(amount)

    def stream(self, amount: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        """Yield bytes without end."""
        return itertools.repeat(b" ")
