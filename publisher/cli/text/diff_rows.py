"""Write the JSON of `publish diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.diff.kinds import address

if TYPE_CHECKING:
    from publisher.diff import Difference, File, Same


def rows(found: Difference) -> dict[str, Any]:
    """Return a difference as a JSON object. Sizes are in bytes."""
    return {
        "from": str(found.old) if found.old else None,
        "to": str(found.new),
        "added": [_row(file) for file in found.only("added")],
        "changed": [_changed_row(file) for file in found.only("changed")],
        "removed": [_row(file) for file in found.only("removed")],
        "moved": [{**_row(file), "from": file.was} for file in found.only("moved")],
        "same": [{"pages": list(same.paths), **_change_row(same)} for same in found.same],
    }


def _row(file: File) -> dict[str, Any]:
    row: dict[str, Any] = {"path": file.path}
    if file.kind == "page":
        row["url"] = address(file.path)
    return row | {"kind": file.kind, "bytes": file.before if file.after is None else file.after}


def _changed_row(file: File) -> dict[str, Any]:
    row = {**_row(file), "bytes_before": file.before}
    if file.kind == "page":
        row |= _change_row(file) | {"same": list(file.same)}
    if file.lines is not None:
        row["lines"] = {"added": file.lines.added, "removed": file.lines.removed}
    return row | ({"note": file.note} if file.note else {})


def _change_row(change: File | Same) -> dict[str, Any]:
    words = [
        {"where": passage.where, "pieces": [{piece.kind: piece.text} for piece in passage.pieces]}
        for passage in change.passages
    ]
    links = {"removed": [link.target for link in change.gone], "added": [link.target for link in change.come]}
    return {"words": words, "links": links}
