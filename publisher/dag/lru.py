"""A cache of the values that were used last, with a limit to their total cost."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A dictionary that drops the values that were not used for the longest time. It is safe for threads."""

    def __init__(self, limit: int, largest: int = 0) -> None:
        """Create an empty cache.

        `limit` is for the sum of all costs, `largest` for one cost (0: a quarter of the limit).
        """
        self.limit = limit
        self.largest = largest or limit // 4
        self.cost = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value and make it the newest; None if it is not here."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, cost: int) -> None:
        """Keep a value. One that costs too much is not kept, and an older value under its key is dropped."""
        with self._lock:
            if key in self._kept:
                self.cost -= self._kept.pop(key)[1]
            if cost > self.largest:
                return
            self._kept[key] = value, cost
            self.cost += cost
            while self.cost > self.limit:
                self.cost -= self._kept.popitem(last=False)[1][1]

    def drop(self, key: K) -> None:
        """Drop a value, if it is here."""
        with self._lock:
            if key in self._kept:
                self.cost -= self._kept.pop(key)[1]

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._kept.clear()
            self.cost = 0

    def __len__(self) -> int:
        """Return how many values are here."""
        return len(self._kept)
