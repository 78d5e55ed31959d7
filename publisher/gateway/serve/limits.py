"""The limits of each visitor of the server."""

from __future__ import annotations

from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """Limits in bytes, seconds and numbers.

    A visitor who exceeds a limit is refused. Other visitors are still served.
    """

    head_bytes: int = 32 << 10
    """The largest size of the request line with all headers. A longer head gets 431."""
    head_seconds: float = 10.0
    """The longest time from the first byte of a request to the end of its headers. A slower request gets 408."""
    body_bytes: int = 64 << 10
    """The largest size of a request body, which the gateway ignores. A longer body ends the connection."""
    body_seconds: float = 10.0
    """The longest time from the end of the headers to the end of the body."""
    idle_seconds: float = 20.0
    """The longest time for which an idle connection stays open."""
    connections: int = 512
    """The largest number of open connections. A request on a further connection gets 503."""
    connections_each: int = 64
    """The largest number of open connections from one address that is not a proxy. A further connection gets 503."""
    pipelined: int = 16
    """The largest number of requests that a connection may send before it has the earlier responses."""
    waiting: int = 256
    """The largest number of requests that wait for their first block from a network. A further request gets 503."""
    reading_each: int = 16
    """The largest number of threads that read for one address. Further requests wait. Proxies have no such limit."""
    disk_each: int = 2
    """The largest number of threads that read the disk of this machine for one address."""
    names_each: int = 4
    """The largest number of threads that look up names for one address."""
    slowest: int = 1 << 10
    """The number of bytes per second that a visitor must receive while a response is sent."""
    patience: float = 20.0
    """The number of seconds over which `slowest` is measured."""
    retry_seconds: int = 2
    """The number of seconds in the Retry-After header of a response with 503."""


LIMITS = VisitorLimits()
"""Limits for a home server: at most 512 connections, and in the worst case 512 blocks of 1 MiB in memory."""
