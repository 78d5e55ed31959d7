"""How a Kubo node's own `add` cuts files into blocks: another profile gives the same site another root (IPIP-499)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from publisher.dag.unixfs import PROFILES, Profile, add_file
from publisher.errors import StoreError
from publisher.stores.kubo_rpc import Rpc

SAMPLES = {"small": b"a small file\n", "long": bytes((256 << 10) + 1)}
"""Version and leaves show in the first, the length of a chunk in the second, which is one byte longer than the shortest
of a profile. How folders are sharded does not show: a node tells that only to those who may read its configuration."""

PATIENCE = 10.0
"""Seconds for the answer: it needs hundredths of one."""


def own_profile(rpc: Rpc) -> str | None:
    """Its name in IPIP-499, "" for another, None where nobody may ask. A quarter of a MiB is sent, nothing stored."""
    try:
        told = rpc.hashed(SAMPLES, min(PATIENCE, rpc.asked.timeout))
    except StoreError:
        return None
    return next((name for name, roots in _by_profile().items() if roots == told), "")


def notice(rpc: Rpc, ours: str) -> str:
    """Why the node's own `add` gives another root, and why that does not matter; "" where it gives the same."""
    own = own_profile(rpc)
    if own is None or own == ours:
        return ""
    called = f"follows {own}" if own else "follows settings of its own"
    return f"its own `ipfs add` {called} and would give another root; no matter, it keeps the blocks that it is sent"


@cache
def _by_profile() -> dict[str, dict[str, str]]:
    return {name: {key: _root(data, profile) for key, data in SAMPLES.items()} for name, profile in PROFILES.items()}


def _root(data: bytes, profile: Profile) -> str:
    nowhere: Callable[[object], None] = lambda block: None  # noqa: E731
    return str(add_file([data], profile, nowhere).cid)
