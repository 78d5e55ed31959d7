"""Every kind of store and pinner is opened by its name. The type checker holds their modules to one shape."""

import pytest

from publisher.stores import cluster, embedded, kubo, pinning, s3, upload
from publisher.stores.base import PinnerKind, StoreKind
from publisher.stores.kinds import KINDS, PINNERS, backend_kind, pinner_kind, store_kind

STORES: dict[str, StoreKind] = {"kubo": kubo, "cluster": cluster, "upload": upload, "s3": s3, "embedded": embedded}
FETCHING: dict[str, PinnerKind] = {"pinning": pinning}


def test_each_kind_is_opened_by_its_name() -> None:
    assert {kind: store_kind(kind) for kind in KINDS} == STORES
    assert {kind: pinner_kind(kind) for kind in PINNERS} == FETCHING
    assert {kind: backend_kind(kind) for kind in (*KINDS, *PINNERS)} == {**STORES, **FETCHING}


@pytest.mark.parametrize("kind", ["", "kubo ", "ens", "os"])
def test_a_kind_that_is_not_listed_opens_nothing(kind: str) -> None:
    with pytest.raises(KeyError):
        backend_kind(kind)


def test_a_pinner_is_no_store() -> None:
    with pytest.raises(KeyError):
        store_kind("pinning")
    with pytest.raises(KeyError):
        pinner_kind("kubo")
