"""`publish prune`: old roots are let go of, and the cache is made small."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.app.prune import PruneListener, PruneReport, prune
from publisher.cli.options import common, plain
from publisher.cli.text.prune import freed, going, gone_lines, gone_rows, plan_rows, staying, swept_line, swept_row

if TYPE_CHECKING:
    from publisher.cache.gc import SweepResult
    from publisher.dag.cid import Cid
    from publisher.report import Report


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would go and what it frees, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
@click.pass_obj
@plain
def command(session: Session, /, dry_run: bool, yes: bool) -> None:
    """Let go of old roots as [keep] says, and make the cache small.

    What a name shows, what a transaction may still set, and what this folder's journal does not know always stays.
    """
    report = session.report
    listener = PruneListener(partial(_write_plan, report), partial(_write_gone, report), partial(_write_swept, report))
    prune(session, listener, dry_run=dry_run, yes=yes)
    report.finish()


def _write_plan(report: Report, look: PruneReport) -> None:
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
    for row in gone_rows(store, done):
        report.append("unpinned", row)
    for line in gone_lines(store, done):
        report.say(line)


def _write_swept(report: Report, swept: SweepResult) -> None:
    report.add("cache", swept_row(swept))
    report.say(swept_line(swept))
