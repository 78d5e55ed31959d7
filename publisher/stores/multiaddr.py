"""From where the multiaddress of a node can be dialled."""

from __future__ import annotations

from enum import IntEnum

from publisher.http.addresses import is_here, is_public


class Reach(IntEnum):
    """Who can dial an address; a lower value means more machines."""

    PUBLIC = 0
    PRIVATE = 1
    """Machines in the same network or at the same provider."""
    HERE = 2
    """This machine, or machines on the same link."""


def reach(multiaddr: str) -> Reach:
    """Return who can dial an address. Host names and relays count as public, because only dialling would tell."""
    parts = multiaddr.split("/")
    if len(parts) < 3 or parts[1] not in ("ip4", "ip6"):
        return Reach.PUBLIC
    try:
        if is_here(parts[2]):
            return Reach.HERE
        return Reach.PUBLIC if is_public(parts[2]) else Reach.PRIVATE
    except ValueError:
        return Reach.HERE
