"""The limits of each visitor of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """Limits, in bytes and seconds. A visitor beyond one is refused; the others are still served."""

    head_bytes: int = 32 << 10
    """The request line with its headers; beyond it: 431."""
    head_seconds: float = 10.0
    """From the first byte of a request to the end of its headers; beyond it: 408."""
    body_bytes: int = 64 << 10
    """A body, which nothing here uses. With a longer one, the connection ends after the response."""
    body_seconds: float = 10.0
    """From the headers to the end of a body."""
    idle_seconds: float = 20.0
    """How long an idle connection is kept."""
    connections: int = 512
    """Open connections; beyond it: 503."""
    connections_each: int = 64
    """Open connections from one address that is not a proxy; beyond it: 503."""
    pipelined: int = 16
    """Requests that are sent ahead on one connection."""
    waiting: int = 256
    """Requests that wait for a thread to read their first block; beyond it: 503."""
    reading_each: int = 16
    """Threads that read for one address, not for proxies. Its other requests wait; those of others do not."""
    disk_each: int = 2
    """The same for threads that read this machine's disk."""
    names_each: int = 4
    """The same for threads that look up names."""
    slowest: int = 1 << 10
    """Bytes a second that a visitor must take while a response is being sent."""
    patience: float = 20.0
    """Seconds over which that is measured."""
    retry_seconds: int = 2
    """The time in Retry-After of a 503."""


LIMITS = VisitorLimits()
"""For a home server: at most 512 visitors, and in the worst case as many blocks of 1 MiB in memory."""
