"""Files as UnixFS: profiles, chunking, dag-pb, the balanced layout.

Formats: https://specs.ipfs.tech/unixfs/ and IPIP-499 (CID profiles).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from publisher.dag.cid import Cid


@dataclass(frozen=True, slots=True)
class Profile:
    """Every setting that changes a CID, under its name in IPIP-499."""

    name: str
    cid_version: Literal[0, 1]
    chunk_size: int
    file_max_links: int
    raw_leaves: bool
    hamt_fanout: int
    hamt_threshold: int
    hamt_estimate: Literal["block", "links"]


@dataclass(frozen=True, slots=True)
class Link:
    """A finished file or folder as its parent sees it."""

    cid: Cid
    size: int
    """Tsize: the bytes of this block and of all blocks below it, each counted as often as it is linked."""


MODERN = Profile("unixfs-v1-2025", 1, 1 << 20, 1024, True, 256, 256 << 10, "block")
LEGACY = Profile("unixfs-v0-2015", 0, 256 << 10, 174, False, 256, 256 << 10, "links")
PROFILES: Mapping[str, Profile] = MappingProxyType({p.name: p for p in (MODERN, LEGACY)})
