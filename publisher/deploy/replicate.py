"""Make enough stores and pinners hold a root, read it back from them, and check it at witnesses.

Stores receive the bytes in parallel. Then pinners receive the root and the addresses of the nodes that have its blocks.
After an error of one store, the other stores continue. Only a store that holds the whole root counts as a copy.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid, Get
from publisher.deploy.observe import DeployState, DesiredState, pinned_events
from publisher.deploy.verify import Check, check
from publisher.errors import CidMismatch, StoreError, StoreUnreachable, Unfinished, VerifyError
from publisher.fast_dataclass import dataclass, replace
from publisher.journal.events import Event, Pinned, Storing, Verified
from publisher.names.base import BeforeMove, LogLine, NameService, RecordEvent
from publisher.stores.base import FETCHING, Pinner, PinRequest, Receipt, Store, Upload

K = TypeVar("K", Store, Pinner)
Answer = Receipt | StoreError
"""The answer of a store or pinner to a request to hold a root."""
Progress = Callable[[str, int, int], None]
"""A function that is called while bytes are sent. Its arguments are a label, the bytes sent so far, and all bytes."""

WITNESS = "name a trustless gateway in [deploy] gateways, or set `gateway` of a pinning service"
"""The hint of the error that there is no witness."""


@dataclass(frozen=True, slots=True)
class DeployContext:
    """The objects that a deploy acts with: the opened services, the journal and the functions of the report."""

    stores: Sequence[Store]
    pinners: Sequence[Pinner]
    names: Sequence[NameService]
    gateways: Mapping[str, Get]
    """This maps the label of each gateway that can be a witness to its reader."""
    events: Callable[[], Sequence[Event]]
    """Returns the events of the journal, oldest first."""
    record_event: RecordEvent
    log: LogLine
    warn: LogLine
    """Reports an error that does not stop the deploy."""
    progress: Progress
    outside: str = "auto"
    """The setting `outside` of `[deploy]`."""
    outside_timeout: float = 60.0
    before_move: BeforeMove | None = None
    """Returns the reason why a name must not move, or "". It is called just before each name moves.

    If it is None, every name may move.
    """


def send_to_stores(
    desired: DesiredState, state: DeployState, wanted: frozenset[str], context: DeployContext, *, to_be_named: bool
) -> tuple[Answer, ...]:
    """Send the root to the stores in `wanted`, in parallel, and return an answer for each configured store.

    Stores that can fetch a root from nodes (FETCHING) follow when the other stores have it. So the user sends it once.
    The answer of a store that fails is its error. The answer of a store that is not in `wanted` comes from `state`.
    `to_be_named` says whether a name will show the root. Raises StateError if the journal cannot be written.
    """
    ours = {
        event.store: frozenset((event.name,))
        for event in pinned_events(context.events(), desired.root)
        if not event.shared
    }
    upload = Upload(
        desired.root, desired.label, desired.get, state.bases, to_be_named, desired.site, expire=desired.expire
    )

    def put_all(stores: Sequence[Store], shared: Upload) -> tuple[Answer, ...]:
        def put(store: Store) -> Answer:
            own_upload = replace(shared, ours=ours.get(store.label, frozenset()))
            return _answer_or_error(
                lambda: store.put(own_upload, lambda done, size: context.progress(store.label, done, size))
            )

        return _ask_each(desired, state, wanted, context, stores, put)

    first = [store for store in context.stores if store.kind not in FETCHING]
    later = [store for store in context.stores if store.kind in FETCHING]
    answers = dict(zip((store.label for store in first), put_all(first, upload), strict=True))
    having = [store for store in first if receipt(store, desired.root, answers[store.label]).status == "pinned"]
    if later:
        origins = _origins(having) if any(store.label in wanted for store in later) else ()
        upload = replace(upload, origins=origins, connect_peers=lambda addresses: _connect_peers(having, addresses))
        answers |= zip((store.label for store in later), put_all(later, upload), strict=True)
    return tuple(answers[store.label] for store in context.stores)


def ask_pinners(
    desired: DesiredState, state: DeployState, wanted: frozenset[str], context: DeployContext, held: frozenset[str]
) -> tuple[Answer, ...]:
    """Ask the pinners in `wanted` to pin the root, in parallel, and return an answer for each configured pinner.

    `held` has the labels of the stores that have the blocks. The answer of a pinner that fails is its error. Raises
    StateError if the journal cannot be written.
    """
    having = [store for store in context.stores if store.label in held]
    asking = wanted & {pinner.label for pinner in context.pinners}
    if context.stores and not having:  # No store has the blocks, so the pinners could not fetch them.
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
    """Return the receipt in `answer`. For an error, return a receipt with the status `failed`."""
    return answer if isinstance(answer, Receipt) else Receipt(backend.label, backend.kind, "failed", root)


def require_copies(desired: DesiredState, answers: Sequence[Answer], warn: LogLine) -> None:
    """Check that enough stores and pinners hold the root. If so, only warn about those that do not hold it.

    Raises CidMismatch if a store reports another root, even if enough other stores hold the root. If too few hold the
    root, raises Unfinished if others only need more time, and StoreError in every other case.
    """
    errors = [answer for answer in answers if isinstance(answer, StoreError)]
    for error in errors:
        if isinstance(error, CidMismatch):  # A store that reports another root stops every deploy.
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
    """Return one error with the messages of `errors`, so that one run shows them all.

    `more` is added to the message. The result has the class of the first error that a retry cannot solve. If a retry
    may solve every error, the result has the class of the first error. `fewer` is the number of copies that the other
    stores can hold. If it is not 0, the hint proposes this number for `copies`.
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
    """Read the blocks `cids` back from each store in `held`, hash them, and yield a check for each store.

    A store that does not answer no longer counts as a copy. Raises VerifyError for a wrong or missing block, and
    StoreUnreachable if too few copies are left.
    """
    readers = {store.label: store.reader() for store in context.stores if store.label in held}
    places = [(by, get) for by, get in readers.items() if get is not None]
    answers = run_in_threads(lambda place: _checked(*place, cids), places)
    left = len(held)
    for (by, _), answer in zip(places, answers, strict=True):
        # A store that does not answer has not returned wrong bytes. A later run may read it.
        if isinstance(answer, StoreUnreachable):
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
    """Read the blocks `cids` from the witnesses, hash them, and yield a check for each witness.

    The witnesses are the gateways, and those pinners in `held` that have a gateway. One witness that returns every
    block is enough. Raises VerifyError for wrong bytes, or if there is no witness and `outside` is "always". Raises
    StoreUnreachable if no witness returns every block.
    """
    if context.outside == "never":
        return
    pinned = {each.label: each.reader() for each in context.pinners if each.label in held}
    places = {by: get for by, get in (pinned | dict(context.gateways)).items() if get is not None}
    if not places:
        if context.outside == "always":
            raise VerifyError("publish", "there is no gateway to ask for the root", hint=WITNESS)
        return
    from publisher.deploy.witness import witnesses

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
    """Call `act` for each backend in `wanted`, in parallel, and write each step to the journal.

    Return an answer for each backend. The answer of a backend that is not in `wanted` comes from `state`.
    """
    before = {holder.store: holder for holder in state.holders}

    telling = threading.Lock()

    def one(backend: K) -> Answer:
        if backend.label in wanted:
            answer = act(backend)
            if isinstance(answer, Receipt) and answer.status == "pinned":
                # The event is written at once. So if the run ends while a slow store works, the journal has this pin.
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
    """Return the addresses at which pinners can fetch blocks from the stores.

    An error of a store is ignored, because a pinner may find its blocks without an address.
    """

    def of(store: Store) -> tuple[str, ...]:
        try:
            return store.origins()
        except StoreError:
            return ()

    return tuple(dict.fromkeys(address for found in run_in_threads(of, stores) for address in found))


def _connect_peers(stores: Sequence[Store], addresses: tuple[str, ...]) -> None:
    """Connect our nodes to the pinners at `addresses`, so that the pinners find the blocks sooner.

    An error is ignored, because a pinner can find the blocks without a connection.
    """
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
