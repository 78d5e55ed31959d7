"""The group of commands, each imported when it is used."""

from __future__ import annotations

import importlib

import click

from publisher import __version__
from publisher.app.context import Session
from publisher.cli.options import checking, common, deploying, plain

COMMANDS = {
    "init": "A new site in a folder.",
    "new": "A new article.",
    "build": "Content to the output folder; prints the root.",
    "check": "Everything wrong with the content and the configuration.",
    "preview": "The site as a visitor will get it, reloading on every save.",
    "demo": "The whole main job on an embedded store and an embedded chain.",
    "add": "A folder or a CAR file into the cache; prints its root.",
    "deploy": "Store, pin, verify and name a root, a folder or a CAR file.",
    "rollback": "An earlier root again: held, checked and named.",
    "verify": "Ask everybody for a root, and trust nobody: every block is hashed.",
    "history": "Every publish, from the journal or the chain.",
    "prune": "Let go of old roots, and make the cache small.",
    "status": "What the name shows, who holds it, and what publishing would change.",
    "diff": "What changed between two roots, or what publishing would change.",
    "explain": "How a file, a folder or a root becomes its CID.",
    "gateway": "Any root and any .eth site, from the cache, a node or other gateways.",
    "doctor": "Every setting and service tried, each with its fix.",
    "config": "Every setting, its value and where it came from.",
}
ALIASES = {"serve": "preview"}


class Lazy(click.Group):
    """Finds a command's file by its name, so that a run imports no other command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a file; None when there is none of that name."""
        name = ALIASES.get(name, name)
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"publisher.cli.commands.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest name when there is no such command."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            import difflib

            near = difflib.get_close_matches(name, [*COMMANDS, *ALIASES], 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="publish")
@click.option("--fresh", is_flag=True, help="Trust no earlier result: build everything anew.")
@click.option("-D", "--drafts", is_flag=True, hidden=True)
@checking
@deploying
@common
@click.pass_context
@plain
def publish(
    ctx: click.Context, /, *, yes: bool, dry_run: bool, skip_name: bool, fresh: bool, lenient: bool, drafts: bool
) -> None:
    """Publish a folder of articles as a site on IPFS, named by an ENS name.

    Without a command: build, store, pin, verify, move the name, read back.
    """
    if ctx.invoked_subcommand is not None:
        return
    from publisher.app.building import BuildOptions
    from publisher.app.deploying import DeployOptions
    from publisher.cli.commands.publish import run

    run(ctx.ensure_object(Session), DeployOptions(yes, dry_run, skip_name), BuildOptions(fresh, lenient), drafts=drafts)
