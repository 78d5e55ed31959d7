"""What was used last, up to so much: a bounded memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A dictionary that forgets what has not been asked for the longest. For several threads."""

    def __init__(self, limit: int, largest: int = 0) -> None:
        """`limit`: of all costs together; `largest`: of one, a quarter of the limit when it is 0."""
        self.limit = limit
        self.largest = largest or limit // 4
        self.cost = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, which becomes the newest; None when it is not here."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, cost: int) -> None:
        """Keep a value. One that is too large is not kept, and what it replaces is forgotten."""
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
        """Forget one value; one that is not here is no fault."""
        with self._lock:
            if key in self._kept:
                self.cost -= self._kept.pop(key)[1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.cost = 0

    def __len__(self) -> int:
        """How many values are here."""
        return len(self._kept)
