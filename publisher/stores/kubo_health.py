"""What a doctor finds at a Kubo node. Nothing that is called here can change anything on it."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.errors import StoreError
from publisher.findings import Finding
from publisher.stores.kubo_greet import greet
from publisher.stores.kubo_rpc import Rpc


def examine(rpc: Rpc, gateway: str) -> Iterator[Finding]:
    """The most basic first: where the node does not answer, nothing more is asked."""
    label = rpc.asked.label
    try:
        version = greet(rpc)
    except StoreError as error:
        yield Finding(label, "fault", error.message, error.hint)
        return
    yield Finding(label, "ok", f"Kubo {version} answers at {rpc.asked.where}")
