"""`publish ci preview`: pin the site of a pull request and report its address."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import files


@click.command(cls=Command)
@click.argument("car", metavar="CAR", type=click.Path(path_type=Path), shell_complete=files)
@common
@click.pass_obj
@plain
def command(session: Session, /, car: Path) -> None:
    """Pin the site of a pull request and report its address.

    CAR is the file that the workflow of the pull request built. Nothing in it is believed: every block is hashed, and
    its size is limited. The settings are those of the branch that is checked out, so check out the default branch. The
    command sets a status with the address of the preview. For each name of the site, it also writes a comment that
    lists the changes from the root that the name shows. When the command runs again, it edits these comments.

    It pins the site at the stores, for some days, and changes the status and the comments of the pull request. No name
    moves.

    Examples:
    publish ci preview site.car
    """
    from publisher.app.pull_request_preview import preview
    from publisher.cli.text.ci import preview_lines, preview_row
    from publisher.journal.log import now

    report = session.report
    done = preview(session, car, now().date())
    report.data.update(preview_row(done))
    for line in preview_lines(done):
        report.result(line)
    report.finish()
