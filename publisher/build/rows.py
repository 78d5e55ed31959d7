"""The cache as a build sees it: memo rows by stage, or none of them when nothing is to be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.dag.cid import Cid
from publisher.dag.unixfs import Link

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


def unpack_link(value: bytes) -> Link:
    """What `pack_link` made."""
    return Link(Cid(value[8:]), int.from_bytes(value[:8], "big"))
