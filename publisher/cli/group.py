"""The group of commands, and the options that all of them take."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from publisher import __version__
from publisher.app.context import Session

F = TypeVar("F", bound=Callable[..., Any])

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
DASHED = re.compile(r"-[1-9]\d*(/.*)?")
"""A root counted back, and maybe a path in it."""


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


class OfRoots(click.Command):
    """A command that takes roots: -1 is one of them, and no option. It is handed on as @-1, as one may write it too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it. Behind an option that takes a value stands that value, left as it is."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.is_flag]
        takes = {name for option in options for name in option.opts}
        end = args.index("--") if "--" in args else len(args)
        own = zip(["", *args], args[:end], strict=False)
        words = [f"@{word}" if DASHED.fullmatch(word) and before not in takes else word for before, word in own]
        return super().parse_args(ctx, [*words, *args[end:]])


def common(function: F) -> F:
    """The global options, taken before and after the name of a command alike."""
    for option in (
        click.option("--config", type=click.Path(path_type=Path), help="The configuration file.", callback=_take),
        click.option(
            "-C", "--site", type=click.Path(path_type=Path), help="The site's folder (default: here).", callback=_take
        ),
        click.option("--json", is_flag=True, default=None, help="One JSON object on standard output.", callback=_take),
        click.option("-q", "--quiet", is_flag=True, default=None, help="Only results and errors.", callback=_take),
        click.option("-v", "--verbose", is_flag=True, default=None, help="Say more.", callback=_take),
    ):
        function = option(function)
    return function


def _take(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """An option that was given is set on the session; one that was not leaves it as it is."""
    if value is not None:
        session = ctx.find_object(Session)
        if session is not None:
            session.set(str(param.name), value)


def plain(function: F) -> F:
    """The global options are on the session: the command itself is not handed them."""

    def call(*args: Any, **kwargs: Any) -> Any:
        for name in ("config", "site", "json", "quiet", "verbose"):
            kwargs.pop(name, None)
        return function(*args, **kwargs)

    call.__doc__ = function.__doc__
    call.__name__ = function.__name__
    call.__dict__.update(function.__dict__)
    return call  # type: ignore[return-value]


def deploying(function: F) -> F:
    """The options of everything that may move a name."""
    for option in (
        click.option("--skip-name", is_flag=True, help="Stop before the name."),
        click.option("--dry-run", is_flag=True, help="Stop after the plan."),
        click.option("--yes", is_flag=True, help="Do not ask."),
    ):
        function = option(function)
    return function


@click.group(cls=Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="publish")
@click.option("--fresh", is_flag=True, help="Trust no earlier result: build everything anew.")
@click.option("-D", "--drafts", is_flag=True, hidden=True)
@deploying
@common
@click.pass_context
@plain
def publish(ctx: click.Context, /, *, yes: bool, dry_run: bool, skip_name: bool, fresh: bool, drafts: bool) -> None:
    """Publish a folder of articles as a site on IPFS, named by an ENS name.

    Without a command: build, store, pin, verify, move the name, read back.
    """
    if ctx.invoked_subcommand is not None:
        return
    from publisher.app.deploying import DeployOptions
    from publisher.cli.commands.publish import run

    run(ctx.ensure_object(Session), DeployOptions(yes, dry_run, skip_name), fresh=fresh, drafts=drafts)
