"""The events of a deploy. Each is written to the journal before its step is taken.

Every event is flat and holds only texts, numbers and booleans, so that it fits on one line of JSON. CIDs are in text
form. The record of a name is a URI such as ipfs://bafy..., or empty.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is about to happen, or that was seen to have happened."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Wanted(Event):
    """A run wants a root. `sequence` grows by one with each new root: the highest is the newest desired root."""

    kind = "wanted"
    sequence: int
    root: str
    names: str = ""
    """Names to move, separated by spaces; empty if the run stops before the names."""
    back: bool = False
    """Whether it is a return to an older root: no publish of something new."""
    now: str = ""
    """The day for which the root was built, in the site's zone; empty where the day does not change it."""


@dataclass(frozen=True, slots=True)
class Storing(Event):
    """Blocks are about to be sent to a store."""

    kind = "storing"
    store: str
    root: str
    site: str = ""
    """The id of this folder's site; empty in journals of older versions."""


@dataclass(frozen=True, slots=True)
class Pinned(Event):
    """A store was asked, and holds the whole root."""

    kind = "pinned"
    store: str
    root: str
    sent_bytes: int
    name: str = ""
    """The name of the pin; empty in journals of older versions."""
    site: str = ""
    """The id of this folder's site; empty in journals of older versions."""
    shared: bool = False
    """Whether the pin belongs to another site, and this site only added a pin reference."""


@dataclass(frozen=True, slots=True)
class Unpinned(Event):
    """A store was told to unpin a root, or no longer had it pinned."""

    kind = "unpinned"
    store: str
    root: str


@dataclass(frozen=True, slots=True)
class Signed(Event):
    """A transaction was signed and has certainly not been sent.

    Anyone with `raw` can send it, so it is erased when the attempt is final or discarded. Fees are in wei per gas.
    """

    kind = "signed"
    chain: int
    sender: str
    nonce: int
    sequence: int
    name: str
    before: str
    after: str
    max_fee: int
    tip: int
    hash: str
    raw: str
    to: str = ""
    """The contract that the transaction calls. The same change sent to another contract is another change."""


@dataclass(frozen=True, slots=True)
class Sending(Event):
    """Written before the first send. From here on the transaction may be mined at any time."""

    kind = "sending"
    hash: str


@dataclass(frozen=True, slots=True)
class Mined(Event):
    """A receipt was seen. `ok` is false if the transaction reverted; `block_hash` reveals a reorganisation."""

    kind = "mined"
    hash: str
    block: int
    block_hash: str
    gas_used: int
    fee_wei: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Unmined(Event):
    """A reorganisation removed the receipt: the attempt is pending again."""

    kind = "unmined"
    hash: str


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """An attempt has ended. `end` is final, discarded (never sent) or dead (another transaction used its nonce)."""

    kind = "settled"
    hash: str
    end: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """A name service has finished. `outcome` is as in the JSON output."""

    kind = "named"
    name: str
    before: str
    after: str
    outcome: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Verified(Event):
    """The bytes that a reader returned were compared with the published ones."""

    kind = "verified"
    by: str
    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """Nothing is left to do for this root."""

    kind = "finished"
    sequence: int
    root: str


KINDS: dict[str, type[Event]] = {
    e.kind: e
    for e in (Wanted, Storing, Pinned, Unpinned, Signed, Sending, Mined, Unmined, Settled, Named, Verified, Finished)
}


def to_fields(event: Event) -> dict[str, Any]:
    """Return the event as one flat mapping, with its kind under `event`."""
    return {"event": event.kind, **asdict(event)}


TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}


def from_fields(data: dict[str, Any]) -> Event | None:
    """Return the event of a mapping, or None for a kind that this version does not know. Unknown fields are ignored.

    Raises TypeError if a field is missing or has another type.
    """
    known = KINDS.get(data.get("event", ""))
    if known is None:
        return None
    found = {f.name: data[f.name] for f in fields(known) if f.name in data}
    for each in fields(known):
        if each.name in found and type(found[each.name]) is not TYPES[str(each.type)]:
            raise TypeError(f"{each.name} is not of type {each.type}")
    return known(**found)
