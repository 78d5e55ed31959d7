"""Write the text and the JSON of `publish verify` about each store and gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from publisher.app.verify import named
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.dag.cid import Cid
    from publisher.deploy.verify import Check


def row(each: Check, found: Mapping[Cid, Sequence[str]]) -> dict[str, Any]:
    """Return a check as a JSON object. `found` maps each wrong block to the pages that contain it."""
    differs = [{"block": str(cid), "pages": found[cid]} for cid in each.differing]
    row = {"by": each.by, "ok": each.ok, "why": each.why, "blocks": each.blocks, "bytes": each.bytes}
    return row | ({"differs": differs} if differs else {})


def lines(each: Check, found: Mapping[Cid, Sequence[str]]) -> list[str]:
    """Return the line of a check, and a line for each wrong block. `found` maps such a block to its pages."""
    amount = f"{count(each.blocks, 'block')}, {volume(each.bytes)}"
    right = f"; {amount} right" if each.blocks else ""
    first = f"{each.by}: {amount}, all right" if each.ok else f"{each.by}: {each.why}{right}"
    return [first, *(f"  {cid} of {named(found[cid])}" for cid in each.differing)]
