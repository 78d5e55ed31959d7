"""`publish check`: everything wrong with a site, without the network."""

from __future__ import annotations

import click

from publisher.app.building import BuildOptions, check_site
from publisher.app.context import Session
from publisher.cli.options import checking, common, plain
from publisher.formatting import count


@click.command()
@checking
@common
@click.pass_obj
@plain
def command(session: Session, /, *, lenient: bool) -> None:
    """Look for everything that is wrong with the content, the links, the templates and the configuration."""
    built = check_site(session, BuildOptions(lenient=lenient))
    report = session.report
    report.add("pages", built.pages)
    report.problems(built.problems)
    report.result(f"{count(built.pages, 'page')}, {'no errors' if built.problems else 'nothing wrong'}")
    report.finish()
