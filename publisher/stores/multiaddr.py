"""Find out which machines can dial the multiaddress of a node."""

from __future__ import annotations

from enum import IntEnum

from publisher.http.addresses import is_here, is_public


class Reach(IntEnum):
    """The machines that can dial an address. A lower value means more machines."""

    PUBLIC = 0
    """Every machine on the internet can dial it."""
    PRIVATE = 1
    """Machines in the same network or at the same provider can dial it."""
    HERE = 2
    """This machine, or machines on the same link, can dial it."""


def reach(multiaddr: str) -> Reach:
    """Return which machines can dial an address.

    An address that does not begin with an IP address, such as one with a host name, counts as public. The name is not
    looked up.
    """
    parts = multiaddr.split("/")
    if len(parts) < 3 or parts[1] not in ("ip4", "ip6"):
        return Reach.PUBLIC
    try:
        if is_here(parts[2]):
            return Reach.HERE
        return Reach.PUBLIC if is_public(parts[2]) else Reach.PRIVATE
    except ValueError:
        return Reach.HERE
