"""Write the text and the JSON of `publish prune`: the roots that stay, the roots that go, and the freed space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.app.prune import PruneReport
    from publisher.cache.gc import SweepResult
    from publisher.dag.cid import Cid

SHORT = 12
"""At most this many of the kept roots are listed with their reasons. The others are only counted."""


def plan_rows(look: PruneReport) -> dict[str, Any]:
    """Return the plan of a prune as a JSON object. Sizes are in bytes. An unknown size is null."""
    return {
        "kept": [{"root": str(kept.root), "why": list(kept.why)} for kept in look.plan.kept],
        "going": [{"store": one.store, "root": str(one.root)} for one in look.plan.removals],
        "freed": {store: weight.bytes if weight else None for store, weight in look.freed.items()},
        "cache": {"blocks": look.cache.blocks, "bytes": look.cache.bytes},
    }


def staying(look: PruneReport) -> Iterator[str]:
    """Yield the lines about the roots that stay, with the reasons."""
    for kept in look.plan.kept[:SHORT]:
        yield f"stays  {kept.root}\n       {'; '.join(kept.why)}"
    if len(look.plan.kept) > SHORT:
        yield f"       and {count(len(look.plan.kept) - SHORT, 'more root')}; --json lists them all"


def going(look: PruneReport) -> Iterator[str]:
    """Yield a line for each root that this site gives up, with the stores at which it gives the root up."""
    stores: dict[Cid, list[str]] = {}
    for one in look.plan.removals:
        stores.setdefault(one.root, []).append(one.store)
    for root, held in stores.items():
        yield f"{root}  from {', '.join(held)}"


def freed(look: PruneReport) -> Iterator[str]:
    """Yield the lines about the space that a prune frees, and about the stores that did not answer."""
    for error in look.faults.values():
        yield f"{error}; what it holds stays"
    for store, weight in look.freed.items():
        unknown = f"an unknown amount on {store}, because blocks are missing here"
        yield f"frees  {f'{volume(weight.bytes)} on {store}' if weight else unknown}"
    if not look.plan.removals:
        yield "no pinned root has to go"
    if look.cache.blocks:
        yield f"frees  {volume(look.cache.bytes)} of the cache"


def gone_rows(store: str, done: Mapping[Cid, bool]) -> Iterator[dict[str, Any]]:
    """Yield a JSON object for each root that the store unpinned. Such a root has the value True in `done`."""
    return ({"store": store, "root": str(root)} for root, was in done.items() if was)


def gone_lines(store: str, done: Mapping[Cid, bool]) -> Iterator[str]:
    """Yield the lines about the roots in `done`. The value in `done` says whether the store unpinned the root.

    A root stays pinned if another site uses the root. A root may also have had no pin.
    """
    gone = sum(done.values())
    if gone:
        yield f"{store}: unpinned {count(gone, 'root')}"
    if others := len(done) - gone:
        one = "was not unpinned: it has no pin there any more, or another site uses it"
        several = "were not unpinned: they have no pin there any more, or another site uses them"
        yield f"{store}: {count(others, 'root')} {one if others == 1 else several}"


def swept_row(swept: SweepResult) -> dict[str, Any]:
    """Return the result of the sweep of the cache as a JSON object. Sizes are in bytes."""
    return {"blocks": swept.gone.blocks, "bytes": swept.gone.bytes, "size": swept.after}


def swept_line(swept: SweepResult) -> str:
    """Return the line about the size of the cache after and before the sweep."""
    return f"the cache takes {volume(swept.after)} now, {volume(swept.before)} before"
