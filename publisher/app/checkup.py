"""Try every setting and service of a site, one after the other. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.app.context import Session
from publisher.errors import ConfigError, NamingError, Problems, StateError, StoreError
from publisher.findings import Finding

if TYPE_CHECKING:
    from publisher.config import Config, ConfigEntry
    from publisher.dag.cid import Cid
    from publisher.doctor.run import Diagnosis, Examination

PAUSE = 0.5
"""Seconds at most between two looks at end points that differ: a publish waits longer."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found, and the rights that a deploy needs on each node."""

    diagnosis: Diagnosis
    rights: dict[str, Any]


def check_up(session: Session) -> Checkup:
    """Everything tried, as far as the configuration can be read."""
    from publisher.doctor import run

    settings, fault = read(session)
    found = run.examine([*here(session, fault), *(services(session, settings) if settings else ())])
    return Checkup(found, least(settings) if settings else {})


def read(session: Session) -> tuple[Config | None, ConfigError | None]:
    """The configuration, or what is wrong with it."""
    try:
        return session.settings(), None
    except ConfigError as error:
        return None, error


def here(session: Session, fault: ConfigError | None) -> Iterator[Examination]:
    """This machine and this folder."""
    from publisher.doctor import machine
    from publisher.doctor.run import Examination

    yield Examination("python", 1, machine.python)
    yield Examination("publish.toml", ConfigError.exit_code, lambda: configuration(fault))
    yield Examination(".publish", StateError.exit_code, lambda: machine.state(session.site))
    yield Examination("journal", StateError.exit_code, lambda: machine.journal(session.site, session.journal().events))


def configuration(fault: ConfigError | None) -> Iterator[Finding]:
    """Every fault of publish.toml. With one, nobody knows which services there are."""
    if fault is None:
        yield Finding("publish.toml", "ok", "nothing is wrong with it")
        return
    if isinstance(fault, Problems):
        for problem in fault.problems:
            entry = f"{problem.path}:{problem.line}" if problem.line else problem.path
            yield Finding(entry, "fault", problem.what, problem.hint)
    else:
        yield Finding("publish.toml", "fault", fault.message, fault.hint)
    yield Finding("publish.toml", "note", "stores and names were not tried", "correct it, then look again")


def services(session: Session, settings: Config) -> Iterator[Examination]:
    """Stores, pinners, gateways and names, in the order in which a publish comes to them."""
    from publisher.app.sources import gateways as readers
    from publisher.doctor.run import Examination, gateways

    stands = any(entry.kind == "embedded" for entry in settings.stores)
    blocks = session.cache_pool() if stands and session.has_cache() else NoBlocks()
    for place in settings.stores:
        yield Examination(place.label, StoreError.exit_code, partial(store, session, settings, place, blocks))
    yield from gateways(readers(settings.deploy.gateways, session.proxy))
    for place in settings.names:
        yield Examination(place.settings.name, NamingError.exit_code, partial(name, session, settings, place))


def store(session: Session, settings: Config, entry: ConfigEntry, blocks: Any) -> Iterable[Finding]:
    """What a store or pinner finds; it is opened now, so that a variable that is not set is a fault of this one."""
    from publisher.stores.base import backend_kind

    context = session.store_context(settings, blocks)
    return backend_kind(entry.kind).connect(entry.label, entry.settings, context).examine()


def name(session: Session, settings: Config, entry: ConfigEntry) -> Iterable[Finding]:
    """The same for a name."""
    from publisher.names.base import name_kind

    context = session.name_context(settings, lambda seconds: time.sleep(min(seconds, PAUSE)))
    return name_kind(entry.kind).connect(entry.settings, context).examine()


class NoBlocks:
    """Stands in for a cache that is not there, or that no store uses: to open one would make or mend it."""

    def get(self, cid: Cid) -> bytes:
        """Nothing is here."""
        from publisher.errors import BlockMissing

        raise BlockMissing("cache", f"block {cid} is not in the cache")

    def has(self, cid: Cid) -> bool:
        """Nothing is."""
        return False

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """No root is."""
        return frozenset()


def least(settings: Config) -> dict[str, Any]:
    """The least rights that a deploy needs on each Kubo node, as API.Authorizations of its configuration has them."""
    from publisher.stores.base import PINNERS

    nodes = [entry for entry in settings.stores if entry.kind == "kubo"]
    if not nodes:
        return {}
    from publisher.stores.kubo.errors import MORE, RIGHTS
    from publisher.stores.kubo.rights import authorizations

    wanted = (*RIGHTS, *(MORE if any(place.kind in PINNERS for place in settings.stores) else ()))
    return {place.label: authorizations(wanted, bool(place.settings.user_env)) for place in nodes}
