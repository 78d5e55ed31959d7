"""`publish help COMMAND`: print the same text as `publish COMMAND --help`."""

from __future__ import annotations

import click

from publisher.app.context import Session
from publisher.cli.group import COMMANDS, publish, unknown
from publisher.cli.help import Command
from publisher.cli.options import common, plain
from publisher.cli.values import words_of


@click.command(cls=Command)
@click.argument("name", metavar="[COMMAND]", required=False, shell_complete=words_of(lambda: [*COMMANDS.items()]))
@common
@click.pass_context
@plain
def command(ctx: click.Context, /, name: str | None) -> None:
    """Show the help of a command.

    Without COMMAND, it lists all commands. `publish COMMAND --help` shows the same text.

    It changes nothing.

    Examples:
    publish help
    publish help rollback
    """
    above = ctx.find_root()
    if name is None:
        text = publish.get_help(above)
    else:
        found = publish.get_command(above, name)
        if found is None:
            raise click.UsageError(unknown(name), above)
        text = found.get_help(found.context_class(found, info_name=name, parent=above))
    report = ctx.ensure_object(Session).report
    report.add("help", text)
    report.result(text)
    report.finish()
