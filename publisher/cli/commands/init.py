"""`publish init`: make a new site."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from publisher.app.context import Session
from publisher.app.new_site import new_site
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import folders


@click.command(cls=Command)
@click.argument("folder", required=False, type=click.Path(path_type=Path), shell_complete=folders)
@common
@click.pass_obj
@plain
def command(session: Session, /, folder: Path | None) -> None:
    """Make a new site in this folder or in another one.

    The command makes FOLDER if it does not exist. The name of the folder becomes the title of the site.

    It changes only that folder: it writes `publish.toml`, `.gitignore` and two articles, and replaces no file.

    Examples:
    publish init
    publish init my-site
    """
    home = folder or session.site
    new_site(home)
    session.report.add("site", str(home))
    session.report.result(str(home))
    there = "" if home.resolve() == Path.cwd() else f"cd {shlex.quote(str(home))} && "
    session.report.say(f"a new site; next: {there}publish preview")
    session.report.finish()
