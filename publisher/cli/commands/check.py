"""`publish check`: find every problem of a site without the network."""

from __future__ import annotations

from datetime import date

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import checking, common, plain
from publisher.formatting import count


@click.command(cls=Command)
@checking
@common
@click.pass_obj
@plain
def command(session: Session, /, *, lenient: bool, future: bool, now: date | None) -> None:
    """Find mistakes in articles, links, templates and settings.

    The command does not use the network. It prints all mistakes at once, each with its file and line.

    It changes only the cache in `.publish`.

    Examples:
    publish check
    publish check --lenient --all
    """
    from publisher.app.build_options import BuildOptions
    from publisher.app.building import check_site

    built = check_site(session, BuildOptions(False, lenient, future, now))
    report = session.report
    report.add("pages", built.pages)
    report.problems(built.problems)
    report.result(f"{count(built.pages, 'page')}, {'no errors' if built.problems else 'nothing wrong'}")
    report.finish()
