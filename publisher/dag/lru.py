"""A cache that keeps the most recently used values. The total cost of its values is limited."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A dictionary that drops the least recently used values. Several threads may use it."""

    def __init__(self, limit: int, largest: int = 0) -> None:
        """Create an empty cache.

        `limit` is the largest sum of all costs. `largest` is the largest cost of one value. If it is 0, a value may
        cost a quarter of the limit.
        """
        self.limit = limit
        self.largest = largest or limit // 4
        self.cost = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value of a key and mark it as recently used. Return None if the cache does not have it."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, cost: int) -> None:
        """Store a value and its cost, and drop the older value of its key.

        A value that costs too much is not stored.
        """
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
        """Drop the value of a key, if the cache has it."""
        with self._lock:
            if key in self._kept:
                self.cost -= self._kept.pop(key)[1]

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._kept.clear()
            self.cost = 0

    def __len__(self) -> int:
        """Return the number of values in the cache."""
        return len(self._kept)
