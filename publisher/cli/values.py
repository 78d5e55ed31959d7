"""Parse the values of options, such as sizes and host names, and complete them in a shell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from publisher.cli.suggest import did_you_mean
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def whole_number(least: int, most: int | None = None) -> click.IntRange:
    """Return a click type for a whole number from `least` to `most`. Its errors use the words `whole number`.

    If `most` is None, there is no upper limit.
    """
    kind = click.IntRange(least, most)
    kind.name = "whole number"
    return kind


class Day(click.ParamType):  # type: ignore[type-arg]  # The class is generic only in its type stubs.
    """A click type for a day in the format of ISO 8601."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that a text such as `2026-11-29` means. Raises click.BadParameter for another text."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day: write it as 2026-11-29", param, ctx)


DAY = Day()
PORT = whole_number(0, 65535)
UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt]?)b?", re.IGNORECASE)
LEAST = 50_000_000
"""The least size of a cache in bytes.

The cache keeps no block above 5 % of its size, and the largest block that the gateway fetches has 2 MiB. A much smaller
cache could not keep a block of 2 MiB.
"""


def size(ctx: click.Context, param: click.Parameter, text: str) -> int:
    """Parse a size such as `500MB` or `2 GB` and return it in bytes. A size of 0 is allowed.

    Raises click.BadParameter if `text` is not a size, or if the size is below LEAST.
    """
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r} is no size: write it as 500MB or 2GB, or 0")
    count = int(float(match[1]) * UNITS[match[2].lower()])
    if 0 < count < LEAST:
        raise click.BadParameter(f"at least {LEAST // 1_000_000}MB, or 0 for nothing on the disk")
    return count


def hosts(given: tuple[str, ...]) -> frozenset[str]:
    """Return the host names in lower case. Raises ConfigError for an address with a port and for a URL."""
    for host in given:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?", host):
            raise ConfigError("publish gateway", f"{host!r} is not a host name", hint="write it as gateway.example.org")
    return frozenset(host.lower().rstrip(".") for host in given)


def addresses(given: tuple[str, ...]) -> frozenset[str]:
    """Return the IP addresses of proxies in the form in which a socket reports them.

    Raises ConfigError for a text that is not an IP address.
    """
    import ipaddress

    try:
        return frozenset(str(ipaddress.ip_address(each)) for each in given)
    except ValueError as error:
        raise ConfigError("publish gateway", f"--behind: {error}", hint="write it as 127.0.0.1 or ::1") from error


def one_of(words: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], str]:
    """Return a callback that accepts one of `words` and raises click.BadParameter for any other word."""

    def check(ctx: click.Context, param: click.Parameter, text: str) -> str:
        if text not in words:
            raise click.BadParameter(f"{text!r} is not one of {', '.join(words)}.{did_you_mean(text, words)}")
        return text

    return check


def files(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell complete the path of a file or a folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def folders(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell complete the path of a folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="dir")]


def words_of(words: Callable[[], Sequence[tuple[str, str]]]) -> Complete:
    """Return a function with which click completes a word.

    `words` returns each possible word with its help. It is called when a shell asks for a completion.
    """

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(word, help=text) for word, text in words() if word.startswith(begun)]

    return complete
