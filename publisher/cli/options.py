"""Define the options that several commands take, and the base class of commands that take roots."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from publisher.app.context import Session
from publisher.cli.help import Command, GlobalOption
from publisher.cli.values import DAY, folders

F = TypeVar("F", bound=Callable[..., Any])
DASHED = re.compile(r"-[1-9]\d*(/.*)?")
"""This pattern matches a root that is counted back, such as -1, with or without a path, such as -1/about.html."""


class OfRoots(Command):
    """A command that takes roots. The argument -1 means a root here.

    It is changed to @-1 before click reads it, because click would read -1 as an option. Users may type @-1 too.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments as click does, after each -N is changed to @-N.

        A word after an option that takes a value is not changed, because the word is that value. Raises
        click.UsageError for arguments that this command does not take.
        """
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.is_flag]
        takes = {name for option in options for name in option.opts}
        end = args.index("--") if "--" in args else len(args)
        own = zip(["", *args], args[:end], strict=False)
        words = [f"@{word}" if DASHED.fullmatch(word) and before not in takes else word for before, word in own]
        return super().parse_args(ctx, [*words, *args[end:]])


def _set_option(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Set an option on the session if it was given. An option that was not given leaves the session as it is."""
    if value is not None:
        session = ctx.find_object(Session)
        if session is not None:
            session.set(str(param.name), value)


_everywhere = partial(click.option, cls=GlobalOption, callback=_set_option)


def common(function: F) -> F:
    """Add the global options to a command. They may stand before or after the name of the command."""
    for option in reversed(
        (
            _everywhere(
                "-C",
                "--site",
                type=click.Path(path_type=Path),
                metavar="FOLDER",
                shell_complete=folders,
                show_default=".",
                help="Use the site in this folder.",
            ),
            _everywhere(
                "--config",
                type=click.Path(path_type=Path),
                metavar="FILE",
                show_default="publish.toml",
                help="Read settings from this file.",
            ),
            _everywhere("--json", is_flag=True, default=None, help="Print one JSON object instead of text."),
            _everywhere("-q", "--quiet", is_flag=True, default=None, help="Print only results, warnings and errors."),
            _everywhere("-v", "--verbose", is_flag=True, default=None, help="Print more about each step."),
        )
    ):
        function = option(function)
    return function


def plain(function: F) -> F:
    """Wrap a command so that it does not receive the global options. `_set_option` has put them into the session."""

    def call(*args: Any, **kwargs: Any) -> Any:
        for name in ("config", "site", "json", "quiet", "verbose"):
            kwargs.pop(name, None)
        return function(*args, **kwargs)

    call.__doc__ = function.__doc__
    call.__name__ = function.__name__
    call.__dict__.update(function.__dict__)
    return call  # type: ignore[return-value]


def checking(function: F) -> F:
    """Add the options of the commands that report the problems of a site."""
    for option in (
        click.option(
            "--all",
            is_flag=True,
            default=None,
            expose_value=False,
            help="Print every place of a fault that is in many places.",
            callback=_set_option,
        ),
        click.option(
            "--now", type=DAY, metavar="DATE", show_default="today", help="Build the site as it is on this day."
        ),
        click.option("--future", is_flag=True, help="Show articles with a future date too."),
        click.option("--lenient", is_flag=True, help="Report dead links, images and anchors as warnings."),
    ):
        function = option(function)
    return function


DRY_RUN = click.option("--dry-run", is_flag=True, help="Show the plan and its cost; send nothing.")
SKIP_NAME = click.option("--skip-name", is_flag=True, help="Store and check the site, but do not move the name.")
HIDDEN = click.option(
    "--hidden", is_flag=True, help="Include names in FOLDER that begin with a dot, such as .well-known."
)
HIGH_FEE = click.option("--high-fee", is_flag=True, help="Allow a max-fee-gwei above 500.")


def relative(function: F) -> F:
    """Add the option --relative to a command that puts a folder in the cache."""
    text = "Turn links of HTML and CSS that begin with / into relative links, if it is certain that they keep their "
    text += "meaning. The folder does not change."
    return click.option("--relative", is_flag=True, help=text)(function)


def deploying(function: F) -> F:
    """Add the options of the commands that may move a name."""
    ask = click.option("--yes", is_flag=True, help="Send without asking. A script needs this.")
    return DRY_RUN(ask(SKIP_NAME(HIGH_FEE(function))))


def several(name: str, metavar: str, text: str, default: str = "none") -> Callable[[F], F]:
    """Return an option that takes a value and may be given several times."""
    return click.option(name, multiple=True, metavar=metavar, show_default=default, help=text)
