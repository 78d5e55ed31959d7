"""The cache as a build sees it: memo rows by stage, or no rows if nothing may be reused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.dag.cid import Cid
from publisher.dag.unixfs import Link
from publisher.errors import Problem
from publisher.site.content.records import pack_problems, unpack_problems

if TYPE_CHECKING:
    from publisher.cache.store import Cache


@dataclass(frozen=True, slots=True)
class Rows:
    """The memo rows of a cache. With `fresh` it answers like an empty cache, but results are still written."""

    cache: Cache
    fresh: bool = False

    def all(self, stage: str) -> dict[bytes, bytes]:
        """Return every row of a stage, by key."""
        return {} if self.fresh else self.cache.recall_all(stage)

    def one(self, stage: str, key: bytes) -> bytes | None:
        """Return one row; None if there is none."""
        return None if self.fresh else self.cache.recall(stage, key)

    def keep(self, stage: str, rows: Mapping[bytes, bytes]) -> None:
        """Write rows. Raises StateError."""
        for key, value in rows.items():
            self.cache.remember(stage, key, value)

    def drop(self, stage: str, keys: Iterable[bytes]) -> None:
        """Remove rows. Raises StateError."""
        self.cache.forget(stage, keys)


def pack_link(link: Link) -> bytes:
    """Return a link as the value of a row."""
    return link.size.to_bytes(8, "big") + link.cid.raw


def pack_page(link: Link, problems: Iterable[Problem]) -> bytes:
    """Return a finished page as the value of a row: its link, and those problems that did not prevent it."""
    first = pack_link(link)
    rows = pack_problems(problems)
    return bytes([len(first)]) + first + (json.dumps(rows, ensure_ascii=False).encode() if rows else b"")


def unpack_page(value: bytes) -> tuple[Link, tuple[Problem, ...]]:
    """Return link and problems from the result of `pack_page`. Raises ValueError for a damaged row."""
    first = link_of_page(value)
    rest = value[1 + len(first) :]
    return unpack_link(first), unpack_problems(json.loads(rest)) if rest else ()


def link_of_page(value: bytes) -> bytes:
    """Return the part of a result of `pack_page` that `unpack_link` reads."""
    return value[1 : 1 + value[0]]


def unpack_link(value: bytes) -> Link:
    """Return the link from a result of `pack_link`. Raises ValueError for a damaged row."""
    return Link(Cid(value[8:]), int.from_bytes(value[:8], "big"))
