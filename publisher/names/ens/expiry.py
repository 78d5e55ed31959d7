"""When the registration of a .eth name ends, and what that means."""

from __future__ import annotations

from publisher.errors import NameUnusable
from publisher.formatting import date_of
from publisher.names.ens.resolver import GRACE, MANAGER, ResolvedName
from publisher.names.ens.rpc import Head

SOON = 30 * 86400
"""Seconds before the end of a registration from which on it is mentioned."""


def notes(place: ResolvedName, head: Head) -> tuple[str, ...]:
    """What has to be said about it now: nothing, or one line."""
    if place.ends is None or place.ends > head.time + SOON:
        return ()
    if place.ends > head.time:
        return (f"its registration ends on {date_of(place.ends)}: renew it at {MANAGER}",)
    return (
        f"its registration ended on {date_of(place.ends)}: renew it at {MANAGER} until {date_of(place.ends + GRACE)}",
    )


def not_lost(place: ResolvedName, head: Head) -> None:
    """NameUnusable after the days of grace: the record still stands, but anybody can take the name."""
    if place.ends is not None and place.ends + GRACE < head.time:
        raise NameUnusable(
            place.name.text,
            f"its registration ended on {date_of(place.ends)}, and anybody may register it now",
            hint=f"register it again at {MANAGER}/{place.name.text} before somebody else does",
        )
