"""Who uses a root on a node that several sites share: a pin has one name, so each further site leaves a mark.

A mark is the pin of an identity CID, which holds its few bytes itself: no block is sent for it. Nobody writes or takes
away the mark of another, so two sites that publish one root at once cannot undo each other:

- who publishes leaves its mark first, then looks, sends and pins, and takes the mark back only when the pin is its own
  and nobody else has left one;
- who lets go looks for marks of others, unpins, looks again, and pins once more what was marked meanwhile.

So of two that meet, one always sees the other. What goes wrong in between leaves a mark, and keeps a pin too long.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.dag.cid import IDENTITY, Cid, Codec

MARK = "gazeth: "
"""How the name of every mark begins."""

_MAGIC = b"gazeth uses "
_SITE_BYTES = 8


def mark(root: Cid, site: str) -> Cid:
    """What a site, by its 16 hexadecimal digits, pins to say that it uses a root."""
    data = _MAGIC + bytes.fromhex(site) + root.to_v1().raw
    return Cid(bytes((1, Codec.RAW, IDENTITY, len(data))) + data)


def mark_name(root: Cid, label: str) -> str:
    """What people read beside it in a list of pins."""
    return f"{MARK}{root} is used by {label}"


def marked(pins: Iterable[Cid]) -> dict[Cid, frozenset[str]]:
    """Root, in version 1 -> the sites that use it, from all or some pins of a node."""
    found: dict[Cid, frozenset[str]] = {}
    for pin in pins:
        if pin.is_identity and pin.digest.startswith(_MAGIC):
            site, raw = pin.digest[len(_MAGIC) :][:_SITE_BYTES], pin.digest[len(_MAGIC) + _SITE_BYTES :]
            found[Cid(raw)] = found.get(Cid(raw), frozenset()) | {site.hex()}
    return found
