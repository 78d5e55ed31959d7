"""Pins of a node that others use too."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from publisher.errors import StoreError
from publisher.stores.kubo.errors import KuboCall
from publisher.stores.kubo.pins import _remove
from publisher.stores.kubo.rpc import Rpc
from tests.stores.sites import Blocks, pages

ROOT = Blocks().site(pages(1))


def removed(refusal: str) -> bool:
    """What comes of unpinning a root, which a node refuses for this reason."""
    answer = SimpleNamespace(refusal=refusal, objects=({"Pins": [str(ROOT)]},))
    info = KuboCall("local", "here", "", 1.0, credentials=False)
    return _remove(cast(Rpc, cast(Any, SimpleNamespace(ask=lambda *words, **options: answer, call_info=info))), ROOT)


def test_a_root_that_somebody_else_has_unpinned_meanwhile_was_not_let_go_of_here() -> None:
    assert removed("") is True
    assert removed("not pinned or pinned indirectly") is False


def test_another_refusal_is_an_error() -> None:
    with pytest.raises(StoreError):
        removed("the disk is full")
