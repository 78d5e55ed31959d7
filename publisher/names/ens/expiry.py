"""Warn before the registration of a .eth name ends, and refuse the name after its grace period.

A subname depends on the .eth name above it: it is lost together with that name.
"""

from __future__ import annotations

from publisher.errors import NameUnusable
from publisher.formatting import date_of
from publisher.names.ens.resolver import GRACE, ResolvedName
from publisher.names.ens.rpc import Head
from publisher.names.ens.unusable import MANAGER

SOON = 30 * 86400
"""The number of seconds before the end of a registration in which `notes` mentions the end."""


def notes(resolved: ResolvedName, head: Head) -> tuple[str, ...]:
    """Return one line if the registration has ended or ends soon, else no line."""
    if resolved.ends is None or resolved.ends > head.time + SOON:
        return ()
    whose, end = subject(resolved), date_of(resolved.ends)
    if resolved.ends > head.time:
        return (f"the registration of {whose} ends on {end}: renew it at {MANAGER}",)
    last = date_of(resolved.ends + GRACE)
    return (f"the registration of {whose} ended on {end}: renew it at {MANAGER} until {last}",)


def not_lost(resolved: ResolvedName, head: Head) -> None:
    """Raise NameUnusable if the grace period is over. The record still exists, but anyone can register the name."""
    if resolved.ends is not None and resolved.ends + GRACE < head.time:
        name = resolved.name.text
        again = f"register the name again at {MANAGER}/{name} before another person does"
        if resolved.registered != name:
            again = f"{resolved.registered} has to be registered again at {MANAGER}/{resolved.registered}"
        raise NameUnusable(
            name,
            f"the registration of {subject(resolved)} ended on {date_of(resolved.ends)}, and anybody may register "
            f"{'the' if resolved.registered == name else 'that'} name now",
            hint=again,
        )


def subject(resolved: ResolvedName) -> str:
    """Return the words for the registered name: `the name`, or the .eth name above a subname."""
    return "the name" if resolved.registered == resolved.name.text else f"{resolved.registered}, above this name,"
