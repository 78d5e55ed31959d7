"""`publish status`: what is true now, asked of everybody at once; a part that cannot be told is a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from publisher.app.context import Session
from publisher.app.status import read_status
from publisher.cli.options import common, plain
from publisher.cli.text.status import lines
from publisher.cli.text.status_rows import rows


@click.command()
@click.option("--no-build", is_flag=True, help="Do not look at the working folder.")
@common
@click.pass_obj
@plain
def command(session: Session, /, no_build: bool) -> None:
    """What the name shows, since when, who holds it, and what publishing would change."""
    seen = read_status(session, session.settings(), build=not no_build)
    report = session.report
    report.data.update(rows(seen))
    for line in lines(seen, datetime.now(UTC)):
        report.result(line)
    for state in seen.names:
        for note in state.notes:
            report.warn(f"{state.name}: {note}")
    if seen.faults and not seen.names and seen.built is None and all(each.error for each in seen.holders):
        raise next(iter(seen.faults.values()))
    report.finish()
