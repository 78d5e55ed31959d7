"""The cache as a build sees it: memo rows by stage, or none of them when nothing is to be trusted."""

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
    """With `fresh` every question is answered as by an empty cache; what is made is kept all the same."""

    cache: Cache
    fresh: bool = False

    def all(self, stage: str) -> dict[bytes, bytes]:
        """Every row of a stage."""
        return {} if self.fresh else self.cache.recall_all(stage)

    def one(self, stage: str, key: bytes) -> bytes | None:
        """One row."""
        return None if self.fresh else self.cache.recall(stage, key)

    def keep(self, stage: str, rows: Mapping[bytes, bytes]) -> None:
        """Write rows."""
        for key, value in rows.items():
            self.cache.remember(stage, key, value)

    def drop(self, stage: str, keys: Iterable[bytes]) -> None:
        """Remove rows that stand for something that is gone."""
        self.cache.forget(stage, keys)


def pack_link(link: Link) -> bytes:
    """A link as a row's value."""
    return link.size.to_bytes(8, "big") + link.cid.raw


def pack_page(link: Link, problems: Iterable[Problem]) -> bytes:
    """A finished page as a row's value: its link, and what is wrong with it though it can be shown."""
    first = pack_link(link)
    rows = pack_problems(problems)
    return bytes([len(first)]) + first + (json.dumps(rows, ensure_ascii=False).encode() if rows else b"")


def unpack_page(value: bytes) -> tuple[Link, tuple[Problem, ...]]:
    """What `pack_page` made."""
    first = link_of_page(value)
    rest = value[1 + len(first) :]
    return unpack_link(first), unpack_problems(json.loads(rest)) if rest else ()


def link_of_page(value: bytes) -> bytes:
    """The part of what `pack_page` made that `pack_link` made."""
    return value[1 : 1 + value[0]]


def unpack_link(value: bytes) -> Link:
    """What `pack_link` made."""
    return Link(Cid(value[8:]), int.from_bytes(value[:8], "big"))
