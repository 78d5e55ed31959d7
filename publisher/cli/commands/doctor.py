"""`publish doctor`: test every setting and service. Print each finding, and the next step in a line below it."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.text.terminal import width
from publisher.errors import ConfigError, NamingError, PublishError, StateError, StoreError

FAULTS: tuple[type[PublishError], ...] = (ConfigError, StoreError, NamingError, StateError)


@click.command(cls=Command)
@click.option("--ci", is_flag=True, help="Test the pipeline too: its files, its variables and its forge.")
@common
@click.pass_obj
@plain
def command(session: Session, /, ci: bool) -> None:
    """Test every setting and service and say what to do.

    The command prints one line for each finding. If there is something to do, the line below the finding says what. The
    command also prints the fewest rights that a deploy needs on a node. With --ci, it tests the pipeline that `publish
    ci init` set up. Run it with --ci in a job of the pipeline, because only such a job has the secrets.

    It changes nothing outside of `.publish`.

    Examples:
    publish doctor
    publish doctor --ci
    """
    from publisher.app.checkup import check_up
    from publisher.cli.text.doctor import lines, paste, row, summary

    checkup = check_up(session, ci=ci)
    found, report = checkup.diagnosis, session.report
    report.add("findings", [row(finding) for finding in found.findings])
    report.add("rights", checkup.rights)
    shown = [finding for finding in found.findings if not (report.quiet and finding.level == "ok")]
    for line in lines(shown, width(report.out, 0), utf8=report.utf8):
        report.result(line)
    if not report.quiet:
        for line in paste(checkup.rights):
            report.result(line)
    if found.exit_code:
        kind = next((kind for kind in FAULTS if kind.exit_code == found.exit_code), PublishError)
        raise kind(
            "publish doctor",
            summary(found),
            hint="begin with the first fault above; the line below each fault says what to do",
        )
    report.say(summary(found))
    report.finish()
