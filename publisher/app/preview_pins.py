"""Pin previews of pull requests at the stores, and unpin them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from publisher.app.context import Session
from publisher.app.deploying import deploy_context, label_of
from publisher.ci.preview_pins import PreviewPin, parse_pin_name, pin_name, preview_id
from publisher.dag import walk
from publisher.errors import BlockMissing, StoreError
from publisher.fast_dataclass import dataclass, replace
from publisher.journal.events import Event, Pinned
from publisher.stores.base import Pinner, Receipt, Store

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.stores.base import PinBackend

K = TypeVar("K", Store, Pinner)
DAY = 86_400


@dataclass(frozen=True, slots=True)
class PinOrder:
    """A preview of a pull request that stores shall pin."""

    repository: str
    site: str
    """The name of the site."""
    number: int
    today: date
    root: Cid
    older: tuple[Cid, ...] = ()
    """Roots that names show. A node that pins one of them receives only the blocks that differ."""

    @property
    def name(self) -> str:
        """Return the name under which the root is pinned."""
        return pin_name(self.site, self.number, self.today)

    @property
    def id(self) -> str:
        """Return the id under which stores keep the preview."""
        return preview_id(self.repository, self.site, self.number)


@dataclass(frozen=True, slots=True)
class PinnedPreview:
    """The pin of a preview at a store."""

    store: str
    root: Cid
    name: str
    of: PreviewPin


def pin(session: Session, settings: Config, order: PinOrder) -> tuple[Receipt, ...]:
    """Let the stores of `[ci] preview-stores` pin a preview, read it back, and return the receipts.

    A store that can expire a pin unpins the root after `preview-days`. Raises ConfigError if a store cannot be opened,
    StoreError if no store holds the root, VerifyError for wrong bytes, and Unfinished if a pinner needs more time.
    """
    from publisher.deploy import apply
    from publisher.deploy.observe import DeployState, DesiredState

    stores, pinners = _chosen(settings, session.stores(settings)), _chosen(settings, session.pinners(settings))
    get = session.cache_pool().get_verified
    before = _pinned_before((*stores, *pinners), order)
    context = replace(
        deploy_context(session.report, session.journal(), settings, stores, pinners, (), {}),
        record_event=_forget,
        events=lambda: before,
        outside="never",
    )
    bases = tuple(base for base in order.older if base != order.root and _readable(get, base, order.root))
    expire = settings.ci.preview_days * DAY
    desired = DesiredState(order.root, order.name, get, 1, 1, site=order.id, expire=expire)
    steps = tuple(apply.Put(each.label, each.kind) for each in (*stores, *pinners))
    found = apply.apply(desired, DeployState((), (), bases), steps, context)
    return tuple(each for each in found if isinstance(each, Receipt))


def unpin_older(session: Session, settings: Config, order: PinOrder) -> None:
    """Unpin the earlier previews of the pull request. If a store fails, only warn: a sweep unpins them later."""
    previews = open_previews(session, settings, order.repository)
    keep = frozenset((order.root.to_v1(),))

    def work(backend: PinBackend) -> tuple[PinnedPreview, ...]:
        pins = [each for each in previews.pinned(backend) if each.of.number == order.number]
        older = [each for each in pins if each.root.to_v1() not in keep]
        return previews.unpin(backend, older, (order.number,), keep)

    _, faults = at_each(previews.backends, work)
    for error in faults:
        session.report.warn(f"{error}; earlier previews stay pinned there until `publish ci sweep` runs")


@dataclass(frozen=True, slots=True)
class Previews:
    """The previews of one site at all its stores."""

    repository: str
    site: str
    backends: tuple[PinBackend, ...]

    def pinned(self, backend: PinBackend) -> tuple[PinnedPreview, ...]:
        """Return the previews of this site that a store pins. Raises StoreError."""
        found = ((each, parse_pin_name(self.site, each.name)) for each in backend.all_pins())
        return tuple(PinnedPreview(backend.label, each.root, each.name, of) for each, of in found if of is not None)

    def unpin(
        self,
        backend: PinBackend,
        pins: Iterable[PinnedPreview],
        numbers: Iterable[int],
        keep: frozenset[Cid] = frozenset(),
    ) -> tuple[PinnedPreview, ...]:
        """Unpin `pins` at a store, and return the pins that are gone.

        A pin stays if the site or another pull request uses its root. The store also has pin references, which say
        which pull request uses a root. Remove those of the pull requests `numbers`, except for the roots in `keep`.
        Raises StoreError.
        """
        gone = tuple(each for each in pins if backend.unpin(each.root, each.name, frozenset((self.id(each.of),))))
        own = frozenset(preview_id(self.repository, self.site, number) for number in numbers)
        for root, sites in sorted(backend.claims().items()):
            if sites & own and root not in keep:
                backend.disclaim(root, sites & own)
        return gone

    def id(self, of: PreviewPin) -> str:
        """Return the id under which stores keep the previews of a pull request."""
        return preview_id(self.repository, self.site, of.number)


def open_previews(session: Session, settings: Config, repository: str) -> Previews:
    """Open all stores and pinners of the site. Raises ConfigError if one cannot be opened."""
    return Previews(repository, label_of(settings), (*session.stores(settings), *session.pinners(settings)))


def at_each(
    backends: Sequence[PinBackend], work: Callable[[PinBackend], tuple[PinnedPreview, ...]]
) -> tuple[tuple[PinnedPreview, ...], tuple[StoreError, ...]]:
    """Do `work` at all stores in parallel. Return the pins that it returned, and the errors of the stores."""
    from publisher.concurrency.threads import run_in_threads

    def one(backend: PinBackend) -> tuple[PinnedPreview, ...] | StoreError:
        try:
            return work(backend)
        except StoreError as error:
            return error

    answers = run_in_threads(one, backends)
    faults = tuple(answer for answer in answers if isinstance(answer, StoreError))
    return tuple(each for answer in answers if not isinstance(answer, StoreError) for each in answer), faults


def _chosen(settings: Config, backends: tuple[K, ...]) -> tuple[K, ...]:
    """Return the stores of `[ci] preview-stores`, or all of them if this list is empty."""
    labels = settings.ci.preview_stores
    return tuple(each for each in backends if not labels or each.label in labels)


def _pinned_before(backends: Sequence[PinBackend], order: PinOrder) -> tuple[Event, ...]:
    """Return the pins of the pull request for this root, as events of a journal.

    From these events, a store learns that the pin is ours, and renames it. A store that does not answer is left out
    here, because it reports its error later.
    """
    found: list[Event] = []
    for backend in backends:
        with suppress(StoreError):
            found += [
                Pinned(backend.label, str(order.root), 0, each.name, order.id)
                for each in backend.all_pins()
                if order.root.same_block(each.root)
                and (of := parse_pin_name(order.site, each.name)) is not None
                and of.number == order.number
            ]
    return tuple(found)


def _readable(get: Get, base: Cid, root: Cid) -> bool:
    """Return whether the cache has every block of `base` that a difference to `root` needs."""
    try:
        for _ in walk.difference(get, base, root):
            pass
    except (BlockMissing, walk.Malformed):
        return False
    return True


def _forget(event: Event) -> None:
    """Write nothing to the journal, which is for the roots that the site published."""
