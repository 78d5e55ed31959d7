"""What a deploy does, as values: told before each step to the journal and to the report.

Every event is flat and made of text, numbers and booleans, so that one line of JSON holds it.
CIDs are in their text form; the contents of a name are URIs such as ipfs://bafy..., empty for none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is about to happen, or was seen to have happened."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Wanted(Event):
    """A run wants a root. `sequence` grows by one a run: the highest is the newest desired root."""

    kind = "wanted"
    sequence: int
    root: str
    names: str = ""
    """Names to move, separated by spaces; empty when the run stops before the name."""
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
    """Which site this folder says to be; empty where an older version wrote the journal."""


@dataclass(frozen=True, slots=True)
class Pinned(Event):
    """A store was asked and holds the whole root."""

    kind = "pinned"
    store: str
    root: str
    sent_bytes: int
    name: str = ""
    """What the pin was called; empty where an older version wrote the journal."""
    site: str = ""
    """Which site this folder said to be; empty where an older version wrote the journal."""
    shared: bool = False
    """Whether the pin is another's, and this site said only that it uses it."""


@dataclass(frozen=True, slots=True)
class Unpinned(Event):
    """A store was told to let go of a root, or had let go of it already."""

    kind = "unpinned"
    store: str
    root: str


@dataclass(frozen=True, slots=True)
class Signed(Event):
    """Signed, and certainly not sent yet. `raw` is a capability: erased when it is final or discarded."""

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
    """The contract it goes to: the same change sent elsewhere is another change."""


@dataclass(frozen=True, slots=True)
class Sending(Event):
    """Written before the first send: from here on the transaction may be anywhere, for ever."""

    kind = "sending"
    hash: str


@dataclass(frozen=True, slots=True)
class Mined(Event):
    """A receipt was seen. `ok` is false when it reverted; `block_hash` tells a reorganisation."""

    kind = "mined"
    hash: str
    block: int
    block_hash: str
    gas_used: int
    fee_wei: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Unmined(Event):
    """A reorganisation took the receipt away: the attempt is under way again."""

    kind = "unmined"
    hash: str


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """An attempt has ended: `end` is final, discarded (never sent) or dead (another transaction has its nonce)."""

    kind = "settled"
    hash: str
    end: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """A name service has done its part; `outcome` as in the JSON output."""

    kind = "named"
    name: str
    before: str
    after: str
    outcome: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Verified(Event):
    """What came back was compared with what was published."""

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
    """The event as one flat mapping, its kind under `event`."""
    return {"event": event.kind, **asdict(event)}


TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}


def from_fields(data: dict[str, Any]) -> Event | None:
    """The event of a mapping; None for a kind that this version does not know. Unknown fields are ignored.

    TypeError when a field is missing or of another type.
    """
    known = KINDS.get(data.get("event", ""))
    if known is None:
        return None
    found = {f.name: data[f.name] for f in fields(known) if f.name in data}
    for each in fields(known):
        if each.name in found and type(found[each.name]) is not TYPES[str(each.type)]:
            raise TypeError(f"{each.name} is not of type {each.type}")
    return known(**found)
