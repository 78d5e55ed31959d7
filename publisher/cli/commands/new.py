"""`publish new`: make a new article or page."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.app.new_article import new_article
from publisher.cli.help import Command
from publisher.cli.options import common, plain


@click.command(cls=Command)
@click.argument("title")
@click.option("--page", is_flag=True, help="Make a page without a date instead of a post.")
@click.option(
    "--draft", is_flag=True, help="Make a draft: it is not published until you delete its line `draft: true`."
)
@common
@click.pass_obj
@plain
def command(session: Session, /, title: str, page: bool, draft: bool) -> None:
    """Make a new article or page and print its path.

    The name of the file comes from TITLE, and the address of the page comes from the name of the file.

    It changes the content folder: it writes one new file, and replaces none.

    Examples:
    publish new "A first article"
    publish new --page "About me"
    """
    path = new_article(session, title, page=page, draft=draft)
    session.report.add("path", str(path))
    session.report.result(str(path))
    session.report.finish()
