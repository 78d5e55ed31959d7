"""What came of the two publishes of a demonstration, and where the site is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.report import Report


def tell_publishes(report: Report, publishes: list[dict[str, Any]]) -> None:
    """The root, the transaction and its gas of each publish, and what changed between them."""
    report.add("publishes", publishes)
    report.say("")
    for number, done in enumerate(publishes, 1):
        name = done["names"][0]
        report.say(f"{number}. root        {done['root']}")
        report.say(f"   transaction {name['transaction']}, {name['gas_used']:,} gas")
    changed = publishes[1]["changed"]
    report.say(f"   changed     {changed['changed']} files, {changed['added']} added, {changed['removed']} removed")


def tell_address(report: Report, url: str) -> None:
    """Where the site is served."""
    report.add("url", url)
    report.result(url)
