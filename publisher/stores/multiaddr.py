"""From how far away the multiaddress of a node can be dialled."""

from __future__ import annotations

from enum import IntEnum

from publisher.http.addresses import is_here, is_public


class Reach(IntEnum):
    """Who can dial an address, those first that more people can."""

    PUBLIC = 0
    PRIVATE = 1
    """Machines of one network, or of one provider."""
    HERE = 2
    """This machine, or those on the same wire."""


def reach(multiaddr: str) -> Reach:
    """Who can dial it. Names and relays count as public: nobody can tell without asking."""
    parts = multiaddr.split("/")
    if len(parts) < 3 or parts[1] not in ("ip4", "ip6"):
        return Reach.PUBLIC
    try:
        if is_here(parts[2]):
            return Reach.HERE
        return Reach.PUBLIC if is_public(parts[2]) else Reach.PRIVATE
    except ValueError:
        return Reach.HERE
