"""Count roots back from the root that is shown. In every command, the argument -1 means the root before that root."""

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
"""At most this many changes of a name are read from the chain, if the journal has no earlier root."""


def parse_steps_back(text: str) -> int:
    """Return the number of steps in a text such as `-2` or `@-2`, or 0 for any other text."""
    found = BACK.fullmatch(text)
    return int(found[1]) if found else 0


def root_before(session: Session, settings: Config, steps: int, shown: Cid | None) -> Cid:
    """Return the root that was published `steps` publishes before `shown`.

    Raises ConfigError if the journal and the chain know no such root, and NamingError if the chain cannot be asked.
    """
    from publisher.journal.queries import known_roots

    past = session.journal().events()
    names = session.names(settings)
    roots = earlier(past, shown if names else None, named=bool(names))
    if len(roots) < steps and names:
        roots = roots or remembered(names[0], shown)
    if len(roots) < steps:
        many = {0: "no root is known that was", 1: "only 1 root is known that was"}.get(
            len(roots), f"only {len(roots)} roots are known that were"
        )
        what = f"{many} published before {f'the one that {names[0].name} shows' if names else 'the last one'}"
        if shown is None and not known_roots(past):
            what = f"{names[0].name} shows no root yet" if names else "nothing was published yet"
        hint = "run `publish history` to see the known roots, or give any root"
        raise ConfigError(f"-{steps}", what, hint=hint)
    root = roots[steps - 1]
    # A name shows every root as a CID of version 1. The stores know the root by the CID in the journal.
    return {cid.to_v1(): cid for cid in known_roots(past)}.get(root, root)


def earlier(events: Sequence[Event], shown: Cid | None, *, named: bool) -> tuple[Cid, ...]:
    """Return the roots that were published before `shown`, newest first. `named` says whether the site has a name.

    `shown` is None if no name shows a root. A rollback does not count as a publish: after a rollback, the count still
    starts at the last publish. So the same rollback leads to the same root when it is run again.
    """
    order = publishes(events, named=named)
    if shown is None or _rolled_back(events, shown):
        return order[1:]
    return order[order.index(shown) + 1 :] if shown in order else order


def publishes(events: Sequence[Event], *, named: bool) -> tuple[Cid, ...]:
    """Return the published roots, newest first, each once.

    With `named`, a root is published when a name is moved to it. Otherwise it is published when its run is finished. A
    rollback to a root does not change the place of this root in the order.
    """
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
        # A run that was interrupted after the transaction was mined has no event `Named`.
        elif named and isinstance(event, Mined) and event.ok and event.hash in signed:
            attempt = signed[event.hash]
            add(attempt.before, new=False)
            add(attempt.after, new=not back.get(attempt.sequence, False))
    return tuple(reversed(order))


def _rolled_back(events: Sequence[Event], shown: Cid) -> bool:
    """Return whether the newest run is a rollback that is unfinished, or a finished one whose root is `shown`."""
    last = _newest_wanted(events)
    if last is None or not last.back:
        return False
    done = any(isinstance(event, Finished) and event.sequence == last.sequence for event in events)
    return not done or shown.same_block(cid_of(last.root))


def _newest_wanted(events: Sequence[Event]) -> Wanted | None:
    """Return the beginning of the newest run that was not superseded, or None. A superseded run moved no name."""
    superseded = False
    for event in reversed(events):
        if isinstance(event, Wanted) and not superseded:
            return event
        if isinstance(event, Wanted | Named):
            superseded = isinstance(event, Named) and (superseded or event.outcome == "superseded")
    return None


def remembered(name: NameService, shown: Cid | None) -> tuple[Cid, ...]:
    """Return the roots that `name` showed before `shown`, newest first, as the chain records them.

    A root that was shown several times is sorted by the first time, because the chain does not know which change was a
    rollback. Raises NamingError if the chain cannot be asked.
    """
    changes = [root_of(change.uri) for change in itertools.islice(name.history(), CHANGES)]
    order = [root for root in dict.fromkeys(reversed(changes)) if root is not None]
    before = order[: order.index(shown)] if shown in order else order
    return tuple(reversed(before))
