"""A root and readers -> Checks: the bytes that a stranger would get, hashed. Nobody's word is taken for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Get, sha256
from publisher.errors import BlockMissing, CidMismatch, StoreError, StoreUnreachable

SAMPLE = 24
"""Blocks that are read back before a name moves."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one place gave back; `why` says what was wrong."""

    by: str
    ok: bool
    why: str = ""


def sample(get: Get, root: Cid, base: Cid | None, count: int = SAMPLE) -> tuple[Cid, ...]:
    """The root and some of the blocks below it: the new ones when an older root is known, else leaves from all over."""
    try:
        fresh = [block.cid for block in itertools.islice(_news(get, root, base), count)]
    except BlockMissing:  # the older root is no longer at hand
        fresh = []
    if not fresh:
        fresh = [cid for number in range(count) for cid in _descend(get, root, number)]
    return tuple(dict.fromkeys([root, *fresh]))


def check(by: str, get: Get, cids: Iterable[Cid]) -> Check:
    """Read every block from one place and hash it; the first fault ends it. StoreUnreachable when nobody answers."""
    for cid in cids:
        try:
            data = get(cid)
        except StoreUnreachable:
            raise
        except CidMismatch as error:
            return Check(by, False, error.message)
        except StoreError as error:
            return Check(by, False, f"{cid}: {error.message}")
        if not cid.matches(data):
            return Check(by, False, f"{cid}: other bytes came back")
    return Check(by, True)


def _news(get: Get, root: Cid, base: Cid | None) -> Iterator[Block]:
    return walk.difference(get, base, root) if base and base != root else iter(())


def _descend(get: Get, root: Cid, number: int) -> Iterator[Cid]:
    """One way from the root to a leaf, chosen by the digests so that it is the same everywhere."""
    cid, seed = root, number
    for _ in range(walk.LIMITS.depth):
        links = walk.node(get, cid).links
        if not links:
            return
        seed = int.from_bytes(sha256(cid.raw + seed.to_bytes(8, "big"))[:8], "big")
        cid = links[seed % len(links)][1].cid
        yield cid
