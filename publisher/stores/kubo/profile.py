"""How a Kubo node's own `add` cuts files into blocks: another profile gives the same site another root (IPIP-499)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from publisher.dag.unixfs import LEGACY, PROFILES, Profile, add_file
from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc

SAMPLES = {"small": b"a small file\n", "long": bytes((256 << 10) + 1)}
"""Version and leaves show in the first, the length of a chunk in the second, which is one byte longer than the shortest
of a profile. Large files and folders do not show: how they are made, the configuration tells those who may read it."""

USUAL: Mapping[str, object] = {
    "UnixFSFileMaxLinks": LEGACY.file_max_links,
    "UnixFSHAMTDirectoryMaxFanout": LEGACY.hamt_fanout,
    "UnixFSHAMTDirectorySizeThreshold": LEGACY.hamt_threshold,
    "UnixFSHAMTDirectorySizeEstimation": LEGACY.hamt_estimate,
    "UnixFSDirectoryMaxLinks": 0,
}
"""Settings below `Import` that no sample shows, as Kubo takes them where they are not set."""

LENGTH = re.compile(r"(\d+) ?([KM]?)(I?)B?", re.IGNORECASE)
"""A number of bytes as it is written in a configuration: 262144, "256KiB", "1MB"."""

PATIENCE = 10.0
"""Seconds for the answer: it needs hundredths of one."""


def own_profile(rpc: Rpc) -> str | None:
    """Its name in IPIP-499, "" for another, None where nobody may ask. A quarter of a MiB is sent, nothing stored."""
    try:
        told = rpc.hashed(SAMPLES, min(PATIENCE, rpc.call_info.timeout))
    except StoreError:
        return None
    found = next((name for name, roots in _by_profile().items() if roots == told), "")
    return found if found and _alike(rpc, PROFILES[found]) else ""


def notice(rpc: Rpc, ours: str) -> str:
    """Why the node's own `add` gives another root, and why that does not matter; "" where it gives the same."""
    own = own_profile(rpc)
    if own is None or own == ours:
        return ""
    called = f"follows {own} and would" if own else "follows settings of its own and may"
    return f"its own `ipfs add` {called} give another root; no matter, it keeps the blocks that it is sent"


def _alike(rpc: Rpc, profile: Profile) -> bool:
    """Whether large files and folders are made so too, as far as these credentials may know."""
    try:
        answer = rpc.ask("config", "Import", timeout=min(PATIENCE, rpc.call_info.timeout))
    except StoreError:
        return True
    value: Any = answer.objects[0].get("Value") if answer.objects else None
    if not isinstance(value, Mapping):  # refused, or nothing is set
        return True
    wanted = {
        **USUAL,
        "UnixFSFileMaxLinks": profile.file_max_links,
        "UnixFSHAMTDirectorySizeThreshold": profile.hamt_threshold,
        "UnixFSHAMTDirectorySizeEstimation": profile.hamt_estimate,
    }
    return all(_plain(USUAL[key] if value.get(key) is None else value[key]) == wanted[key] for key in USUAL)


def _plain(value: object) -> object:
    """A length in bytes as a number, anything else as it is."""
    found = LENGTH.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    step = 1024 if found[3] else 1000
    return int(found[1]) * step ** ("", "K", "M").index(found[2].upper())


@cache
def _by_profile() -> dict[str, dict[str, str]]:
    return {name: {key: _root(data, profile) for key, data in SAMPLES.items()} for name, profile in PROFILES.items()}


def _root(data: bytes, profile: Profile) -> str:
    nowhere: Callable[[object], None] = lambda block: None  # noqa: E731
    return str(add_file([data], profile, nowhere).cid)
