"""`publish init`: a site in a folder, with which every next command works."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from publisher.app.context import Session
from publisher.app.new_site import new_site
from publisher.cli.options import common, plain


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@common
@click.pass_obj
@plain
def command(session: Session, /, folder: Path | None) -> None:
    """Make a new site, here or in FOLDER."""
    home = folder or session.site
    new_site(home)
    session.report.add("site", str(home))
    session.report.result(str(home))
    there = "" if home.resolve() == Path.cwd() else f"cd {shlex.quote(str(home))} && "
    session.report.say(f"a new site; next: {there}publish preview")
    session.report.finish()
