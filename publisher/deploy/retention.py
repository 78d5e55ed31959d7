"""Decide which roots stay pinned, for which reasons, and which roots are unpinned. This module changes no pin.

CIDs are compared in version 1, because names show this version. A store may have pinned the same block in version 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from publisher.dag.cid import Cid
from publisher.dag.uri import cid_of
from publisher.deploy.settings import KeepSettings
from publisher.errors import NameUnusable
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event, Finished, Named, Pinned, Signed, Storing, Unpinned, Wanted
from publisher.journal.history import Dated, RecordChange, moment
from publisher.journal.queries import unsettled

Chain = Mapping[str, Sequence[RecordChange]]
"""This maps each name of the site to the changes of its record, newest first."""

NO_CHAIN: Chain = MappingProxyType({})

UNKNOWN = "the journal of this folder does not have it"
"""The reason to keep a root that another machine may have pinned."""

WAITING = frozenset({"proposed", "handed-over", "pending"})
"""After these outcomes, another party may still change the record at any time."""


@dataclass(frozen=True, slots=True)
class KeptRoot:
    """A root that stays, and all reasons why it stays."""

    root: Cid
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PinRemoval:
    """A pin that a store can remove. `root` has the CID version that the store uses."""

    store: str
    root: Cid
    name: str = ""
    """The name under which the root was pinned, or an empty string if the journal does not have this name."""
    shared: bool = False
    """This is true if another site made the pin. Then only this site's pin reference is removed."""


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """The pinned roots that stay, and the pins that are removed."""

    kept: tuple[KeptRoot, ...]
    removals: tuple[PinRemoval, ...]


def plan(
    settings: KeepSettings,
    dated: Dated,
    shown: Mapping[str, str],
    pins: Mapping[str, Iterable[Cid]],
    now: datetime,
    claims: Mapping[str, Mapping[Cid, frozenset[str]]] = MappingProxyType({}),
    chain: Chain = NO_CHAIN,
    own: frozenset[str] = frozenset(),
) -> RetentionPlan:
    """Return the pins that stay and the pins that are removed.

    `dated` has the events of the journal. `shown` maps each name of the site to the URI that it shows now. `pins` maps
    each store that answered to the roots that it pins under the site's own pin name. The journal adds the pins that
    this folder made under an earlier name. A root that a name of the site showed, according to `chain`, belongs to the
    site too, even if another machine pinned it. All other pins belong to other sites and are never removed. `now` is
    the present time. `claims` maps a store to the sites that use each root there. `own` has the ids of this site.
    Raises NameUnusable if a name shows a URI from which its root cannot be read.
    """
    reasons = reasons_to_stay(settings, dated, shown, now, chain)
    journalled = known_roots(dated)
    named = frozenset(root for changes in chain.values() for root in _changed_to(changes))
    noted = {store: pinned_at(dated, store) for store in pins}
    stores = {store: {root.to_v1(): root for root in (*noted[store], *roots)} for store, roots in pins.items()}
    held = frozenset[Cid]().union(*stores.values())
    unknown = "neither the journal of this folder nor the chain has it" if chain else UNKNOWN
    for root in held - journalled - named:
        reasons.setdefault(root, []).append(unknown)
    ours = own | sites(dated)
    for store, found in pins.items():
        # Two sites may have the same title, or one site may have two folders. The other site or folder may still use
        # this root.
        elsewhere = journalled - named - _sent_to(dated, store)
        for root in dict.fromkeys(root.to_v1() for root in found if root.to_v1() in elsewhere):
            reasons.setdefault(root, []).append(f"this folder has not pinned it on {store}")
        pinned = {root.to_v1() for root, event in noted[store].items() if not event.shared}
        for root in sorted(pinned | {root.to_v1() for root in found if root.to_v1() in named}):
            if claims.get(store, {}).get(root, frozenset()) - ours:
                reasons.setdefault(root, []).append(f"another site uses it on {store}")
    kept = (KeptRoot(root, tuple(why)) for root, why in reasons.items() if root in held)
    removals = [
        PinRemoval(store, found, event.name, event.shared)
        for store, roots in stores.items()
        for root, found in roots.items()
        if root not in reasons
        for event in [noted[store].get(found, Pinned(store, str(found), 0))]
    ]
    # A machine without a journal does not know on which stores the site only added a pin reference. The pin references
    # on the stores show it.
    removals += [
        PinRemoval(store, root, shared=True)
        for store, used in claims.items()
        for root, by in used.items()
        if by & own and root in named and root not in reasons and root not in stores[store]
    ]
    return RetentionPlan(tuple(kept), tuple(sorted(removals, key=lambda one: (one.store, one.root.raw))))


def known_roots(dated: Dated) -> frozenset[Cid]:
    """Return every root of this site, in version 1, that the journal has."""
    return frozenset(root for _, event in dated for root in _named_in(event))


def sites(dated: Dated) -> frozenset[str]:
    """Return every id that this folder has used for its site, according to the journal."""
    return frozenset(event.site for _, event in dated if isinstance(event, Storing | Pinned) and event.site)


def reasons_to_stay(
    settings: KeepSettings, dated: Dated, shown: Mapping[str, str], now: datetime, chain: Chain = NO_CHAIN
) -> dict[Cid, list[str]]:
    """Return a map from every root that has to stay to its reasons.

    `now` is the time of this machine's clock, which may be wrong. Days are counted back from `now` or from the newest
    date of the journal and of `chain`, whichever is earlier. Raises NameUnusable if a name shows a URI from which its
    root cannot be read.
    """
    reasons: dict[Cid, list[str]] = {}

    def because(why: str, roots: Iterable[Cid]) -> None:
        for root in dict.fromkeys(roots):
            reasons.setdefault(root, []).append(why)

    for name, uri in shown.items():
        because(f"{name} shows it", _shown(name, uri))
    for each in unsettled(event for _, event in dated):
        because(f"a transaction for {each.signed.name} may still set it", _roots(each.signed.after))
    for told in _waiting(dated, shown):
        because(f"it was {told.outcome} for {told.name}", _roots(told.after))
    because("the newest run is for it", _newest_desired(dated))
    because(f"one of the last {settings.roots}", _last(dated, settings.roots))
    for name, changes in chain.items():
        because(f"one of the last {settings.roots} that {name} showed", _changed_to(changes)[: settings.roots])
    for root, why in _young(settings, dated, now, chain):
        because(why, [root])
    return reasons


def _waiting(dated: Dated, shown: Mapping[str, str]) -> Iterator[Named]:
    """Yield, newest first, each change that another party may still make. `shown` maps each name to its present URI.

    A change is left out if the name showed its root later, because then the change was made. A change is also left out
    if the name showed the root of a later goal, because that goal has replaced the change.
    """
    seen = {(name, uri) for name, uri in shown.items()}
    replaced: set[str] = set()
    for _, told in reversed(dated):
        if not isinstance(told, Named):
            continue
        if told.outcome in ("moved", "unchanged"):
            seen.add((told.name, told.after))
        if told.outcome in WAITING and (told.name, told.after) not in seen and told.name not in replaced:
            yield told
        if told.outcome != "superseded" and (told.name, told.after) in seen:
            replaced.add(told.name)
        seen.add((told.name, told.before))


def _young(settings: KeepSettings, dated: Dated, now: datetime, chain: Chain) -> Iterator[tuple[Cid, str]]:
    """Yield each root that is not old enough to go, and each root of unknown age, with the reason.

    If `settings.days` is 0, the age does not count. A comparison would keep new roots for some seconds, because the
    times of blocks may be ahead of the clock of this machine.
    """
    times = (*(moment(text) for text, _ in dated), *(at for at, _ in _block_times(chain)))
    today = min(now, max((at for at in times if at is not None), default=now))
    for root, at in _ages(dated, chain).items():
        if at is None:
            yield root, "its age is unknown"
        elif settings.days and at > today - timedelta(days=settings.days):
            yield root, f"not {settings.days} days old"


def _shown(name: str, uri: str) -> tuple[Cid, ...]:
    if uri.startswith("ipns://"):  # This key may lead to one of our roots. The program does not resolve IPNS keys.
        raise NameUnusable(
            name,
            f"the name shows {uri}, and this program does not look up which root an IPNS key names",
            hint="set the name to the root itself",
        )
    return _roots(uri)


def _roots(*texts: str) -> tuple[Cid, ...]:
    """Return the roots in `texts`, which are CIDs and URIs.

    Other texts are left out. They are records of another kind, or lines of the journal that were edited by hand.
    """
    found = map(cid_of, texts)
    return tuple(root.to_v1() for root in found if root is not None)


def _named_in(event: Event) -> tuple[Cid, ...]:
    """Return the roots of this site in an event.

    The root that a name showed before is left out, because it may belong to another site.
    """
    if isinstance(event, Wanted | Pinned | Finished):
        return _roots(event.root)
    return _roots(event.after) if isinstance(event, Named | Signed) else ()


def pinned_at(dated: Dated, store: str) -> dict[Cid, Pinned]:
    """Return the roots that this folder has pinned on `store` and has not unpinned, according to the journal.

    The result maps each root to the event of its pin. The store may have lost a pin. Unpinning a root that is no longer
    pinned does no harm.
    """
    found: dict[str, Pinned] = {}
    for _, event in dated:
        if isinstance(event, Pinned) and event.store == store:
            found[event.root] = event
        elif isinstance(event, Unpinned) and event.store == store:
            found.pop(event.root, None)
    return {cid: event for root, event in found.items() if (cid := cid_of(root)) is not None}


def _sent_to(dated: Dated, store: str) -> set[Cid]:
    """Return the roots that this folder sent to `store`, even in interrupted runs, and has not unpinned."""
    sent: set[Cid] = set()
    for _, event in dated:
        if isinstance(event, Storing | Pinned) and event.store == store:
            sent.update(_roots(event.root))
        elif isinstance(event, Unpinned) and event.store == store:
            sent.difference_update(_roots(event.root))
    return sent


def _newest_desired(dated: Dated) -> tuple[Cid, ...]:
    wanted = [event.root for _, event in dated if isinstance(event, Wanted)]
    return _roots(*wanted[-1:])


def _last(dated: Dated, count: int) -> tuple[Cid, ...]:
    """Return the last `count` roots of finished runs, each once. Interrupted runs do not count."""
    finished = _roots(*(event.root for _, event in reversed(dated) if isinstance(event, Finished)))
    return tuple(dict.fromkeys(finished))[:count]


def _ages(dated: Dated, chain: Chain) -> dict[Cid, datetime | None]:
    """Return a map from each root to its newest time in the journal or on the chain.

    The map has None for a root if one of its times cannot be read.
    """
    newest: dict[Cid, datetime | None] = {}
    journalled = ((moment(text), root) for text, event in dated for root in _named_in(event))
    for at, root in (*journalled, *_block_times(chain)):
        before = newest.get(root, at)
        newest[root] = None if at is None or before is None else max(at, before)
    return newest


def _changed_to(changes: Sequence[RecordChange]) -> tuple[Cid, ...]:
    """Return the roots that a name was set to, newest first, each once."""
    return tuple(dict.fromkeys(_roots(*(change.uri for change in changes))))


def _block_times(chain: Chain) -> tuple[tuple[datetime | None, Cid], ...]:
    """Return each root that a name was set to, with the time of its block. The time is None if it is no date."""
    return tuple(
        (_block_time(change.time), root)
        for changes in chain.values()
        for change in changes
        for root in _roots(change.uri)
    )


def _block_time(seconds: int) -> datetime | None:
    try:
        return moment(datetime.fromtimestamp(seconds, UTC).isoformat())
    except (ValueError, OverflowError, OSError):
        return None
