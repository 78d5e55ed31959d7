"""How a prune is told: what stays and why, what goes, and what that frees; for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from publisher.app.prune import PruneListener
from publisher.formatting import count, volume

if TYPE_CHECKING:
    from publisher.app.prune import PruneReport
    from publisher.cache.gc import Swept
    from publisher.dag.cid import Cid
    from publisher.report import Report

SHORT = 12
"""So many roots that stay are listed with their reasons; of more, the others are counted."""


def telling(report: Report) -> PruneListener:
    """What a prune calls, so that this report tells of it."""
    return PruneListener(partial(tell_plan, report), partial(tell_gone, report), partial(tell_swept, report))


def tell_plan(report: Report, look: PruneReport) -> None:
    """The plan: why what stays stays, what goes from where, what that frees."""
    report.add("kept", [{"root": str(kept.root), "why": list(kept.why)} for kept in look.plan.kept])
    report.add("going", [{"store": one.store, "root": str(one.root)} for one in look.plan.going])
    report.add("freed", {store: weight.bytes if weight else None for store, weight in look.freed.items()})
    report.add("cache", {"blocks": look.cache.blocks, "bytes": look.cache.bytes})
    for kept in look.plan.kept[:SHORT]:
        report.say(f"stays  {kept.root}\n       {'; '.join(kept.why)}")
    if len(look.plan.kept) > SHORT:
        report.say(f"       and {count(len(look.plan.kept) - SHORT, 'more root')}; --json lists them all")
    stores: dict[Cid, list[str]] = {}
    for one in look.plan.going:
        stores.setdefault(one.root, []).append(one.store)
    if stores:
        report.say("these go:")
    for root, held in stores.items():
        report.result(f"{root}  from {', '.join(held)}")
    for error in look.faults.values():
        report.say(f"{error}; what it holds stays")
    for store, weight in look.freed.items():
        told = (
            f"{volume(weight.bytes)} on {store}" if weight else f"on {store} nobody knows how much: blocks are not here"
        )
        report.say(f"frees  {told}")
    if not look.plan.going:
        report.say("no pinned root has to go")
    if look.cache.blocks:
        report.say(f"frees  {volume(look.cache.bytes)} of the cache")


def tell_gone(report: Report, store: str, done: Mapping[Cid, bool]) -> None:
    """What a store let go of, and what it did not hold for this site alone."""
    gone = [root for root, was in done.items() if was]
    for root in gone:
        report.append("unpinned", {"store": store, "root": str(root)})
    if gone:
        report.say(f"{store}: let go of {count(len(gone), 'root')}")
    if others := len(done) - len(gone):
        are = "is pinned there no more, or" if others == 1 else "are pinned there no more, or"
        report.say(f"{store}: {count(others, 'root')} {are} for somebody else; that is left as it is")


def tell_swept(report: Report, swept: Swept) -> None:
    """What the cache takes now."""
    report.add("cache", {"blocks": swept.gone.blocks, "bytes": swept.gone.bytes, "size": swept.after})
    report.say(f"the cache takes {volume(swept.after)} now, {volume(swept.before)} before")
