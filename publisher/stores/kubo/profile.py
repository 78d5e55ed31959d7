"""Find the CID profile of a Kubo node's own `add`. Another profile gives the same site another root.

The profiles: IPIP-499, https://github.com/ipfs/specs/pull/499.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from publisher.dag.unixfs import LEGACY, PROFILES, Profile, add_file
from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc

SAMPLES = {"small": b"a small file\n", "long": bytes((256 << 10) + 1)}
"""The first sample shows the CID version and the kind of leaves, the second the length of a chunk.

The second is one byte longer than the shortest chunk of a profile. Only the configuration shows how large files and
folders are made, and these credentials may not be allowed to read it.
"""

USUAL: Mapping[str, object] = {
    "UnixFSFileMaxLinks": LEGACY.file_max_links,
    "UnixFSHAMTDirectoryMaxFanout": LEGACY.hamt_fanout,
    "UnixFSHAMTDirectorySizeThreshold": LEGACY.hamt_threshold,
    "UnixFSHAMTDirectorySizeEstimation": LEGACY.hamt_estimate,
    "UnixFSDirectoryMaxLinks": 0,
}
"""Settings below `Import` that no sample shows, with Kubo's defaults."""

LENGTH = re.compile(r"(\d+) ?(?:([KM])I)?B?", re.IGNORECASE)
"""Matches a number of bytes in a configuration: 262144, "256KiB". No profile has one in powers of 1000 ("1MB")."""

PATIENCE = 10.0
"""Seconds for the answer, which takes hundredths of a second."""


def own_profile(rpc: Rpc) -> str | None:
    """Return the name of the node's profile in IPIP-499, "" for another profile, None if the node gives no answer.

    A quarter of a MiB is sent, and nothing is stored.
    """
    try:
        told = rpc.hashed(SAMPLES, min(PATIENCE, rpc.call_info.timeout))
    except StoreError:
        return None
    found = next((name for name, roots in _by_profile().items() if roots == told), "")
    return found if found and _alike(rpc, PROFILES[found]) else ""


def notice(rpc: Rpc, ours: str) -> str:
    """Return why the node's own `add` gives another root and why this does not matter; "" if it gives the same."""
    own = own_profile(rpc)
    if own is None or own == ours:
        return ""
    called = f"follows {own} and would" if own else "follows settings of its own and may"
    return f"its own `ipfs add` {called} give another root; no matter, it keeps the blocks that it is sent"


def _alike(rpc: Rpc, profile: Profile) -> bool:
    """Return whether the node makes large files and folders as the profile does. True if it shows no settings."""
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
    """Return a length in bytes as a number, and any other value as it is."""
    found = LENGTH.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    return int(found[1]) << {"": 0, "K": 10, "M": 20}[(found[2] or "").upper()]


@cache
def _by_profile() -> dict[str, dict[str, str]]:
    return {name: {key: _root(data, profile) for key, data in SAMPLES.items()} for name, profile in PROFILES.items()}


def _root(data: bytes, profile: Profile) -> str:
    nowhere: Callable[[object], None] = lambda block: None  # noqa: E731
    return str(add_file([data], profile, nowhere).cid)
