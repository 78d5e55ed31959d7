"""The options that several commands take, and a command that takes roots."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from publisher.app.context import Session

F = TypeVar("F", bound=Callable[..., Any])
DASHED = re.compile(r"-[1-9]\d*(/.*)?")
"""A root counted back, and maybe a path in it."""


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
        click.option("--config", type=click.Path(path_type=Path), help="The configuration file.", callback=_set_option),
        click.option(
            "-C",
            "--site",
            type=click.Path(path_type=Path),
            help="The site's folder (default: here).",
            callback=_set_option,
        ),
        click.option(
            "--json", is_flag=True, default=None, help="One JSON object on standard output.", callback=_set_option
        ),
        click.option(
            "-q", "--quiet", is_flag=True, default=None, help="Only results and errors.", callback=_set_option
        ),
        click.option("-v", "--verbose", is_flag=True, default=None, help="Say more.", callback=_set_option),
    ):
        function = option(function)
    return function


def _set_option(ctx: click.Context, param: click.Parameter, value: object) -> None:
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


def checking(function: F) -> F:
    """The options of everything that tells what is wrong with a site."""
    for option in (
        click.option(
            "--all",
            is_flag=True,
            default=None,
            expose_value=False,
            help="List each place of a fault.",
            callback=_set_option,
        ),
        click.option("--lenient", is_flag=True, help="Report dead links, images and anchors as warnings."),
    ):
        function = option(function)
    return function


def deploying(function: F) -> F:
    """The options of everything that may move a name."""
    for option in (
        click.option("--skip-name", is_flag=True, help="Stop before the name."),
        click.option("--dry-run", is_flag=True, help="Stop after the plan."),
        click.option("--yes", is_flag=True, help="Do not ask."),
    ):
        function = option(function)
    return function
