"""Define the events of a deploy. An event that announces a step is written to the journal before the step begins.

The fields of an event are only texts, numbers and booleans, so that an event is one line of JSON. CIDs are in text
form. The record of a name is a URI such as ipfs://bafy..., or an empty string if the name has no record.
"""

from __future__ import annotations

from typing import Any, ClassVar

from publisher.fast_dataclass import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Event:
    """A step that is about to begin, or a fact that was observed."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Wanted(Event):
    """A run begins to deploy a root. `sequence` is one higher for each new root, so the newest root has the highest."""

    kind = "wanted"
    sequence: int
    root: str
    names: str = ""
    """The names that will move, separated by spaces. The string is empty if the run moves no name."""
    back: bool = False
    """This is true for a rollback to an older root."""
    now: str = ""
    """The day for which the root was built (ISO 8601), or an empty string if the root does not depend on the day."""


@dataclass(frozen=True, slots=True)
class Storing(Event):
    """A store is about to receive blocks, or a pinner is about to receive a request."""

    kind = "storing"
    store: str
    root: str
    site: str = ""
    """The id of this folder's site. The string is empty in journals of older versions."""


@dataclass(frozen=True, slots=True)
class Pinned(Event):
    """A store or pinner holds the whole root."""

    kind = "pinned"
    store: str
    root: str
    sent_bytes: int
    name: str = ""
    """The name under which the store pins the root. The string is empty in journals of older versions."""
    site: str = ""
    """The id of this folder's site. The string is empty in journals of older versions."""
    shared: bool = False
    """This is true if the pin belongs to another site, and this site only added a pin reference."""


@dataclass(frozen=True, slots=True)
class Unpinned(Event):
    """This site gave up a root at a store. The pin stays there if another site uses the root."""

    kind = "unpinned"
    store: str
    root: str


@dataclass(frozen=True, slots=True)
class Signed(Event):
    """A transaction was signed and has certainly not been sent.

    Anyone who has the signed bytes `raw` can send them. So they are erased when the attempt has ended (`Settled`).
    `max_fee` and `tip` are in wei per gas. `sequence` is 0 if the transaction changes a permission and not a record.
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
    """The contract that the transaction calls. A transaction to another contract counts as another change."""
    gas: int = 0
    """The gas limit. It is 0 in journals of older versions."""
    max_cost: int = 0
    """The most, in wei, that this attempt and all attempts that replace it may cost. It is 0 in older journals."""


@dataclass(frozen=True, slots=True)
class Sending(Event):
    """A transaction is about to be sent for the first time. From now on, it may be mined at any time."""

    kind = "sending"
    hash: str


@dataclass(frozen=True, slots=True)
class Mined(Event):
    """The chain returned a receipt. `ok` is false if the transaction reverted.

    If the block at `block` later has another hash than `block_hash`, a reorganisation has removed the receipt.
    """

    kind = "mined"
    hash: str
    block: int
    block_hash: str
    gas_used: int
    fee_wei: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Unmined(Event):
    """A reorganisation removed the receipt, so the attempt is pending again."""

    kind = "unmined"
    hash: str


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """An attempt has ended. `end` is final, discarded (never sent), or dead (another transaction used its nonce)."""

    kind = "settled"
    hash: str
    end: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """A name service has finished its work on a name. `outcome` has the same values as in the JSON output."""

    kind = "named"
    name: str
    before: str
    after: str
    outcome: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Verified(Event):
    """The blocks that a store or gateway returned were hashed, or the record of a name was read back.

    `by` is the label of the store or gateway, or `chain`.
    """

    kind = "verified"
    by: str
    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run has taken every step for this root."""

    kind = "finished"
    sequence: int
    root: str


KINDS: dict[str, type[Event]] = {
    e.kind: e
    for e in (Wanted, Storing, Pinned, Unpinned, Signed, Sending, Mined, Unmined, Settled, Named, Verified, Finished)
}


def to_fields(event: Event) -> dict[str, Any]:
    """Return the fields of the event as a dictionary, with its kind under `event`."""
    return {"event": event.kind, **asdict(event)}


TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}


def from_fields(data: dict[str, Any]) -> Event | None:
    """Return the event in `data`, a line of the journal. Return None for a kind that this version does not know.

    Unknown fields are ignored. Raises TypeError if a field is missing or has another type.
    """
    known = KINDS.get(data.get("event", ""))
    if known is None:
        return None
    found = {f.name: data[f.name] for f in fields(known) if f.name in data}
    for each in fields(known):
        if each.name in found and type(found[each.name]) is not TYPES[str(each.type)]:
            raise TypeError(f"{each.name} is not of type {each.type}")
    return known(**found)
