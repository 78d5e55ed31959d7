"""Pin references record which sites use a root on a node that several sites share.

A pin has only one name, so each further site makes a pin reference, which is also called a mark. A mark is the pin of
an identity CID. Such a CID contains its few bytes itself, so no block is sent for it. No site makes or removes the mark
of another site. So two sites that publish and unpin one root at the same time do not disturb each other:

- To publish a root, a site makes its mark, reads the pins, sends blocks and pins the root. The site removes its mark
  only if the pin has the name of the site and no other site has a mark.
- To unpin a root, a site reads the marks of other sites, unpins the root, and reads the marks again. If a mark of
  another site has appeared meanwhile, the site pins the root again.

So one of two concurrent runs always sees the other run. After an error, a mark may stay. Then a pin may stay longer
than needed, but no pin is removed that a site needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.dag.cid import IDENTITY, Cid, Codec

MARK = "gazeth: "
"""The beginning of the name of every mark."""

_MAGIC = b"gazeth uses "
_SITE_BYTES = 8


def mark(root: Cid, site: str) -> Cid:
    """Return the identity CID that `site` pins as its reference to `root`. `site` has 16 hexadecimal digits."""
    data = _MAGIC + bytes.fromhex(site) + root.to_v1().raw
    return Cid(bytes((1, Codec.RAW, IDENTITY, len(data))) + data)


def mark_name(root: Cid, label: str) -> str:
    """Return the name under which a mark is pinned, for people who list the pins. `label` is the site's name."""
    return f"{MARK}{root} is used by {label}"


def marked(pins: Iterable[Cid]) -> dict[Cid, frozenset[str]]:
    """Return a map from each root, in version 1, to the ids of the sites that have a mark for it among `pins`."""
    found: dict[Cid, frozenset[str]] = {}
    for pin in pins:
        if pin.is_identity and pin.digest.startswith(_MAGIC):
            site, raw = pin.digest[len(_MAGIC) :][:_SITE_BYTES], pin.digest[len(_MAGIC) + _SITE_BYTES :]
            found[Cid(raw)] = found.get(Cid(raw), frozenset()) | {site.hex()}
    return found
