"""The limits of a reader of foreign blocks."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.dag.dag_pb import TooMuch


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits for readers: a few blocks can link to each other so that they unfold into more than any disk holds."""

    depth: int = 1024
    """Levels of blocks."""
    count: int = 4_000_000
    """Files and folders, or distinct blocks."""
    size: int = 64 << 30
    """Bytes of one read, or of distinct blocks."""

    def check(self, *, depth: int = 0, count: int = 0, size: int = 0) -> None:
        """Raise TooMuch if a number is above its limit."""
        if depth > self.depth:
            raise TooMuch(f"more than {self.depth:,} levels deep")
        if count > self.count:
            raise TooMuch(f"more than {self.count:,} parts")
        if size > self.size:
            raise TooMuch(f"more than {self.size:,} bytes")


LIMITS = ReadLimits()
