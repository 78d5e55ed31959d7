"""Write the text of `publish demo` about its two publishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.formatting import count


def lines(publishes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines about each publish: its root, its transaction, its gas, and the number of changed files.

    `publishes` are the JSON objects of the two publishes.
    """
    yield ""
    for number, done in enumerate(publishes, 1):
        name = done["names"][0]
        yield f"{number}. root        {done['root']}"
        yield f"   transaction {name['transaction']}, {name['gas_used']:,} gas"
    changed = publishes[1]["changed"]
    yield f"   changed     {count(changed['changed'], 'file')}, {changed['added']} added, {changed['removed']} removed"
