"""Warn before the registration of a .eth name ends, and refuse the name after its grace period."""

from __future__ import annotations

from publisher.errors import NameUnusable
from publisher.formatting import date_of
from publisher.names.ens.resolver import GRACE, MANAGER, ResolvedName
from publisher.names.ens.rpc import Head

SOON = 30 * 86400
"""The number of seconds before the end of a registration in which `notes` mentions the end."""


def notes(resolved: ResolvedName, head: Head) -> tuple[str, ...]:
    """Return one line if the registration has ended or ends soon, else no line."""
    if resolved.ends is None or resolved.ends > head.time + SOON:
        return ()
    if resolved.ends > head.time:
        return (f"the registration of the name ends on {date_of(resolved.ends)}: renew it at {MANAGER}",)
    last = date_of(resolved.ends + GRACE)
    return (f"the registration of the name ended on {date_of(resolved.ends)}: renew it at {MANAGER} until {last}",)


def not_lost(resolved: ResolvedName, head: Head) -> None:
    """Raise NameUnusable if the grace period is over. The record still exists, but anyone can register the name."""
    if resolved.ends is not None and resolved.ends + GRACE < head.time:
        raise NameUnusable(
            resolved.name.text,
            f"the registration of the name ended on {date_of(resolved.ends)}, and anybody may register the name now",
            hint=f"register the name again at {MANAGER}/{resolved.name.text} before another person does",
        )
