"""Pin references: which sites use a root on a node that several sites share.

A pin has only one name, so each further site leaves a mark. A mark is the pin of an identity CID, which holds its few
bytes itself, so that no block is sent for it. No site writes or removes the mark of another. So two sites that publish
one root at the same time cannot undo each other:

- A publish leaves its mark first, then looks, sends and pins. It removes the mark only if the pin is its own and no
  other site has left a mark.
- An unpin looks for marks of others, unpins, and looks again. If a mark has appeared meanwhile, it pins the root again.

So of two concurrent runs, one always sees the other. An error in between leaves a mark, which keeps a pin for too long
but never removes one.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.dag.cid import IDENTITY, Cid, Codec

MARK = "gazeth: "
"""The beginning of the name of every mark."""

_MAGIC = b"gazeth uses "
_SITE_BYTES = 8


def mark(root: Cid, site: str) -> Cid:
    """Return the CID that a site pins to say that it uses a root. `site` has 16 hexadecimal digits."""
    data = _MAGIC + bytes.fromhex(site) + root.to_v1().raw
    return Cid(bytes((1, Codec.RAW, IDENTITY, len(data))) + data)


def mark_name(root: Cid, label: str) -> str:
    """Return the name of a mark, for people who list the pins."""
    return f"{MARK}{root} is used by {label}"


def marked(pins: Iterable[Cid]) -> dict[Cid, frozenset[str]]:
    """Map each root, in version 1, to the sites that use it, by the marks among the pins of a node."""
    found: dict[Cid, frozenset[str]] = {}
    for pin in pins:
        if pin.is_identity and pin.digest.startswith(_MAGIC):
            site, raw = pin.digest[len(_MAGIC) :][:_SITE_BYTES], pin.digest[len(_MAGIC) + _SITE_BYTES :]
            found[Cid(raw)] = found.get(Cid(raw), frozenset()) | {site.hex()}
    return found
