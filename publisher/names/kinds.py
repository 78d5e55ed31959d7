"""List the kinds of names. The module of a kind is imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.names.base import NameKind

KINDS: Mapping[str, str] = MappingProxyType({"ens": "publisher.names.ens"})
"""Maps each kind of name in publish.toml to a module that implements NameKind."""


if TYPE_CHECKING:  # with these lines, mypy checks that each module implements NameKind
    from publisher.names import ens

    _NAMES: tuple[NameKind, ...] = (ens,)


def name_kind(kind: str) -> NameKind:
    """Import and return the module of a kind of name. Raises KeyError if KINDS does not have the kind."""
    return importlib.import_module(KINDS[kind])
