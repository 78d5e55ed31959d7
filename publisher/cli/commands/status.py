"""`publish status`: ask all names and stores at once. A part that gives no answer becomes a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.option("--no-build", is_flag=True, help="Do not build the site, and leave out what publishing would do.")
@common
@click.pass_obj
@plain
def command(session: Session, /, no_build: bool) -> None:
    """Show what the name shows and what publishing would do.

    It asks every name and store at the same time, and builds the site here to compare. It also shows since when the
    name shows its root, who holds that root, and what is under way.

    It changes nothing but the cache in `.publish`.

    Examples:
    publish status
    publish status --no-build
    """
    from publisher.app.status import read_status
    from publisher.cli.text.status import lines
    from publisher.cli.text.status_rows import rows

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
