"""Read and write the memo rows of the cache for a build, and encode their values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from publisher.dag.cid import Cid
from publisher.dag.unixfs import Link
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass
from publisher.site.content.problem_rows import pack_problems, unpack_problems

if TYPE_CHECKING:
    from publisher.cache.store import Cache


@dataclass(frozen=True, slots=True)
class Rows:
    """The memo rows of a cache. If `fresh` is set, reading finds no rows, but writing still works."""

    cache: Cache
    fresh: bool = False

    def all(self, stage: str) -> dict[bytes, bytes]:
        """Return all rows of a stage, by key."""
        return {} if self.fresh else self.cache.recall_all(stage)

    def one(self, stage: str, key: bytes) -> bytes | None:
        """Return the row of a key, or None if there is none."""
        return None if self.fresh else self.cache.recall(stage, key)

    def keep(self, stage: str, rows: Mapping[bytes, bytes]) -> None:
        """Write rows. Raises StateError if the cache cannot be written."""
        for key, value in rows.items():
            self.cache.remember(stage, key, value)

    def drop(self, stage: str, keys: Iterable[bytes]) -> None:
        """Remove rows. Raises StateError if the cache cannot be written."""
        self.cache.forget(stage, keys)


def pack_link(link: Link) -> bytes:
    """Return a link as bytes for a row: eight bytes for its Tsize, then its CID."""
    return link.size.to_bytes(8, "big") + link.cid.raw


def pack_page(link: Link, problems: Iterable[Problem]) -> bytes:
    """Return a finished page as bytes for a row: its link, and its problems, which all have a kind."""
    first = pack_link(link)
    rows = pack_problems(problems)
    return bytes([len(first)]) + first + (json.dumps(rows, ensure_ascii=False).encode() if rows else b"")


def unpack_page(value: bytes) -> tuple[Link, tuple[Problem, ...]]:
    """Return the link and the problems from the result of `pack_page`. Raises ValueError if the row is damaged."""
    first = link_of_page(value)
    rest = value[1 + len(first) :]
    return unpack_link(first), unpack_problems(json.loads(rest)) if rest else ()


def link_of_page(value: bytes) -> bytes:
    """Return the part of a result of `pack_page` that `unpack_link` reads."""
    return value[1 : 1 + value[0]]


def unpack_link(value: bytes) -> Link:
    """Return the link from a result of `pack_link`. Raises ValueError if the row is damaged."""
    return Link(Cid(value[8:]), int.from_bytes(value[:8], "big"))
