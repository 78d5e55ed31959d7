"""A tree of parts as programs read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from publisher.explain import anatomy, fields

if TYPE_CHECKING:
    from publisher.app.explain import Compared, Explained
    from publisher.explain import Part


def rows(found: Explained | Compared) -> dict[str, Any]:
    """The keys of what was found."""
    from publisher.app.explain import Explained

    if isinstance(found, Explained):
        cid = found.tree.cid
        rows = {"root": str(cid), "profile": found.profile.name, "cid": asdict(anatomy(cid))}
        return rows | {"tree": row(found.tree)}
    return {"roots": dict(found.roots), "partings": [asdict(one) for one in found.partings]}


def row(part: Part) -> dict[str, Any]:
    """A part as JSON, its fields that say nothing left out."""
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
