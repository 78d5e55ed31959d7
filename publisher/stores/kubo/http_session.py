"""Open the HTTP session that ipfshttpclient uses, and limit it before anything is sent.

The limited session sends no credentials of this machine, follows no redirect, and stops reading an endless answer. The
session is a private part of the library. If the session has an unknown form, it cannot be limited, and no request is
sent.
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
"""A function that adds credentials to a request before it is sent."""

LARGEST = 8 << 20
"""The largest answer in bytes that is read. A list of seventy thousand pins has this size."""

WORKS = "ipfshttpclient==0.7.0"
"""The version of the library that was tested. A test compares it with pyproject.toml."""


def open_session(
    label: str, address: KuboAddress, authorize: Authorize | None, timeout: float, patience: float
) -> tuple[Any, requests.Session]:
    """Return a client for an address, and its session. Nothing is sent yet.

    `timeout` is the time limit in seconds for an answer, and `patience` the limit for a connection. Raises ConfigError
    if the session cannot be limited.
    """
    # ipfshttpclient 0.7 passes an argument of urllib3 1 to urllib3 2. The argument only causes a warning.
    warnings.filterwarnings(
        "ignore", message="The 'strict' parameter", category=FutureWarning, module=r"urllib3\.poolmanager"
    )
    client = Client(address.multiaddr, address.base, timeout=(min(patience, timeout), timeout))
    inner, session = _inside(label, client)
    # Without this function, `requests` would read ~/.netrc and send the passwords in it.
    session.auth = authorize or (lambda request: request)
    session.trust_env = not address.loopback
    # A redirect would turn a POST into a GET. Kubo refuses a GET with 405, which does not show the reason.
    session.max_redirects = 0
    session.hooks["response"].append(_bound)
    # The session uses the same adapter for several prefixes. Each adapter is limited once.
    for manager in {adapter.poolmanager for adapter in session.adapters.values()}:
        limit_heads(manager, SLOWEST * timeout)
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
    """Limit the body of an answer in seconds and in bytes. The library calls this before it reads the body."""
    silence = timeout[1] if isinstance(timeout, tuple) else timeout
    raw, until = answer.raw, time.monotonic() + SLOWEST * silence
    raw.stream = lambda amount=0, decode_content=True: pieces(raw, LARGEST, lambda: time.monotonic() > until)


@cache
def _has_an_end() -> bool:
    """Return whether the limit that `_bound` sets stops the reader of an endless answer, as a short test shows."""
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
    """An endless body, for the test in `_has_an_end`."""

    def read1(self, amount: int, decode_content: bool = True) -> bytes:
        """Return `amount` bytes of the body."""
        return bytes(amount)

    def stream(self, amount: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        """Yield the bytes of the body."""
        return itertools.repeat(b" ")
