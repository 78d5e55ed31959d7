"""Find a time zone by its name."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from functools import cache

from publisher.errors import ConfigError

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def zone(name: str) -> tzinfo:
    """Return the time zone with a name such as `Europe/Paris`. Raises ConfigError if the name is unknown."""
    if name == "UTC":
        return UTC
    try:
        return _zone(name)
    except (ValueError, OSError) as error:
        hint = "write a name such as `Europe/Paris` or `Asia/Shanghai`"
        raise ConfigError("site.timezone", f"no time zone is called {name!r}", hint=hint) from error


@cache
def _zone(name: str) -> tzinfo:
    """Read a time zone from the installed package tzdata.

    The time zones of the machine are not used. They differ between machines, so they could change the root. Raises
    ValueError or OSError if there is no such time zone.
    """
    from importlib import resources
    from zoneinfo import ZoneInfo

    if not _ZONE.fullmatch(name):
        raise ValueError("no name of a time zone")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
