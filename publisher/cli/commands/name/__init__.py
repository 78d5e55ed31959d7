"""`publish name`: the commands about the rights to a name. Each has a module of its own in this folder."""

from __future__ import annotations

from typing import ClassVar

import click

from publisher.cli.options import common, plain
from publisher.cli.subcommands import Subcommands


class NameCommands(Subcommands):
    """The commands of `publish name`."""

    PACKAGE = "publisher.cli.commands.name"
    TEXTS: ClassVar = {
        "who": "Show who may change a name and its records",
        "key": "Make a key that can only publish",
        "delegate": "Permit a key to change the records of a name",
        "revoke": "Take the permission of a key away again",
    }


@click.group(cls=NameCommands, invoke_without_command=True)
@common
@click.pass_context
@plain
def command(ctx: click.Context, /) -> None:
    """Show who may change a name; make and permit deploy keys.

    A deploy key can change the records of one name and nothing else. `publish name key new` makes one, `publish name
    delegate ADDRESS` permits it, and `publish name revoke ADDRESS` takes the permission away.

    It changes nothing itself. `publish name COMMAND --help` says what each command changes.

    Examples:
    publish name who
    publish name key new
    """
    NameCommands.help_if_alone(ctx)
