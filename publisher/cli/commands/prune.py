"""`publish prune`: unpin old roots and make the cache smaller."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain

if TYPE_CHECKING:
    from publisher.app.prune import PruneReport
    from publisher.cache.gc import SweepResult
    from publisher.dag.cid import Cid
    from publisher.report import Report


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Show which roots would go and how much space that frees; unpin nothing.")
@click.option("--yes", is_flag=True, help="Unpin without asking. A script needs this.")
@common
@click.pass_obj
@plain
def command(session: Session, /, dry_run: bool, yes: bool) -> None:
    """Unpin old roots and make the cache smaller.

    The table [keep] in `publish.toml` says how many roots stay, and for how long. Older roots stay too if a name shows
    them, if a pending transaction may still make a name show them, if another site uses them, or if neither the journal
    of this folder nor the chain lists them. The command asks before it unpins anything.

    It changes the stores, and the journal and cache in `.publish`.

    Examples:
    publish prune --dry-run
    publish prune
    """
    from publisher.app.prune import PruneListener, prune

    report = session.report
    listener = PruneListener(partial(_write_plan, report), partial(_write_gone, report), partial(_write_swept, report))
    prune(session, listener, dry_run=dry_run, yes=yes)
    report.finish()


def _write_plan(report: Report, look: PruneReport) -> None:
    from publisher.cli.text.prune import freed, going, plan_rows, staying

    report.data.update(plan_rows(look))
    for line in staying(look):
        report.say(line)
    if look.plan.removals:
        report.say("these go:")
    for line in going(look):
        report.result(line)
    for line in freed(look):
        report.say(line)


def _write_gone(report: Report, store: str, done: Mapping[Cid, bool]) -> None:
    from publisher.cli.text.prune import gone_lines, gone_rows

    for row in gone_rows(store, done):
        report.append("unpinned", row)
    for line in gone_lines(store, done):
        report.say(line)


def _write_swept(report: Report, swept: SweepResult) -> None:
    from publisher.cli.text.prune import swept_line, swept_row

    report.add("cache", swept_row(swept))
    report.say(swept_line(swept))
