"""Make enough stores and pinners hold a root, read it back from them, and let others than the uploader see it.

Stores are sent the bytes side by side, then pinners are told the root and where to find it: a slow or failing one
stops no other. What is asked for counts for nothing until it is held: `enough` decides.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid, Get
from publisher.deploy.observe import DeployState, DesiredState, pinned_events
from publisher.deploy.verify import Check, check
from publisher.errors import CidMismatch, StoreError, StoreUnreachable, Unfinished, VerifyError
from publisher.journal.events import Event, Pinned, Storing, Verified
from publisher.names.base import LogLine, NameService, RecordEvent
from publisher.stores.base import Pinner, PinRequest, Receipt, Store, Upload

K = TypeVar("K", Store, Pinner)
Answer = Receipt | StoreError
"""What came of asking a store or pinner to hold a root."""
Progress = Callable[[str, int, int], None]
"""Told as bytes go out: the store, bytes done, bytes in all."""

WITNESS = "name a trustless gateway in [deploy] gateways, or a pinner that has a gateway"
"""What to do where nobody outside can be asked."""


@dataclass(frozen=True, slots=True)
class DeployContext:
    """All that acting takes, opened by the door."""

    stores: Sequence[Store]
    pinners: Sequence[Pinner]
    names: Sequence[NameService]
    gateways: Mapping[str, Get]
    """Places outside that may be asked for the root: label -> reader."""
    events: Callable[[], Sequence[Event]]
    record_event: RecordEvent
    log: LogLine
    warn: LogLine
    """Hears what is wrong and stops nothing."""
    progress: Progress
    outside: str = "auto"
    """As in `[deploy]`."""
    outside_timeout: float = 60.0


def send_to_stores(
    desired: DesiredState, state: DeployState, wanted: frozenset[str], context: DeployContext, *, to_be_named: bool
) -> tuple[Answer, ...]:
    """Send to the stores that are wanted, side by side. An answer for each store, in their order."""
    ours = {
        event.store: frozenset((event.name,))
        for event in pinned_events(context.events(), desired.root)
        if not event.shared
    }
    upload = Upload(desired.root, desired.label, desired.get, state.bases, to_be_named, desired.site)

    def put(store: Store) -> Answer:
        own_upload = replace(upload, ours=ours.get(store.label, frozenset()))
        return _answer_or_error(
            lambda: store.put(own_upload, lambda done, size: context.progress(store.label, done, size))
        )

    return _ask_each(desired, state, wanted, context, context.stores, put)


def ask_pinners(
    desired: DesiredState, state: DeployState, wanted: frozenset[str], context: DeployContext, held: frozenset[str]
) -> tuple[Answer, ...]:
    """Ask the pinners that are wanted, side by side, once it is known which stores have the blocks."""
    having = [store for store in context.stores if store.label in held]
    asking = wanted & {pinner.label for pinner in context.pinners}
    if context.stores and not having:  # nothing could come of it
        return _ask_each(
            desired, state, asking, context, context.pinners, lambda pinner: _not_asked(pinner, desired.root)
        )
    origins = _origins(having) if asking else ()
    request = PinRequest(
        desired.root, desired.label, origins, lambda addresses: _connect_peers(having, addresses), desired.site
    )
    return _ask_each(
        desired, state, asking, context, context.pinners, lambda pinner: _answer_or_error(lambda: pinner.pin(request))
    )


def receipt(backend: Store | Pinner, root: Cid, answer: Answer) -> Receipt:
    """An answer as it is told: an error is a receipt that failed."""
    return answer if isinstance(answer, Receipt) else Receipt(backend.label, backend.kind, "failed", root)


def require_copies(desired: DesiredState, answers: Sequence[Answer], warn: LogLine) -> None:
    """Go on when enough hold it, and say who does not; else stop: Unfinished where pinners only need more time."""
    errors = [answer for answer in answers if isinstance(answer, StoreError)]
    for error in errors:
        if isinstance(error, CidMismatch):  # disagreement about the bytes always stops
            raise error
    receipts = [answer for answer in answers if isinstance(answer, Receipt)]
    held = sum(receipt.status == "pinned" for receipt in receipts)
    working = [receipt for receipt in receipts if receipt.status in ("queued", "pinning")]
    held_so_far = f"{held} of {desired.copies} copies held"
    if held >= desired.copies:
        for error in errors:
            warn(f"{error}; {held} of {desired.copies} needed copies are held, so it goes on")
        return
    moved = "the name was not moved"
    if working and held + len(working) >= desired.copies:
        for error in errors:
            warn(str(error))
        who = ", ".join(f"{receipt.store} is {_at_work(receipt)}" for receipt in working)
        raise Unfinished("publish", f"{who}; {held_so_far}; {moved}", hint="run again in a while: it goes on from here")
    if not errors:
        refused = [receipt for receipt in receipts if receipt.status == "failed"]
        what = f"{refused[0].note or 'it failed'}; " if refused else ""
        raise StoreError(
            refused[0].store if refused else "publish", f"{what}{held_so_far}; {moved}", hint="run again later"
        )
    raise combined_error(errors, f" ({held_so_far}; {moved})" if desired.copies > 1 else "", fewer=held) from errors[0]


def combined_error(errors: Sequence[StoreError], more: str = "", *, fewer: int = 0) -> StoreError:
    """Several faults as one error, so that nobody has to run again and again to find them.

    It is of the kind of the first that does not go away by itself, if there is one: then to try again is not enough.
    `fewer` are those that are in order: so many copies could be had without the others.
    """
    first = next((error for error in errors if not error.retry), errors[0])
    others = "".join(f"; {error}" for error in errors if error is not first)
    same = len({error.hint for error in errors}) == 1
    hint = first.hint if same else "; ".join(f"{error.who}: {error.hint}" for error in errors if error.hint)
    if fewer:
        hint += f"{'; ' if hint else ''}or let {fewer} be enough, with `copies = {fewer}` under [deploy]"
    return type(first)(first.who, f"{first.message}{others}{more}", hint=hint)


def read_back(
    desired: DesiredState, held: frozenset[str], cids: Sequence[Cid], context: DeployContext
) -> Iterator[Check]:
    """Each store that holds the root gives the sample back, hashed. One that is silent is one copy less."""
    readers = {store.label: store.reader() for store in context.stores if store.label in held}
    places = [(by, get) for by, get in readers.items() if get is not None]
    answers = run_in_threads(lambda place: _checked(*place, cids), places)
    left = len(held)
    for (by, _), answer in zip(places, answers, strict=True):
        if isinstance(answer, StoreUnreachable):  # says nothing about the bytes: to try again is the right reaction
            left -= 1
            yield _recorded(Check(by, False, answer.message), context.record_event)
            if left < desired.copies:
                raise answer
            context.warn(f"{answer}; {left} of {desired.copies} needed copies are held elsewhere, so it goes on")
            continue
        yield _recorded(answer, context.record_event)
        if not answer.ok:
            raise VerifyError(by, answer.why, hint="the name was not moved; look at that place, then run again")


def check_gateways(held: frozenset[str], cids: Sequence[Cid], context: DeployContext) -> Iterator[Check]:
    """At least one place outside gives the sample back, where there is one to ask; other bytes always stop."""
    if context.outside == "never":
        return
    pinned = {each.label: each.reader() for each in context.pinners if each.label in held}
    places = {by: get for by, get in (pinned | dict(context.gateways)).items() if get is not None}
    if not places:
        if context.outside == "always":
            raise VerifyError("publish", "nobody outside can be asked for the root", hint=WITNESS)
        return
    from publisher.deploy.witness import witnesses  # only those who ask somebody pay for it

    results = witnesses(places, cids, context.outside_timeout)
    for result in results:
        yield _recorded(result, context.record_event)
    for result in results:
        if result.differing:
            raise VerifyError(result.by, result.why, hint="the name was not moved; look at that place, then run again")
    if not any(result.ok for result in results):
        why = "; ".join(f"{result.by}: {result.why}" for result in results)
        hint = "it is held, and the name was not moved: can your node be reached from outside? Run again in a while"
        raise StoreUnreachable("publish", f"nobody outside gives it back: {why}", hint=hint)


def _ask_each(
    desired: DesiredState,
    state: DeployState,
    wanted: frozenset[str],
    context: DeployContext,
    backends: Sequence[K],
    act: Callable[[K], Answer],
) -> tuple[Answer, ...]:
    """Act on those that are wanted, side by side, and write it down; of the others, what they said before."""
    before = {holder.store: holder for holder in state.holders}

    telling = threading.Lock()

    def one(backend: K) -> Answer:
        if backend.label in wanted:
            answer = act(backend)
            if isinstance(answer, Receipt) and answer.status == "pinned":
                # At once: a run that is ended while a slow one is sent to still knows whose pin it was.
                with telling:
                    context.record_event(_pinned(answer, desired))
            return answer
        return before[backend.label].error or Receipt(backend.label, backend.kind, "pinned", desired.root)

    for backend in backends:
        if backend.label in wanted:
            context.record_event(Storing(backend.label, str(desired.root), desired.site))
    return run_in_threads(one, backends)


def _pinned(receipt: Receipt, desired: DesiredState) -> Pinned:
    return Pinned(receipt.store, str(desired.root), receipt.sent_bytes, desired.label, desired.site, receipt.shared)


def _answer_or_error(ask: Callable[[], Receipt]) -> Answer:
    try:
        return ask()
    except StoreError as error:
        return error


def _not_asked(pinner: Pinner, root: Cid) -> Receipt:
    return Receipt(
        pinner.label, pinner.kind, "failed", root, note="not asked: no store has the blocks that it would fetch"
    )


def _origins(stores: Sequence[Store]) -> tuple[str, ...]:
    """Where the blocks are to be had. A store that does not say where it is can perhaps be found all the same."""

    def of(store: Store) -> tuple[str, ...]:
        try:
            return store.origins()
        except StoreError:
            return ()

    return tuple(dict.fromkeys(address for found in run_in_threads(of, stores) for address in found))


def _connect_peers(stores: Sequence[Store], addresses: tuple[str, ...]) -> None:
    """Our nodes connect to those who will fetch: it makes it faster, and where it fails the pinner looks for itself."""
    for store in stores:
        with contextlib.suppress(StoreError):
            store.connect_peers(addresses)


def _at_work(receipt: Receipt) -> str:
    return "still fetching it" if receipt.status == "pinning" else "asked, and has not begun"


def _checked(by: str, get: Get, cids: Sequence[Cid]) -> Check | StoreUnreachable:
    try:
        return check(by, get, cids)
    except StoreUnreachable as error:
        return error


def _recorded(result: Check, record_event: RecordEvent) -> Check:
    record_event(Verified(result.by, result.ok, result.why))
    return result
