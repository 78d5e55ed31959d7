"""`publish new`: an article to begin with."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.new_article import new_article
from publisher.cli.options import common, plain


@click.command()
@click.argument("title")
@click.option("--page", is_flag=True, help="A plain page instead of a dated post.")
@click.option("--draft", is_flag=True, help="Kept from publishing until the line is taken out.")
@common
@click.pass_obj
@plain
def command(session: Session, /, title: str, page: bool, draft: bool) -> None:
    """Write a new article and print its path."""
    path = new_article(session, title, page=page, draft=draft)
    session.report.add("path", str(path))
    session.report.result(str(path))
    session.report.finish()
