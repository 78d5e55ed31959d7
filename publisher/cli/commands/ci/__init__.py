"""`publish ci`: the commands for a pipeline. Each has a module of its own in this folder."""

from __future__ import annotations

from typing import ClassVar

import click

from publisher.cli.options import common, plain
from publisher.cli.subcommands import Subcommands


class CiCommands(Subcommands):
    """The commands of `publish ci`."""

    PACKAGE = "publisher.cli.commands.ci"
    TEXTS: ClassVar = {
        "init": "Write the files of a pipeline, and list what is left to do",
        "run": "Check, build or publish the site as a step of a pipeline",
        "preview": "Pin the site of a pull request and report its address",
        "close": "Unpin the previews of a pull request",
        "sweep": "Unpin previews of closed pull requests, and old previews",
    }


@click.group(cls=CiCommands, invoke_without_command=True)
@common
@click.pass_context
@plain
def command(ctx: click.Context, /) -> None:
    """Publish from a pipeline on every merge.

    A pipeline is a program that runs on a server for each change of a repository, such as GitHub Actions.
    `publish ci` only contains the commands for it.

    It changes nothing itself. `publish ci COMMAND --help` says what each command changes.

    Examples:
    publish ci init
    publish ci run check
    publish ci run publish
    """
    CiCommands.help_if_alone(ctx)
