"""`publish status`: ask all names and stores in parallel, and print a line with the error of each that fails."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.option("--no-build", is_flag=True, help="Do not build the site, and do not show what publishing would do.")
@common
@click.pass_obj
@plain
def command(session: Session, /, no_build: bool) -> None:
    """Show the root of the name and what publishing would do.

    The command asks every name and store at the same time. It builds the site here, and compares the result with the
    root that the name shows. It also prints how long the name has shown this root, which stores have the root, and
    which steps are not finished.

    It changes only files in `.publish`.

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
