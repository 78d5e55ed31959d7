"""How a deploy is told: the plan, what came of each step, and what is true in the end; for people and as JSON."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.app.deploying import DeployListener
from publisher.deploy import apply
from publisher.deploy.verify import Check
from publisher.formatting import ether, volume
from publisher.stores.base import Receipt

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.deploy.observe import DesiredState
    from publisher.names.base import NameOutcome, NameService
    from publisher.report import Report

PUBLIC_CHAINS = frozenset({1, 17000, 11155111})
"""The main chain and the test nets that have ENS."""


def telling(report: Report) -> DeployListener:
    """What a deploy calls, so that this report tells of it."""
    return DeployListener(partial(tell_plan, report), partial(tell, report), partial(conclude, report))


def tell_plan(report: Report, steps: tuple[apply.Step, ...]) -> None:
    """The plan, for people and, as `plan`, for programs."""
    report.add("plan", [plan_row(step) for step in steps])
    for step in steps:
        report.say(f"  {plan_line(step)}")


def plan_row(step: apply.Step) -> dict[str, Any]:
    """One step as JSON."""
    if isinstance(step, apply.Put):
        return {"step": "pin" if step.pinner else "store", "store": step.store, "kind": step.kind}
    if isinstance(step, apply.Read):
        return {"step": "verify", "by": step.by}
    row: dict[str, Any] = {"step": "name", "name": step.name, "before": step.before, "after": step.after}
    if step.cost is not None:
        cost = step.cost
        row |= {"gas": cost.gas, "max_fee_per_gas": cost.max_fee_per_gas}
        row |= {"likely_wei": cost.likely_cost, "max_wei": cost.max_cost}
    return row


def plan_line(step: apply.Step) -> str:
    """One step in words."""
    if isinstance(step, apply.Put):
        return f"{'pin    ' if step.pinner else 'store  '} on {step.store} ({step.kind})"
    if isinstance(step, apply.Read):
        return f"verify  what {step.by} gives back"
    cost = f", about {ether(step.cost.likely_cost)}, at most {ether(step.cost.max_cost)}" if step.cost else ""
    notes = "".join(f"; {note}" for note in step.notes)
    if step.before == step.after:
        return f"name    {step.name}: shows it already; an earlier transaction of ours is looked after{notes}"
    return f"name    {step.name}: {short(step.before)} -> {short(step.after)}{cost}{notes}"


def short(uri: str) -> str:
    """A record as a person can compare it: both ends of the root."""
    return f"{uri[:18]}…{uri[-6:]}" if len(uri) > 30 else uri or "(nothing)"


def tell(report: Report, result: apply.Result) -> None:
    """What came of a step."""
    if isinstance(result, Receipt):
        sent = f", {volume(result.sent_bytes)} sent" if result.sent_bytes else ""
        report.say(f"{result.store}: {result.status}{sent}" + (f"; {result.note}" if result.note else ""))
        row = {"name": result.store, "kind": result.kind, "status": result.status, "root": str(result.root)}
        note = {"note": result.note} if result.note else {}
        report.append("stores", row | {"sent_bytes": result.sent_bytes} | note)
    elif isinstance(result, Check):
        report.say(f"verified by {result.by}" if result.ok else f"{result.by}: {result.why}")
        report.append("verified", {"by": result.by, "ok": result.ok} | ({"why": result.why} if result.why else {}))
    else:
        tell_outcome(report, result)


def tell_outcome(report: Report, outcome: NameOutcome) -> None:
    """How it ended for a name."""
    row: dict[str, Any] = {"name": outcome.name, "kind": outcome.kind, "outcome": outcome.outcome}
    if outcome.outcome != "skipped":
        row |= {"before": outcome.before, "after": outcome.after}
    for key in ("transaction", "block", "gas_used", "fee_wei"):
        if value := getattr(outcome, key):
            row[key] = value
    report.append("names", row)
    if outcome.transaction and outcome.outcome != "pending":  # the error that follows tells of that one
        report.say(f"{outcome.name}: {outcome.outcome} by transaction {outcome.transaction}")


def public(settings: Config) -> bool:
    """Whether others can see the chains that the names are on: no gateway follows a chain on this machine."""
    return all(getattr(place.settings, "chain_id", 1) in PUBLIC_CHAINS for place in settings.names)


def conclude(report: Report, desired: DesiredState, names: tuple[NameService, ...], settings: Config) -> None:
    """The last line says what is now true."""
    report.data.setdefault("stores", [])
    report.data.setdefault("names", [])
    report.data.setdefault("verified", [])
    web = [settings.site.url] if settings.site.url and names else []
    report.add("urls", [desired.uri, *web])
    report.result(str(desired.root))
    outcomes = [row for row in report.data["names"] if row["outcome"] != "skipped"]
    for row in outcomes:
        fee = f" ({ether(row['fee_wei'])})" if row.get("fee_wei") else ""
        shows = "already shows" if row["outcome"] == "unchanged" else "shows"
        follow = "; gateways follow in about 5 minutes" if row["outcome"] == "moved" and public(settings) else ""
        report.say(f"{row['name']} {shows} {desired.root.to_v1()}{fee}{follow}")
    if not outcomes:
        held = [row["name"] for row in report.data["stores"] if row["status"] == "pinned"]
        report.say(f"{desired.root} is held by {', '.join(held)}" if held else f"{desired.root} is held by nobody yet")
