"""`publish new`: an article to begin with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from publisher.cli.group import common, plain
from publisher.cli.session import Session
from publisher.errors import ConfigError


@click.command()
@click.argument("title")
@click.option("--page", is_flag=True, help="A plain page instead of a dated post.")
@click.option("--draft", is_flag=True, help="Kept from publishing until the line is taken out.")
@common
@click.pass_obj
@plain
def command(session: Session, /, title: str, page: bool, draft: bool) -> None:
    """Write a new article and print its path."""
    from publisher.site.urls import slug

    settings = session.settings()
    name = slug(title)
    if not name:
        raise ConfigError("publish new", "the title has no letter or number to make an address from")
    folder = session.site / settings.build.content / ("" if page else "posts")
    path = folder / f"{name}.md"
    today = datetime.now(ZoneInfo(settings.site.timezone)).date().isoformat()
    lines = [f"title: {quoted(title)}", *([] if page else [f"date: {today}"]), *(["draft: true"] if draft else [])]
    write_new(path, "\n".join(["---", *lines, "---", "", "Write here.", ""]))
    session.report.add("path", str(path))
    session.report.result(str(path))
    session.report.finish()


def quoted(text: str) -> str:
    """A text as YAML that means just that text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; ConfigError when it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(str(path), "is there already", hint="choose another name, or edit that file") from error
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from error
