"""Who may give blocks back."""

from types import SimpleNamespace
from typing import Any, cast

from publisher.app.sources import readers, without_reader
from publisher.dag.cid import Cid
from publisher.stores.base import Pinner, Store


def get(cid: Cid) -> bytes:
    return b""


def backend(label: str, *, gives: bool) -> Any:
    return SimpleNamespace(label=label, reader=lambda: get if gives else None)


STORES = cast("list[Store]", [backend("a", gives=True), backend("b", gives=False)])
PINNERS = cast("list[Pinner]", [backend("c", gives=False), backend("d", gives=True)])


def test_who_has_no_way_to_give_blocks_back_is_told() -> None:
    assert without_reader(STORES, PINNERS) == ("b", "c")


def test_those_that_give_blocks_back_come_nearest_first() -> None:
    found = readers(STORES, PINNERS, ["https://gateway.example"], lambda url: "")
    assert list(found)[:2] == ["a", "d"]
    assert len(found) == 3
