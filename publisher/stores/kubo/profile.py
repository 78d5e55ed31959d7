"""Find the CID profile that a Kubo node uses for its own `add`. With another profile, the same site has another root.

IPIP-499 defines the profiles: https://github.com/ipfs/specs/pull/499.
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
"""The first sample shows the CID version and the kind of leaves. The second sample shows the length of a chunk.

The second sample is one byte longer than the shortest chunk of a profile. The structure of large files and folders
shows only in a very large sample. So the settings of the node for them are read from its configuration, if the
credentials allow it.
"""

USUAL: Mapping[str, object] = {
    "UnixFSFileMaxLinks": LEGACY.file_max_links,
    "UnixFSHAMTDirectoryMaxFanout": LEGACY.hamt_fanout,
    "UnixFSHAMTDirectorySizeThreshold": LEGACY.hamt_threshold,
    "UnixFSHAMTDirectorySizeEstimation": LEGACY.hamt_estimate,
    "UnixFSDirectoryMaxLinks": 0,
}
"""The settings below `Import` that the samples do not show, with Kubo's defaults."""

LENGTH = re.compile(r"(\d+) ?(?:([KM])I)?B?", re.IGNORECASE)
"""This pattern matches a number of bytes in a configuration, such as 262144 or "256KiB".

It does not match units of 1000 bytes ("1MB"), because no profile has such a number.
"""

PATIENCE = 10.0
"""The time limit in seconds for an answer, which takes hundredths of a second."""


def own_profile(rpc: Rpc) -> str | None:
    """Return the name of the profile that the node uses, as IPIP-499 names it.

    Return an empty string if the node uses none of these profiles, and None if the node does not answer. A quarter of a
    MiB is sent to the node. The node stores nothing.
    """
    try:
        told = rpc.hashed(SAMPLES, min(PATIENCE, rpc.call_info.timeout))
    except StoreError:
        return None
    found = next((name for name, roots in _by_profile().items() if roots == told), "")
    return found if found and _alike(rpc, PROFILES[found]) else ""


def notice(rpc: Rpc, ours: str) -> str:
    """Return a remark for the user if the node's own `add` would give another root than the profile `ours`.

    Return an empty string if the node would give the same root, or if the node does not answer.
    """
    own = own_profile(rpc)
    if own is None or own == ours:
        return ""
    called = f"follows {own} and would" if own else "follows settings of its own and may"
    why = "this does not matter, because the node keeps the blocks as they are sent"
    return f"its own `ipfs add` {called} give another root; {why}"


def _alike(rpc: Rpc, profile: Profile) -> bool:
    """Return whether the node makes large files and folders as the profile does.

    Return True if the credentials may not read the settings of the node.
    """
    try:
        answer = rpc.ask("config", "Import", timeout=min(PATIENCE, rpc.call_info.timeout))
    except StoreError:
        return True
    value: Any = answer.objects[0].get("Value") if answer.objects else None
    if not isinstance(value, Mapping):  # The node refused, or none of these settings is set.
        return True
    wanted = {
        **USUAL,
        "UnixFSFileMaxLinks": profile.file_max_links,
        "UnixFSHAMTDirectorySizeThreshold": profile.hamt_threshold,
        "UnixFSHAMTDirectorySizeEstimation": profile.hamt_estimate,
    }
    return all(_plain(USUAL[key] if value.get(key) is None else value[key]) == wanted[key] for key in USUAL)


def _plain(value: object) -> object:
    """Return the number of bytes in a text such as "256KiB". Return any other value as it is."""
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
