"""Define the group of commands. It imports the module of a command only when this command runs."""

from __future__ import annotations

from typing import Any, ClassVar

import click

from publisher.app.context import Session
from publisher.cli.help import Command
from publisher.cli.options import checking, common, deploying, plain
from publisher.cli.subcommands import Subcommands
from publisher.cli.suggest import did_you_mean

SECTIONS = {
    "Write": {
        "init": "Make a new site in this folder or in another one",
        "new": "Make a new article or page and print its path",
        "preview": "Show the site on this machine and reload on every save",
        "check": "Find mistakes in articles, links, templates and settings",
    },
    "Publish": {
        "": "Build the site, store it, check it and move the name",
        "build": "Turn the articles into pages and print their root",
        "add": "Put a folder or a CAR file in the cache; print its root",
        "deploy": "Publish a root, a folder or a CAR file without a build",
        "rollback": "Point the name back at an earlier root",
        "prune": "Unpin old roots and make the cache smaller",
        "move-from": "Move everything that a store holds to the other stores",
        "name": "Show who may change a name; make and permit deploy keys",
        "ci": "Publish from a pipeline on every merge",
    },
    "Inspect": {
        "status": "Show the root of the name and what publishing would do",
        "history": "List what was published, newest first",
        "diff": "Show what publishing would change, or compare two roots",
        "verify": "Check that stores and gateways return the right bytes",
        "explain": "Show how a file, a folder or a root becomes its CID",
        "config": "List every setting, its value and where it came from",
        "doctor": "Test every setting and service and say what to do",
    },
    "Serve": {
        "gateway": "Serve any root and any .eth site to browsers",
        "demo": "Try a whole publish on an embedded store and chain",
    },
    "Help": {
        "help": "Show the help of a command",
        "completion": "Print a script that completes commands with the Tab key",
    },
}
"""Maps each section to its commands, and each command to the first sentence of its help, for `publish --help`."""
COMMANDS = {name: text for section in SECTIONS.values() for name, text in section.items() if name}
ALIASES = {"serve": "preview"}


def unknown(name: str) -> str:
    """Return the message about an unknown command. It names the nearest known command."""
    return f"There is no command {name!r}.{did_you_mean(name, [*COMMANDS, *ALIASES])}"


class Lazy(Subcommands):
    """The commands of `publish`. Help lists them in sections."""

    PACKAGE = "publisher.cli.commands"
    TEXTS: ClassVar = COMMANDS
    ALIASES: ClassVar = ALIASES

    def unknown(self, ctx: click.Context, name: str) -> str:
        """Return the message about the command `name`, which does not exist."""
        return unknown(name)

    def no_option(self, ctx: click.Context, option: str, words: list[str]) -> str:
        """Return the message about an unknown option.

        If the command that follows has the option, the message says so.
        """
        name = next((word for word in words if word in COMMANDS), "")
        command = self.get_command(ctx, name)
        if command is not None and any(option in each.opts for each in command.params):
            return f"{option} is an option of `publish {name}`: write it after {name}"
        return super().no_option(ctx, option, words)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options, without importing a command."""
        wide = max(len(f"publish {name}") for name in COMMANDS)
        for heading, rows in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"publish {name}".ljust(wide), text) for name, text in rows.items()])
        Command.format_options(self, ctx, formatter)


@click.group(cls=Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@checking
@deploying
@click.option("--fresh", is_flag=True, help="Build every page again, without results of earlier builds.")
@click.option("--version", is_flag=True, help="Show the version and exit; with -v, show what a bug report needs.")
@click.option("-D", "--drafts", is_flag=True, hidden=True)
@common
@click.pass_context
@plain
def publish(ctx: click.Context, /, *, yes: bool, dry_run: bool, skip_name: bool, drafts: bool, **more: Any) -> None:
    """Publish a folder of articles as a site on IPFS, named by an ENS name.

    Without a command, `publish` builds the site and shows a plan with its cost. If you say yes, it stores and pins the
    site, reads the site back, and moves the name. At the end it reads the name back. The root of a site is the CID that
    stands for all bytes of the site.

    It changes the stores, the name, and the journal and cache in `.publish`.

    `publish help COMMAND` explains one command.

    Examples:
    publish --dry-run  # look first
    publish
    publish --yes --json  # in a pipeline
    """
    if more.pop("version"):
        from publisher.cli.version import show_version

        show_version(ctx.ensure_object(Session).report)
        ctx.exit()
    if ctx.invoked_subcommand is not None:
        return
    from publisher.app.build_options import BuildOptions
    from publisher.app.deploying import DeployOptions
    from publisher.cli.commands.publish import run

    deploy = DeployOptions(yes, dry_run, skip_name, more.pop("high_fee"))
    run(ctx.ensure_object(Session), deploy, BuildOptions(**more), drafts=drafts)
