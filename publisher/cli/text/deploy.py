"""Write the text and the JSON of a deploy: the plan, the result of each step, and the conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from publisher.deploy import apply
from publisher.deploy.verify import Check
from publisher.formatting import ether, volume
from publisher.stores.base import Receipt

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid
    from publisher.names.base import NameOutcome

PUBLIC_CHAINS = frozenset({1, 17000, 11155111})
"""The chain ids of the main network and of the test networks that have ENS."""


def plan_row(step: apply.Step) -> dict[str, Any]:
    """Return one step of the plan as a JSON object. Fees are in wei."""
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
    """Return one step of the plan as a line of text."""
    if isinstance(step, apply.Put):
        return f"{'pin    ' if step.pinner else 'store  '} on {step.store} ({step.kind})"
    if isinstance(step, apply.Read):
        return f"verify  the blocks that {step.by} returns"
    cost = f", about {ether(step.cost.likely_cost)}, at most {ether(step.cost.max_cost)}" if step.cost else ""
    notes = "".join(f"; {note}" for note in step.notes)
    if step.before == step.after:
        return f"name    {step.name}: shows this root already, but an earlier transaction of ours is pending{notes}"
    return f"name    {step.name}: {short(step.before)} -> {short(step.after)}{cost}{notes}"


def short(uri: str) -> str:
    """Return the URI `uri` with only the beginning and the end of its root. People compare these."""
    return f"{uri[:18]}…{uri[-6:]}" if len(uri) > 30 else uri or "(nothing)"


def result_line(result: apply.Result) -> str:
    """Return the result of a step as a line of text, or an empty string if another line reports the result."""
    if isinstance(result, Receipt):
        sent = f", {volume(result.sent_bytes)} sent" if result.sent_bytes else ""
        return f"{result.store}: {result.status}{sent}" + (f"; {result.note}" if result.note else "")
    if isinstance(result, Check):
        return f"verified by {result.by}" if result.ok else f"{result.by}: {result.why}"
    if result.outcome == "superseded":
        spent = f" after transaction {result.transaction}" if result.transaction else ""
        return f"{result.name}: superseded{spent}: {result.why}"
    # The error that follows names a pending transaction.
    if result.transaction and result.outcome != "pending":
        return f"{result.name}: {result.outcome} by transaction {result.transaction}"
    return ""


def result_row(result: apply.Result) -> tuple[str, dict[str, Any]]:
    """Return the name of the JSON list that a result belongs to, and the result as a JSON object."""
    if isinstance(result, Receipt):
        row = {"name": result.store, "kind": result.kind, "status": result.status, "root": str(result.root)}
        return "stores", row | {"sent_bytes": result.sent_bytes} | ({"note": result.note} if result.note else {})
    if isinstance(result, Check):
        return "verified", {"by": result.by, "ok": result.ok} | ({"why": result.why} if result.why else {})
    return "names", _outcome_row(result)


def _outcome_row(outcome: NameOutcome) -> dict[str, Any]:
    row: dict[str, Any] = {"name": outcome.name, "kind": outcome.kind, "outcome": outcome.outcome}
    if outcome.outcome != "skipped":
        row |= {"before": outcome.before, "after": outcome.after}
    for key in ("transaction", "block", "gas_used", "fee_wei"):
        if value := getattr(outcome, key):
            row[key] = value
    if outcome.max_wei is not None:
        row["cost"] = {"gas": outcome.gas, "max_wei": outcome.max_wei, "paid_wei": outcome.fee_wei}
    if outcome.why:
        row["why"] = outcome.why
    if outcome.call is not None:
        row["call"] = asdict(outcome.call) | {"value": "0"}
    return row


def public(settings: Config) -> bool:
    """Return whether every name is on a public chain. Public gateways read no other chain."""
    return all(getattr(place.settings, "chain_id", 1) in PUBLIC_CHAINS for place in settings.names)


def conclusion(
    root: Cid, stores: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, Any]], *, public: bool
) -> Iterator[str]:
    """Yield the lines about the final state. `stores` and `names` are JSON objects of results.

    `public` says whether every name is on a public chain, so that visitors can reach it through public gateways.
    """
    outcomes = [row for row in names if row["outcome"] != "skipped"]
    for row in outcomes:
        fee = f" ({ether(row['fee_wei'])})" if row.get("fee_wei") else ""
        if row["outcome"] == "handed-over":
            yield f"{row['name']} will show {root.to_v1()} when the call above is sent; `publish status` follows it"
            continue
        if row["outcome"] == "superseded":
            yield f"{row['name']} was left to the run for the newest commit; {root.to_v1()} is stored and not shown"
            continue
        shows = "already shows" if row["outcome"] == "unchanged" else "shows"
        follow = "; gateways follow in about 5 minutes" if row["outcome"] == "moved" and public else ""
        yield f"{row['name']} {shows} {root.to_v1()}{fee}{follow}"
    if not outcomes:
        held = [row["name"] for row in stores if row["status"] == "pinned"]
        yield f"{root} is held by {', '.join(held)}" if held else f"no store holds {root} yet"
