"""List the kinds of stores and pinners. The module of a kind is imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.stores.base import PinnerKind, StoreKind

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "kubo": "publisher.stores.kubo",
        "cluster": "publisher.stores.cluster",
        "upload": "publisher.stores.upload",
        "s3": "publisher.stores.s3",
        "embedded": "publisher.stores.embedded",
    }
)
"""This maps each kind of store in publish.toml to its module, a StoreKind."""

PINNERS: Mapping[str, str] = MappingProxyType({"pinning": "publisher.stores.pinning"})
"""This maps each kind of pinner in publish.toml to its module, a PinnerKind."""


if TYPE_CHECKING:  # With these lines, mypy proves that each module is a StoreKind or a PinnerKind.
    from publisher.stores import cluster, embedded, kubo, pinning, s3, upload

    _STORES: tuple[StoreKind, ...] = (kubo, cluster, upload, s3, embedded)
    _PINNERS: tuple[PinnerKind, ...] = (pinning,)


def store_kind(kind: str) -> StoreKind:
    """Import and return the module of a kind of store. Raises KeyError for a kind that is not in KINDS."""
    return importlib.import_module(KINDS[kind])


def pinner_kind(kind: str) -> PinnerKind:
    """Import and return the module of a kind of pinner. Raises KeyError for a kind that is not in PINNERS."""
    return importlib.import_module(PINNERS[kind])


def backend_kind(kind: str) -> StoreKind | PinnerKind:
    """Import and return the module of a kind of store or pinner. Raises KeyError for an unknown kind."""
    return pinner_kind(kind) if kind in PINNERS else store_kind(kind)
