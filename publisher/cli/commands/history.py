"""`publish history`: every publish, from the journal; without one, what the chain remembers."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.history import history, showing
from publisher.cli.options import common, plain
from publisher.cli.text.history import row, table
from publisher.cli.text.terminal import width

LIMIT = 20
PIPED = 1 << 16
"""Columns of what is no terminal: lines are not broken for a program."""


@click.command()
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, newest first.")
@click.option("--chain", is_flag=True, help="Ask the chain too, for what other machines have published.")
@common
@click.pass_obj
@plain
def command(session: Session, /, limit: int, chain: bool) -> None:
    """Every publish: its root, when, who holds it, and what it did to the names."""
    report = session.report
    found = history(session, limit, chain=chain)
    publishes, names = found.publishes, showing(found.publishes, found.shown)
    report.add("history", [row(each, names.get(id(each), ())) for each in publishes[:limit]])
    report.add("older", max(0, len(publishes) - limit))
    for line in table(publishes[:limit], found.shown, width(report.out, PIPED)):
        report.result(line)
    if len(publishes) > limit:
        report.say(f"{len(publishes) - limit} more are older: --limit {len(publishes)} shows them all")
    if publishes and found.shown and not chain and publishes[0].by == "journal":
        report.say("as this folder's journal has it; --chain asks the chain too")
    if found.fault is not None:
        raise found.fault
    report.finish()
