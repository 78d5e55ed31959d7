"""Test every setting and service of a site, all in parallel. No test changes the site, a store or a name."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.app.context import Session
from publisher.errors import ConfigError, NamingError, Problems, StateError, StoreError
from publisher.fast_dataclass import dataclass
from publisher.findings import Finding

if TYPE_CHECKING:
    from publisher.config import Config, ConfigEntry
    from publisher.dag.cid import Cid
    from publisher.doctor.run import Diagnosis, Examination
    from publisher.stores.base import BlockStore

PAUSE = 0.5
"""If end points disagree, the doctor asks them again after at most this many seconds. A publish waits longer."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """The findings, and the rights that a deploy needs on each node."""

    diagnosis: Diagnosis
    rights: dict[str, Any]
    """This maps the label of each Kubo node to the value for `API.Authorizations` in its configuration."""


def check_up(session: Session, *, ci: bool = False) -> Checkup:
    """Test this machine, and the services if the configuration can be read. With `ci`, test the pipeline too.

    A failed test becomes a finding. It raises no exception.
    """
    from publisher.doctor import run

    settings, fault = read(session)
    tests = [*here(session, fault), *(services(session, settings) if settings else ())]
    if ci and settings:
        from publisher.app.pipeline_checkup import pipeline

        tests += pipeline(session, settings)
    found = run.examine(tests)
    return Checkup(found, least(settings) if settings else {})


def read(session: Session) -> tuple[Config | None, ConfigError | None]:
    """Return the pair (configuration, None), or (None, error) if the configuration cannot be read."""
    try:
        return session.settings(), None
    except ConfigError as error:
        return None, error


def here(session: Session, fault: ConfigError | None) -> Iterator[Examination]:
    """Yield the tests of this machine and this folder."""
    from publisher.doctor import machine
    from publisher.doctor.run import Examination

    yield Examination("python", 1, machine.python)
    yield Examination("publish.toml", ConfigError.exit_code, lambda: configuration(fault))
    yield Examination(".publish", StateError.exit_code, lambda: machine.state(session.site))
    yield Examination("journal", StateError.exit_code, lambda: machine.journal(session.site, session.journal().events))


def configuration(fault: ConfigError | None) -> Iterator[Finding]:
    """Yield a finding for each fault of publish.toml, and one that says that the services were not tested.

    `fault` is None if publish.toml could be read. Then the only finding says that it has no fault.
    """
    if fault is None:
        yield Finding("publish.toml", "ok", "no fault found")
        return
    if isinstance(fault, Problems):
        for problem in fault.problems:
            entry = f"{problem.path}:{problem.line}" if problem.line else problem.path
            yield Finding(entry, "fault", problem.what, problem.hint)
    else:
        yield Finding("publish.toml", "fault", fault.message, fault.hint)
    yield Finding(
        "publish.toml",
        "note",
        "stores and names were not checked",
        "run `publish doctor` again once publish.toml has no fault",
    )


def services(session: Session, settings: Config) -> Iterator[Examination]:
    """Yield the tests of stores, pinners, gateways and names, in the order in which a publish uses them."""
    from publisher.app.sources import labelled
    from publisher.doctor.run import Examination, gateways, routers
    from publisher.retrieval.routing import providers
    from publisher.retrieval.trustless import trustless

    for place in settings.stores:
        check = embedded if place.kind == "embedded" else store
        yield Examination(place.label, StoreError.exit_code, partial(check, session, settings, place))
    urls = labelled(settings.deploy.gateways)
    yield from gateways(
        {label: partial(trustless, url, label, proxy=session.proxy(url)) for label, url in urls.items()}
    )
    urls = labelled(settings.deploy.routers, "router")
    yield from routers(
        {label: partial(providers, url, label, session.proxy(url)) for label, url in urls.items()}, published(session)
    )
    yield Examination("outside", StoreError.exit_code, partial(site_outside, session, settings))
    for place in settings.names:
        yield Examination(place.settings.name, NamingError.exit_code, partial(name, session, settings, place))


def site_outside(session: Session, settings: Config) -> Iterator[Finding]:
    """Yield findings about whether gateways find the root that was published last.

    Nothing is asked if nothing was published, or if the journal cannot be read. Raises ConfigError for a gateway that
    cannot be used.
    """
    from publisher.app.sources import labelled
    from publisher.doctor.run import outside
    from publisher.retrieval.trustless import trustless

    root = published(session)
    if root is None:
        return
    urls = labelled(settings.deploy.gateways)
    yield from outside(
        "outside",
        root,
        {label: partial(trustless, url, label, proxy=session.proxy(url)) for label, url in urls.items()},
    )


def published(session: Session) -> Cid | None:
    """Return the root that was published last, or None if there is none or the journal cannot be read."""
    from publisher.journal.queries import last_published

    try:
        return last_published(session.journal().events())
    except StateError:  # The test of the journal reports it.
        return None


def embedded(session: Session, settings: Config, entry: ConfigEntry) -> Iterator[Finding]:
    """Yield the findings of the embedded store. A damaged cache is not repaired: it becomes a warning.

    Raises StateError if the cache cannot be opened.
    """
    from publisher.cache.database import Damaged
    from publisher.cache.store import Cache

    if not session.has_cache():
        yield from store(session, settings, entry)
        return
    try:
        with Cache(session.cache_folder, repair=False) as cache:
            yield from store(session, settings, entry, cache)
    except Damaged as damage:
        what = f"the cache is damaged, or another version of this program made it ({damage})"
        yield Finding(entry.label, "warning", what, "run `publish build`: it makes the cache again")


def store(
    session: Session, settings: Config, entry: ConfigEntry, blocks: BlockStore | None = None
) -> Iterable[Finding]:
    """Open a store or a pinner and return its findings. `blocks` gives the blocks of the embedded store.

    Without `blocks`, the embedded store is empty. Raises ConfigError if the store cannot be opened, for example because
    a variable is not set.
    """
    from publisher.stores.kinds import backend_kind

    context = session.store_context(settings, NoBlocks() if blocks is None else blocks)
    return backend_kind(entry.kind).connect(entry.label, entry.settings, context).examine()


def name(session: Session, settings: Config, entry: ConfigEntry) -> Iterable[Finding]:
    """Open a name and return its findings. Raises ConfigError if it cannot be opened."""
    from publisher.names.kinds import name_kind

    context = session.name_context(settings, lambda seconds: time.sleep(min(seconds, PAUSE)))
    return name_kind(entry.kind).connect(entry.settings, context).examine()


class NoBlocks:
    """An empty cache. It takes the place of the real cache if that cache is missing, or if the store does not use it.

    To open a missing cache would create it, and a test creates none.
    """

    def get(self, cid: Cid) -> bytes:
        """Raise BlockMissing."""
        from publisher.errors import BlockMissing

        raise BlockMissing("cache", f"block {cid} is not in the cache", hint="build the site")

    def has(self, cid: Cid) -> bool:
        """Return False."""
        return False

    def pin(self, root: Cid, name: str) -> None:
        """Do nothing, because a test pins nothing."""

    def pins(self, name: str | None = None) -> frozenset[Cid]:
        """Return no root."""
        return frozenset()

    def unpin(self, root: Cid, name: str) -> bool:
        """Return False."""
        return False


def least(settings: Config) -> dict[str, Any]:
    """Return the least rights that a deploy needs on each Kubo node.

    The result maps the label of a node to the value for `API.Authorizations` in the configuration of the node.
    """
    from publisher.stores.kinds import PINNERS

    nodes = [entry for entry in settings.stores if entry.kind == "kubo"]
    if not nodes:
        return {}
    from publisher.stores.kubo.errors import MORE, RIGHTS
    from publisher.stores.kubo.rights import authorizations

    wanted = (*RIGHTS, *(MORE if any(place.kind in PINNERS for place in settings.stores) else ()))
    return {place.label: authorizations(wanted, bool(place.settings.user_env)) for place in nodes}
