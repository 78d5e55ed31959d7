"""`publish check`: everything wrong with a site, without the network."""

from __future__ import annotations

import click

from publisher.app.building import check_site
from publisher.app.context import Session
from publisher.cli.options import common, plain
from publisher.formatting import count


@click.command()
@common
@click.pass_obj
@plain
def command(session: Session, /) -> None:
    """Look for everything that is wrong with the content, the links, the templates and the configuration."""
    built = check_site(session)
    session.report.add("pages", built.pages)
    session.report.add("problems", [])
    session.report.result(f"{count(built.pages, 'page')}, nothing wrong")
    session.report.finish()
