"""`publish help COMMAND`: print the same text as `publish COMMAND --help`."""

from __future__ import annotations

from typing import cast

import click

from publisher.app.context import Session
from publisher.cli.group import COMMANDS, publish, unknown
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.suggest import did_you_mean
from publisher.cli.values import words_of


@click.command(cls=Command)
@click.argument("names", metavar="[COMMAND]...", nargs=-1, shell_complete=words_of(lambda: [*COMMANDS.items()]))
@common
@click.pass_context
@plain
def command(ctx: click.Context, /, names: tuple[str, ...]) -> None:
    """Show the help of a command.

    Without COMMAND, it lists all commands. `publish COMMAND --help` shows the same text.

    It changes nothing.

    Examples:
    publish help
    publish help rollback
    publish help name who
    """
    within, found = ctx.find_root(), cast(click.Command, publish)
    for name in names:
        if not isinstance(found, click.Group):
            break  # the rest are arguments of the command, such as `new` in `publish name key new`
        below = found.get_command(within, name)
        if below is None:
            raise click.UsageError(_unknown(found, name, within), within)
        within, found = below.context_class(below, info_name=name, parent=within), below
    text = found.get_help(within)
    report = ctx.ensure_object(Session).report
    report.add("help", text)
    report.result(text)
    report.finish()


def _unknown(above: click.Group, name: str, within: click.Context) -> str:
    """Return the message that the group `above` has no command `name`. `within` is the context of the group."""
    if above is publish:
        return unknown(name)
    near = did_you_mean(name, above.list_commands(within))
    return f"There is no command {name!r} of `{within.command_path}`.{near}"
