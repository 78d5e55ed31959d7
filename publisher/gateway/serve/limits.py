"""How much of the server one visitor may have, and for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """Beyond each of these somebody is refused, and the others are served on. Bytes and seconds."""

    head_bytes: int = 32 << 10
    """The longest request line with its headers: 431."""
    head_seconds: float = 10.0
    """From the first byte of a request to the end of its headers: 408."""
    body_bytes: int = 64 << 10
    """Nothing here takes a body. A longer one is not waited for: the connection ends with the answer."""
    body_seconds: float = 10.0
    """From the headers to the end of a body."""
    idle_seconds: float = 20.0
    """An idle connection is kept so long."""
    connections: int = 512
    """Open at once: 503."""
    connections_each: int = 64
    """Open at once from one address, proxies left out: 503."""
    pipelined: int = 16
    """Requests sent ahead on one connection."""
    waiting: int = 256
    """Requests that wait for a thread to read their first block: 503."""
    reading_each: int = 16
    """Threads that read for one address at a time, proxies left out: what more it asks for waits, and nobody else."""
    disk_each: int = 2
    """The same of the threads that read what is on this machine's disk."""
    names_each: int = 4
    """And of those that look up names."""
    slowest: int = 1 << 10
    """Bytes a second that a visitor must take while something is on its way to him."""
    patience: float = 20.0
    """Seconds over which that is counted."""
    retry_seconds: int = 2
    """What a 503 names as the time to come back."""


LIMITS = VisitorLimits()
"""For a home server: at most 512 visitors, and as many blocks of 1 MiB in memory at the very worst."""
