"""A command that only has further commands, each of which is imported when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.suggest import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Subcommands(Command, click.Group):
    """A group of commands. A subclass names their package and their first sentences."""

    PACKAGE = ""
    """The package with a module for each command. Each module has the command in `command`."""
    TEXTS: ClassVar[Mapping[str, str]] = {}
    """Maps each command to the first sentence of its help."""
    ALIASES: ClassVar[Mapping[str, str]] = {}
    """Maps each other name of a command to its usual name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order in which help lists them."""
        return list(self.TEXTS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command `name` and return it. Return None if there is no command of this name."""
        name = self.ALIASES.get(name, name)
        if name not in self.TEXTS:
            return None
        command: click.Command = importlib.import_module(f"{self.PACKAGE}.{name.replace('-', '_')}").command
        return command

    def unknown(self, ctx: click.Context, name: str) -> str:
        """Return the message about the command `name`, which does not exist. It names the nearest command."""
        near = did_you_mean(name, [*self.TEXTS, *self.ALIASES]) or f" The commands are {', '.join(self.TEXTS)}."
        return f"There is no command {ctx.info_name} {name!r}.{near}"

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the command as click does.

        Raises click.UsageError with the nearest name if there is no such command.
        """
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and name not in (*self.TEXTS, *self.ALIASES):
            raise click.UsageError(self.unknown(ctx, name), ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options, without importing a command."""
        wide = max(len(f"{ctx.command_path} {name}") for name in self.TEXTS)
        with formatter.section("Commands"):
            formatter.write_dl([(f"{ctx.command_path} {name}".ljust(wide), text) for name, text in self.TEXTS.items()])
        Command.format_options(self, ctx, formatter)

    @staticmethod
    def help_if_alone(ctx: click.Context) -> None:
        """Write the help as the result if the command line names no further command."""
        if ctx.invoked_subcommand is None:
            report, text = ctx.ensure_object(Session).report, ctx.get_help()
            report.add("help", text)
            report.result(text)
            report.finish()

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of the commands and the options, without importing a command."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=text) for name, text in self.TEXTS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
