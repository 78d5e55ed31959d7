"""Write the text and the JSON of `publish move-from`: the pins that will move, and the result for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from publisher.formatting import count

if TYPE_CHECKING:
    from publisher.app.move_from import MovedPin, MovePlan


def plan_row(plan: MovePlan) -> dict[str, Any]:
    """Return the plan as a JSON object."""
    pins = [{"root": str(pin.root), "name": pin.name} for pin in plan.pins]
    return {"store": plan.store, "to": list(plan.to), "pins": pins, "roots": []}


def plan_lines(plan: MovePlan) -> Iterator[str]:
    """Yield the lines about the pins that will move."""
    if plan.silent:
        yield f"{plan.store} does not answer ({plan.silent}): the journal says what it held"
    if not plan.pins:
        yield f"{plan.store} holds nothing of this site"
        return
    yield f"{count(len(plan.pins), 'root')} from {plan.store} to {', '.join(plan.to)}:"
    for pin in plan.pins:
        yield f"  {pin.root}" + (f"  {pin.name}" if pin.name else "")


def pin_row(row: MovedPin) -> dict[str, Any]:
    """Return the result for one pin as a JSON object."""
    return {"root": str(row.pin.root), "outcome": row.outcome, "why": row.why}


def pin_line(row: MovedPin) -> str:
    """Return the line of the table about one pin."""
    return f"{row.outcome:<6}  {row.pin.root}" + (f"  {row.why}" if row.why else "")


def end_lines(store: str, rows: Sequence[MovedPin]) -> Iterator[str]:
    """Yield the lines after the table: the number of pins with each outcome, and the next step."""
    from publisher.app.move_from import table

    if not rows:
        return
    yield ", ".join(f"{number} {outcome}" for outcome, number in table(rows))
    if all(row.outcome in ("moved", "held") for row in rows):
        yield f"the other stores hold everything: remove [stores.{store}] from publish.toml"
