"""`publish move-from`: move what a store holds to the other stores, before the store ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain

if TYPE_CHECKING:
    from publisher.app.move_from import MovedPin, MovePlan
    from publisher.report import Report


@click.command(cls=Command)
@click.argument("store", metavar="STORE")
@click.option("--all", "every", is_flag=True, help="Move every pin of the account, also those of other sites.")
@click.option("--dry-run", is_flag=True, help="Show what would be moved; change nothing.")
@click.option("--yes", is_flag=True, help="Move without asking. A script needs this.")
@common
@click.pass_obj
@plain
def command(session: Session, /, store: str, every: bool, dry_run: bool, yes: bool) -> None:
    """Move everything that a store holds to the other stores.

    STORE is the label of a store in `publish.toml`. The command fetches each root that this store holds, checks every
    block, and sends the root to the other stores. When enough of them hold the root, the command unpins it at STORE. If
    the command is interrupted, run it again: it continues with the roots that are left. When no root is left at STORE,
    remove this store from `publish.toml`.

    It changes the stores, and the journal and cache in `.publish`.

    Examples:
    publish move-from service --dry-run
    publish move-from service
    publish move-from service --all --yes
    """
    from publisher.app.move_from import MoveListener, MoveOptions, move_from

    report = session.report
    rows: list[MovedPin] = []
    listener = MoveListener(partial(_write_plan, report), partial(_write_pin, report, rows))
    try:
        move_from(session, store, MoveOptions(every, yes, dry_run), listener)
    finally:
        _write_end(report, store, rows)
    report.finish()


def _write_plan(report: Report, plan: MovePlan) -> None:
    from publisher.cli.text.move_from import plan_lines, plan_row

    report.data.update(plan_row(plan))
    for line in plan_lines(plan):
        report.say(line)


def _write_pin(report: Report, rows: list[MovedPin], row: MovedPin) -> None:
    from publisher.cli.text.move_from import pin_line, pin_row

    rows.append(row)
    report.append("roots", pin_row(row))
    report.result(pin_line(row))


def _write_end(report: Report, store: str, rows: list[MovedPin]) -> None:
    from publisher.cli.text.move_from import end_lines

    for line in end_lines(store, rows):
        report.say(line)
