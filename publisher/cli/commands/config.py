"""`publish config`: list every setting, its value and its origin."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.text.terminal import columns
from publisher.formatting import shown


@click.command(cls=Command)
@common
@click.pass_obj
@plain
def command(session: Session, /) -> None:
    """List every setting, its value and where it came from.

    A value comes from a line of `publish.toml`, or it is the default. If no line sets the address of the site, the
    address comes from the first `.eth` name in the file. Keys and passwords in addresses are hidden.

    It changes nothing.

    Examples:
    publish config
    publish config --json
    """
    rows = session.settings().rows
    session.report.add("settings", [{"key": row.key, "value": row.value, "origin": row.origin} for row in rows])
    wide = max(columns(row.key) for row in rows)
    for row in rows:
        gap = " " * (wide - columns(row.key))
        session.report.result(shown(f"{row.key}{gap}  {_shown(row.value)}  ({row.origin})"))
    session.report.finish()


def _shown(value: object) -> str:
    """Return a value in the spelling of publish.toml."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return "(all)" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
