"""Write the JSON of `publish explain`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from publisher.explain import anatomy, fields

if TYPE_CHECKING:
    from publisher.app.explain import Compared, Explained
    from publisher.explain import Part


def rows(found: Explained | Compared) -> dict[str, Any]:
    """Return an explanation or a comparison as a JSON object. Sizes are in bytes."""
    from publisher.app.explain import Explained

    if isinstance(found, Explained):
        cid = found.tree.cid
        rows = {"root": str(cid), "profile": found.profile.name, "cid": asdict(anatomy(cid))}
        return rows | {"tree": row(found.tree)}
    return {"roots": dict(found.roots), "partings": [asdict(one) for one in found.partings]}


def row(part: Part) -> dict[str, Any]:
    """Return a part and the parts below it as a JSON object. Fields that do not apply to the kind are left out."""
    made: dict[str, Any] = {"name": part.name, "kind": part.kind, "cid": str(part.cid), "bytes": part.size}
    made |= {"tsize": part.tsize}
    if part.kind in ("chunk", "file"):
        made |= {"content": part.content, "offset": part.offset}
    if part.target:
        made |= {"target": part.target}
    if part.kind != "chunk":
        made |= {"links": part.links, "left": part.left, "parts": [row(below) for below in part.parts]}
    if part.sharding is not None:
        made["sharding"] = asdict(part.sharding)
    if part.block:
        made["fields"] = [{"at": one.at, "hex": one.raw.hex(), "what": one.what} for one in fields(part.block)]
    return made
