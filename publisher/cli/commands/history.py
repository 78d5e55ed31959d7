"""`publish history`: list every publish of the journal or, if the journal is empty, of the chain."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.history import history, showing
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.text.history import row, table
from publisher.cli.text.terminal import width
from publisher.cli.values import whole_number

LIMIT = 20
PIPED = 1 << 16
"""A line has at most this many columns if the output is no terminal. So lines for a program are not broken."""


@click.command(cls=Command)
@click.option(
    "--limit", type=whole_number(1), metavar="N", default=LIMIT, show_default=True, help="Show at most N rows."
)
@click.option("--chain", is_flag=True, help="Ask the chain too: it knows what other machines have published.")
@common
@click.pass_obj
@plain
def command(session: Session, /, limit: int, chain: bool) -> None:
    """List what was published, newest first.

    Each row has the number of the root (such as @1), the time of the publish, the root, the change of the name, and the
    stores that have the root. The rows come from the journal of this folder. If the journal is empty, the command asks
    the chain.

    It changes nothing.

    Examples:
    publish history
    publish history --chain --limit 5
    """
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
        report.say("this list comes from the journal of this folder; --chain asks the chain too")
    if found.fault is not None:
        raise found.fault
    report.finish()
