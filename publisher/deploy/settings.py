"""Define the `[deploy]` and `[keep]` tables of publish.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass, field
from publisher.retrieval.addresses import check_address


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """The `[deploy]` table of publish.toml."""

    copies: int | None = None
    """This many stores and pinners must hold the root before the name moves. None means all that are configured."""
    gateways: tuple[str, ...] = ()
    """The URLs of trustless gateways that are asked for the new blocks before the name moves."""
    routers: tuple[str, ...] = ()
    """The URLs of delegated routers. The doctor asks them who provides the root that was published last."""
    outside: str = field(default="auto", metadata={"choices": ("auto", "always", "never")})
    """This setting says whether a witness must return the new blocks before the name moves.

    A witness is a gateway of `gateways` or of a pinner. With `auto`, witnesses are asked if there are any. With
    `always`, the run stops if there is no witness. With `never`, no witness is asked.
    """
    outside_timeout: float = 60.0
    """A witness must return all blocks that it is asked for within this number of seconds."""


def address_faults(urls: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, and what to do, for each URL that cannot be the address of a gateway or a router.

    The URL itself is not shown, because it may have a password.
    """
    for number, url in enumerate(urls, 1):
        try:
            check_address(f"number {number}", url)
        except ConfigError as error:
            yield str(error), error.hint


@dataclass(frozen=True, slots=True)
class KeepSettings:
    """The `[keep]` table of publish.toml. It says which roots `publish prune` leaves pinned."""

    roots: int = 10
    """This many roots stay: the roots that were published last."""
    days: int = 30
    """A root also stays if a run published it, or tried to publish it, within this number of days."""
