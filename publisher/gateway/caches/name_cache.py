"""Cache the roots of names for some time, so that a page with twenty images needs only one look-up of its name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from publisher.dag.cid import Cid
from publisher.errors import PublishError, StoreUnreachable
from publisher.fast_dataclass import dataclass
from publisher.gateway.caches.block_cache import LruCache
from publisher.gateway.message import NameCacheMiss

FAULT_SECONDS = 5.0
"""The number of seconds for which an error is cached.

This is enough for all images of a page, and a visitor can soon try again.
"""

MAX_NAMES = 2000
"""The largest number of cached names. It limits the use of memory, because visitors can ask for any number of names."""

PATIENCE = 60.0
"""The number of seconds that a thread waits for the look-up of another thread."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The root of a name, or None if the name shows no root, and the number of seconds for which it may be cached."""

    root: Cid | None
    seconds: float = 60.0


Resolve = Callable[[str], Resolution]


@dataclass(frozen=True, slots=True)
class CachedName:
    """A cached root or error. It is valid until the time `until` of the cache's clock."""

    root: Cid | None
    error: PublishError | None
    until: float

    def value(self) -> Cid | None:
        """Return the root, or None if the name shows no root. Raise the cached error if there is one."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self.root


class NameCache:
    """A resolver that caches its answers. If several threads ask for one name, there is only one look-up."""

    def __init__(self, resolve: Resolve, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolve = resolve
        self._clock = clock
        self._said: LruCache[str, CachedName] = LruCache(MAX_NAMES, 1)
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[CachedName]] = {}

    def __call__(self, name: str) -> Cid | None:
        """Return the root of a name, or None if the name shows no root.

        Raises the error of the look-up, or StoreUnreachable if the look-up of another thread takes longer than
        PATIENCE.
        """
        return (self._known(name) or self._ask(name)).value()

    def at_hand(self, name: str) -> Cid | None:
        """Return the root of a name from memory.

        Raises NameCacheMiss if the root is not in memory. If an error is cached instead of the root, raises this error.
        """
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
