"""Write the text and the JSON of the changes that another person has to send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.app.handing_over import HandOver


def hand_over_lines(handed: HandOver) -> Iterator[str]:
    """Yield the calls that have to be sent, the old and the new root, and how to build the same root."""
    for outcome in handed.outcomes:
        call = outcome.call
        assert call is not None
        yield f"{outcome.name}: another person has to send this call; nothing was signed"
        yield f"  chain  {call.chain}"
        yield f"  to     {call.to}"
        yield "  value  0"
        yield f"  data   {call.data}"
        yield f"  name   {outcome.name} ({call.node})"
        yield f"  old    {outcome.before or '(nothing)'}"
        yield f"  new    {outcome.after}"
    if handed.rebuild:
        commit = f"check out commit {handed.commit}, then " if handed.commit else "in the same folder, "
        yield f"to check the new root: {commit}run `{handed.rebuild}` and compare"
    for file in handed.files:
        every = len(handed.outcomes)
        calls = f"{file.calls} of these calls" if file.calls < every else "the same call"
        calls = f"the same {every} calls" if file.calls == every > 1 else calls
        yield f"{file.path} has {calls} for the Transaction Builder of a Safe"


def hand_over_row(handed: HandOver) -> dict[str, Any]:
    """Return what was handed over as a JSON object. The calls are in `names`."""
    row: dict[str, Any] = {"names": [outcome.name for outcome in handed.outcomes]}
    row |= {"commit": handed.commit or None, "rebuild": handed.rebuild or None}
    return row | {"files": [str(file.path) for file in handed.files]}
