"""Roots that are counted back from the one that is shown: -1 is the one before it, for every command."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.dag.uri import cid_of, root_of
from publisher.errors import ConfigError
from publisher.journal.events import Event, Finished, Mined, Named, Signed, Wanted

if TYPE_CHECKING:
    from publisher.app.context import Session
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.names.base import NameService

BACK = re.compile(r"@?-([1-9]\d{0,5})")
CHANGES = 1000
"""Changes of a name that are asked of the chain where the journal does not reach far enough back."""


def parse_steps_back(text: str) -> int:
    """How many roots back; 0 for what is something else."""
    found = BACK.fullmatch(text)
    return int(found[1]) if found else 0


def root_before(session: Session, settings: Config, steps: int, shown: Cid | None) -> Cid:
    """The root so many publishes before the one that is shown; ConfigError where none is known."""
    from publisher.journal.queries import known_roots

    past = session.journal().events()
    names = session.names(settings)
    roots = earlier(past, shown if names else None, named=bool(names))
    if len(roots) < steps and names:
        roots = roots or remembered(names[0], shown)
    if len(roots) < steps:
        many = {0: "no root is known", 1: "only 1 root is known"}.get(len(roots), f"only {len(roots)} roots are known")
        what = f"{many} from before the one that {f'{names[0].name} shows' if names else 'was published last'}"
        if shown is None and not known_roots(past):
            what = f"{names[0].name} shows no root yet" if names else "nothing was published yet"
        hint = "`publish history` shows what is known; any root can be given instead"
        raise ConfigError(f"-{steps}", what, hint=hint)
    root = roots[steps - 1]
    return {cid.to_v1(): cid for cid in known_roots(past)}.get(
        root, root
    )  # a name shows version 1 of whatever was wanted


def earlier(events: Sequence[Event], shown: Cid | None, *, named: bool) -> tuple[Cid, ...]:
    """The roots before the one that is shown, newest first, in the order of their publishes.

    Rollbacks are no publishes: after one, it is still counted from what was published last, so that the same
    rollback done again, or gone on with, leads to the same root.
    """
    order = publishes(events, named=named)
    if shown is None or _rolled_back(events, shown):
        return order[1:]
    return order[order.index(shown) + 1 :] if shown in order else order


def publishes(events: Sequence[Event], *, named: bool) -> tuple[Cid, ...]:
    """The roots that names were moved to (without names: that were held), newest first, each once; no rollbacks."""
    back = {event.sequence: event.back for event in events if isinstance(event, Wanted)}
    signed = {event.hash: event for event in events if isinstance(event, Signed)}
    order: dict[Cid, None] = {}
    now = 0

    def add(text: str, *, new: bool) -> None:
        root = cid_of(text)
        if root is not None and (new or root not in order):
            order.pop(root, None)
            order[root] = None

    for event in events:
        if isinstance(event, Wanted):
            now = event.sequence
        elif isinstance(event, Finished) and not named:
            add(event.root, new=not back.get(event.sequence, False))
        elif named and isinstance(event, Named) and event.outcome == "moved":
            add(event.before, new=False)
            add(event.after, new=not back.get(now, False))
        elif named and isinstance(event, Mined) and event.ok and event.hash in signed:  # a run that was cut there
            attempt = signed[event.hash]
            add(attempt.before, new=False)
            add(attempt.after, new=not back.get(attempt.sequence, False))
    return tuple(reversed(order))


def _rolled_back(events: Sequence[Event], shown: Cid) -> bool:
    """Whether the newest run is a rollback, under way or done and not changed by anybody since."""
    last = next((event for event in reversed(events) if isinstance(event, Wanted)), None)
    if last is None or not last.back:
        return False
    done = any(isinstance(event, Finished) and event.sequence == last.sequence for event in events)
    return not done or shown.same_block(cid_of(last.root))


def remembered(name: NameService, shown: Cid | None) -> tuple[Cid, ...]:
    """The same from the chain alone, which does not know what was a rollback: by the first time that it was shown."""
    changes = [root_of(change.uri) for change in itertools.islice(name.history(), CHANGES)]
    order = [root for root in dict.fromkeys(reversed(changes)) if root is not None]
    before = order[: order.index(shown)] if shown in order else order
    return tuple(reversed(before))
