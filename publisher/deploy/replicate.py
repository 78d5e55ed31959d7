"""Make enough stores and pinners hold a root, read it back from them, and check it at witnesses.

Stores get the bytes in parallel; then pinners get the root and the addresses of its blocks. A slow or failing one stops
no other. A pin counts only when the root is held: `require_copies` decides.
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
"""The answer of a store or pinner that was asked to hold a root."""
Progress = Callable[[str, int, int], None]
"""Called while bytes are sent, with the label of the store, the bytes done and all bytes."""

WITNESS = "name a trustless gateway in [deploy] gateways, or a pinner that has a gateway"
"""The hint if no witness can be asked."""


@dataclass(frozen=True, slots=True)
class DeployContext:
    """What a deploy acts with: the opened services, the journal and the functions of the report."""

    stores: Sequence[Store]
    pinners: Sequence[Pinner]
    names: Sequence[NameService]
    gateways: Mapping[str, Get]
    """Witnesses that may be asked for the root: label -> reader."""
    events: Callable[[], Sequence[Event]]
    record_event: RecordEvent
    log: LogLine
    warn: LogLine
    """Reports an error that does not stop the deploy."""
    progress: Progress
    outside: str = "auto"
    """As `outside` in `[deploy]`."""
    outside_timeout: float = 60.0


def send_to_stores(
    desired: DesiredState, state: DeployState, wanted: frozenset[str], context: DeployContext, *, to_be_named: bool
) -> tuple[Answer, ...]:
    """Send the root to the stores in `wanted`, in parallel. Returns an answer for each store, in their order.

    An error of a store is its answer. Raises StateError if the journal cannot be written.
    """
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
    """Ask the pinners in `wanted`, in parallel. `held` are the labels of the stores that have the blocks.

    Returns an answer for each pinner, in their order; an error is an answer. Raises StateError if the journal cannot be
    written.
    """
    having = [store for store in context.stores if store.label in held]
    asking = wanted & {pinner.label for pinner in context.pinners}
    if context.stores and not having:  # no store has the blocks to fetch
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
    """Return an answer as a receipt. An error becomes a receipt with the status `failed`."""
    return answer if isinstance(answer, Receipt) else Receipt(backend.label, backend.kind, "failed", root)


def require_copies(desired: DesiredState, answers: Sequence[Answer], warn: LogLine) -> None:
    """Return if enough stores and pinners hold the root, and warn about the others.

    Raises Unfinished if pinners only need more time, CidMismatch if one reports another root, and StoreError otherwise.
    """
    errors = [answer for answer in answers if isinstance(answer, StoreError)]
    for error in errors:
        if isinstance(error, CidMismatch):  # stores that disagree about the bytes always stop a deploy
            raise error
    receipts = [answer for answer in answers if isinstance(answer, Receipt)]
    held = sum(receipt.status == "pinned" for receipt in receipts)
    working = [receipt for receipt in receipts if receipt.status in ("queued", "pinning")]
    held_so_far = f"{held} of {desired.copies} copies are pinned"
    if held >= desired.copies:
        for error in errors:
            warn(f"{error}; {held} of {desired.copies} needed copies are pinned, so the run goes on")
        return
    moved = "the name was not moved"
    if working and held + len(working) >= desired.copies:
        for error in errors:
            warn(str(error))
        who = ", ".join(f"{receipt.store} is {_at_work(receipt)}" for receipt in working)
        raise Unfinished(
            "publish", f"{who}; {held_so_far}; {moved}", hint="run again in a while: the next run continues from here"
        )
    if not errors:
        refused = [receipt for receipt in receipts if receipt.status == "failed"]
        what = f"{refused[0].note or 'the store failed'}; " if refused else ""
        raise StoreError(
            refused[0].store if refused else "publish", f"{what}{held_so_far}; {moved}", hint="run again later"
        )
    raise combined_error(errors, f" ({held_so_far}; {moved})" if desired.copies > 1 else "", fewer=held) from errors[0]


def combined_error(errors: Sequence[StoreError], more: str = "", *, fewer: int = 0) -> StoreError:
    """Return several errors as one, so that one run shows them all.

    It has the class of the first error that does not pass by itself, if there is one, because running again is then not
    enough. `fewer` is the number of copies that the other stores can hold.
    """
    first = next((error for error in errors if not error.retry), errors[0])
    others = "".join(f"; {error}" for error in errors if error is not first)
    same = len({error.hint for error in errors}) == 1
    hint = first.hint if same else "; ".join(f"{error.who}: {error.hint}" for error in errors if error.hint)
    if fewer:
        hint += f"{'; ' if hint else ''}or accept {fewer}, with `copies = {fewer}` under [deploy]"
    return type(first)(first.who, f"{first.message}{others}{more}", hint=hint)


def read_back(
    desired: DesiredState, held: frozenset[str], cids: Sequence[Cid], context: DeployContext
) -> Iterator[Check]:
    """Read the sample back from each store that holds the root, hash it, and yield a check for each.

    A store that does not answer is one copy less. Raises VerifyError for other bytes, and StoreUnreachable if too few
    copies are left.
    """
    readers = {store.label: store.reader() for store in context.stores if store.label in held}
    places = [(by, get) for by, get in readers.items() if get is not None]
    answers = run_in_threads(lambda place: _checked(*place, cids), places)
    left = len(held)
    for (by, _), answer in zip(places, answers, strict=True):
        if isinstance(answer, StoreUnreachable):  # silence says nothing about the bytes; a later try may succeed
            left -= 1
            yield _recorded(Check(by, False, answer.message), context.record_event)
            if left < desired.copies:
                raise answer
            context.warn(f"{answer}; {left} of {desired.copies} needed copies are pinned elsewhere, so the run goes on")
            continue
        yield _recorded(answer, context.record_event)
        if not answer.ok:
            raise VerifyError(
                by, answer.why, hint="look at this store or gateway, then run again; the name was not moved"
            )


def check_gateways(held: frozenset[str], cids: Sequence[Cid], context: DeployContext) -> Iterator[Check]:
    """Check the sample at the witnesses and yield a check for each; one witness that returns every block is enough.

    Raises VerifyError for other bytes, or if there is no witness and `outside` is "always"; raises StoreUnreachable if
    no witness returns every block.
    """
    if context.outside == "never":
        return
    pinned = {each.label: each.reader() for each in context.pinners if each.label in held}
    places = {by: get for by, get in (pinned | dict(context.gateways)).items() if get is not None}
    if not places:
        if context.outside == "always":
            raise VerifyError("publish", "there is no gateway to ask for the root", hint=WITNESS)
        return
    from publisher.deploy.witness import witnesses  # loaded only if a witness is asked

    results = witnesses(places, cids, context.outside_timeout)
    for result in results:
        yield _recorded(result, context.record_event)
    for result in results:
        if result.differing:
            raise VerifyError(
                result.by, result.why, hint="look at this store or gateway, then run again; the name was not moved"
            )
    if not any(result.ok for result in results):
        why = "; ".join(f"{result.by}: {result.why}" for result in results)
        hint = "make sure that other nodes can reach yours, then run again; the root is pinned, the name was not moved"
        raise StoreUnreachable("publish", f"no gateway gives the root back: {why}", hint=hint)


def _ask_each(
    desired: DesiredState,
    state: DeployState,
    wanted: frozenset[str],
    context: DeployContext,
    backends: Sequence[K],
    act: Callable[[K], Answer],
) -> tuple[Answer, ...]:
    """Act on the backends in `wanted`, in parallel, and write it to the journal.

    The others keep their earlier answer.
    """
    before = {holder.store: holder for holder in state.holders}

    telling = threading.Lock()

    def one(backend: K) -> Answer:
        if backend.label in wanted:
            answer = act(backend)
            if isinstance(answer, Receipt) and answer.status == "pinned":
                # Written at once: if the run ends while a slow store works, the next run still knows this pin.
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
    """Return the addresses of the stores' blocks. A store that reports none may still be found by a pinner."""

    def of(store: Store) -> tuple[str, ...]:
        try:
            return store.origins()
        except StoreError:
            return ()

    return tuple(dict.fromkeys(address for found in run_in_threads(of, stores) for address in found))


def _connect_peers(stores: Sequence[Store], addresses: tuple[str, ...]) -> None:
    """Connect our nodes to the pinners. This is faster; if it fails, a pinner finds the blocks itself."""
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
