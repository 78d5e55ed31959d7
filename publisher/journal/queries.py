"""Find the known roots, the root that an argument means, and the open transactions, in the events of the journal.

An argument is a CID, the unique beginning of a CID, @N for a row of `publish history`, or a name.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence

from publisher.dag.cid import Cid
from publisher.dag.uri import root_of, without_prefix
from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.journal.events import Event, Finished, Mined, Sending, Settled, Signed, Unmined, Wanted

NAME = re.compile(r"[^\s/:.]+(\.[^\s/:.]+)+")
"""This pattern matches a text that may be a name: labels with dots between them."""


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that was signed and has not ended. It may still change the record."""

    signed: Signed
    sent: bool = False
    """This is true if the transaction was sent, or was about to be sent, so that it may be on the network."""
    mined: bool = False
    """This is true if the transaction has a receipt. A reorganisation can still remove the receipt."""


def unsettled(events: Iterable[Event]) -> tuple[OpenTransaction, ...]:
    """Return every open transaction, in the order of signing.

    A transaction that was signed again after its end is open again.
    """
    found: dict[str, OpenTransaction] = {}
    sent: set[str] = set()
    for event in events:
        if isinstance(event, Sending | Mined):
            sent.add(event.hash)
        if isinstance(event, Signed):
            found.pop(event.hash, None)
            found[event.hash] = OpenTransaction(event, event.hash in sent)
        elif isinstance(event, Settled):
            found.pop(event.hash, None)
        elif isinstance(event, Sending | Mined | Unmined) and event.hash in found:
            found[event.hash] = OpenTransaction(found[event.hash].signed, event.hash in sent, isinstance(event, Mined))
    return tuple(found.values())


def open_transaction_of(events: Iterable[Event], name: str) -> OpenTransaction | None:
    """Return the newest open transaction that was sent for the name `name`, or None if there is none."""
    mine = [each for each in unsettled(events) if each.sent and each.signed.name == name]
    return mine[-1] if mine else None


def known_roots(events: Sequence[Event]) -> tuple[Cid, ...]:
    """Return the roots that runs of this folder deployed or tried to deploy, newest first, each once."""
    found: dict[Cid, None] = {}
    for event in reversed(events):
        if isinstance(event, Wanted):
            with contextlib.suppress(ValueError):  # A line that was edited by hand is left out.
                found[Cid.parse(event.root)] = None
    return tuple(found)


def last_published(events: Sequence[Event]) -> Cid | None:
    """Return the root of the last finished run, or None if no run is finished."""
    for event in reversed(events):
        if isinstance(event, Finished):
            with contextlib.suppress(ValueError):
                return Cid.parse(event.root)
    return None


def root_shown(who: str, uri: str) -> Cid:
    """Return the root in `uri`, the record of the name `who`. Raises ConfigError if the record has no root."""
    root = root_of(uri)
    if root is not None:
        return root
    what = (
        f"the name shows {uri}, which is no root on IPFS"
        if uri
        else "the name shows nothing: it has no record, or does not exist"
    )
    raise ConfigError(who, what, hint="correct the spelling, or give a root, a folder or a CAR file")


def pick_root(text: str, roots: Sequence[Cid], shows: Callable[[str], str] | None = None) -> Cid:
    """Return the root that `text` means. `roots` has the known roots, newest first.

    `shows` returns the URI that a name shows. If it is None, `text` cannot be a name. Raises ConfigError if `text`
    means no root, or more than one.
    """
    if not text:
        raise ConfigError("publish", "the root is empty", hint="set the variable that holds the root, or write a root")
    text = without_prefix(text).rstrip("/")
    if numbered := re.fullmatch(r"@(\d{1,9})", text):
        number = int(numbered[1])
        if number < len(roots):
            return roots[number]
        some = (
            f"only {len(roots)} root{'s are' if len(roots) > 1 else ' is'} known in this folder"
            if roots
            else "no root is known in this folder yet"
        )
        raise ConfigError(text, some, hint="publish from this folder first, or write @0 for the newest root")
    if shows is not None and NAME.fullmatch(text):
        return root_shown(text, shows(text))
    try:
        return Cid.parse(text)
    except ValueError as error:
        found = [cid for cid in roots if len(text) >= 4 and str(cid).startswith(text)]
        if len(found) == 1:
            return found[0]
        what = "this is no root, folder or CAR file" if not found else f"{len(found)} roots begin like this"
        raise ConfigError(text, f"{what}", hint="write a longer beginning, a whole CID, or a path") from error
