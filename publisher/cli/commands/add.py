"""`publish add`: what another tool built, into the cache."""

from __future__ import annotations

import click

from publisher.app.add import add
from publisher.app.context import Session
from publisher.cli.options import common, plain


@click.command()
@click.argument("path")
@click.option("--hidden", is_flag=True, help="Take along what begins with a dot, such as .well-known.")
@click.option("--check", is_flag=True, help="Look at the links of every page, not only of some.")
@common
@click.pass_obj
@plain
def command(session: Session, /, path: str, hidden: bool, check: bool) -> None:
    """Put a folder built by any tool, or a CAR file, into the cache; print its root.

    With - for PATH, a CAR is read from standard input. The blocks go into `.publish` of the site here, or of this
    folder where there is none; -C names another one. It is never part of what is added.
    """
    root = add(session, path, hidden=hidden, check=check)
    session.report.result(str(root))
    session.report.finish()
