"""Define limits for reading blocks that may come from anybody."""

from __future__ import annotations

from publisher.dag.dag_pb import TooMuch
from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits for readers. Without them, a few blocks that link to each other could make a site without an end."""

    depth: int = 1024
    """The largest number of levels of blocks."""
    count: int = 4_000_000
    """The largest number of files and folders, or of distinct blocks."""
    size: int = 64 << 30
    """The largest number of bytes of one read, or of all distinct blocks."""

    def check(self, *, depth: int = 0, count: int = 0, size: int = 0) -> None:
        """Check these numbers. Raises TooMuch if a number is above its limit."""
        if depth > self.depth:
            raise TooMuch(f"more than {self.depth:,} levels deep")
        if count > self.count:
            raise TooMuch(f"more than {self.count:,} parts")
        if size > self.size:
            raise TooMuch(f"more than {self.size:,} bytes")


LIMITS = ReadLimits()
