"""The options that several commands take, and a command that takes roots."""

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
"""A root counted back, and maybe a path in it."""


class OfRoots(Command):
    """A command that takes roots: -1 is one of them, and no option. It is handed on as @-1, as one may write it too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it. Behind an option that takes a value stands that value, left as it is."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.is_flag]
        takes = {name for option in options for name in option.opts}
        end = args.index("--") if "--" in args else len(args)
        own = zip(["", *args], args[:end], strict=False)
        words = [f"@{word}" if DASHED.fullmatch(word) and before not in takes else word for before, word in own]
        return super().parse_args(ctx, [*words, *args[end:]])


def _set_option(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """An option that was given is set on the session; one that was not leaves it as it is."""
    if value is not None:
        session = ctx.find_object(Session)
        if session is not None:
            session.set(str(param.name), value)


_everywhere = partial(click.option, cls=GlobalOption, callback=_set_option)


def common(function: F) -> F:
    """The global options, taken before and after the name of a command alike."""
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
            _everywhere("-v", "--verbose", is_flag=True, default=None, help="Print more of what is done."),
        )
    ):
        function = option(function)
    return function


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


def checking(function: F) -> F:
    """The options of everything that tells what is wrong with a site."""
    for option in (
        click.option(
            "--all",
            is_flag=True,
            default=None,
            expose_value=False,
            help="Give a fault that stands in many places a line for each.",
            callback=_set_option,
        ),
        click.option("--now", type=DAY, metavar="DATE", show_default="today", help="Build for this day."),
        click.option("--future", is_flag=True, help="Show articles of a later date too."),
        click.option("--lenient", is_flag=True, help="Report dead links, images and anchors as warnings."),
    ):
        function = option(function)
    return function


def deploying(function: F) -> F:
    """The options of everything that may move a name."""
    for option in (
        click.option("--skip-name", is_flag=True, help="Store and check the site, and leave the name as it is."),
        click.option("--yes", is_flag=True, help="Do not ask before anything is sent. A script needs this."),
        click.option("--dry-run", is_flag=True, help="Show the plan and its cost, and stop."),
    ):
        function = option(function)
    return function


def several(name: str, metavar: str, text: str, default: str = "none") -> Callable[[F], F]:
    """An option that takes a value and can be given several times."""
    return click.option(name, multiple=True, metavar=metavar, show_default=default, help=text)
