"""The roots of names, remembered for a while: a page of twenty images asks for its name once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from publisher.dag.cid import Cid
from publisher.errors import PublishError, StoreUnreachable
from publisher.gateway.caches.block_cache import LruCache
from publisher.gateway.message import NameCacheMiss

FAULT_SECONDS = 5.0
"""Seconds that an error is remembered: long enough for the images of a page, short for a second try."""

MAX_NAMES = 2000
"""How many names are remembered: a visitor can ask for any number."""

PATIENCE = 60.0
"""Seconds that a thread waits for an answer that another thread asked for."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The root of a name, None if it shows nothing, and for how many seconds that counts."""

    root: Cid | None
    seconds: float = 60.0


Resolve = Callable[[str], Resolution]


@dataclass(frozen=True, slots=True)
class CachedName:
    """A cached answer. `until` is a time of the cache's clock."""

    root: Cid | None
    error: PublishError | None
    until: float

    def value(self) -> Cid | None:
        """Return the root, or raise the cached error."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self.root


class NameCache:
    """A resolver that asks once for all threads and remembers the answer. It is safe for threads."""

    def __init__(self, resolve: Resolve, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolve = resolve
        self._clock = clock
        self._said: LruCache[str, CachedName] = LruCache(MAX_NAMES, 1)
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[CachedName]] = {}

    def __call__(self, name: str) -> Cid | None:
        """Return the root of a name.

        Raises what the resolver raised, and StoreUnreachable if another thread's wait is too long.
        """
        return (self._known(name) or self._ask(name)).value()

    def at_hand(self, name: str) -> Cid | None:
        """Return the root from memory. Raises NameCacheMiss if it is not there."""
        known = self._known(name)
        if known is None:
            raise NameCacheMiss
        return known.value()

    def _known(self, name: str) -> CachedName | None:
        said = self._said.get(name)
        return said if said is not None and said.until > self._clock() else None

    def _ask(self, name: str) -> CachedName:
        with self._lock:
            other = self._under_way.get(name)
            if other is None:
                mine = self._under_way[name] = Future()
        if other is not None:
            try:
                return other.result(PATIENCE)
            except TimeoutError:
                raise StoreUnreachable(name, "the look-up of this name takes too long", hint="try again") from None
        try:
            said = self._answer(name)
            mine.set_result(said)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._under_way[name]
        return said

    def _answer(self, name: str) -> CachedName:
        try:
            shown = self._resolve(name)
        except PublishError as error:
            said = CachedName(None, error, self._clock() + FAULT_SECONDS)
        else:
            said = CachedName(shown.root, None, self._clock() + shown.seconds)
        self._said.put(name, said, 1)
        return said
