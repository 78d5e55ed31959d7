"""Where others find a Kubo node, and how it meets them. Best effort: a pinner may find the blocks anyway."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from ipaddress import ip_address

from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc

DIAL = 10.0
"""Seconds for one peer, whatever of its addresses answers: a node waits long for those that nobody has."""

PEERS = 8
"""So many peers are met at most: a service names the few that fetch."""


def origins_of(rpc: Rpc) -> tuple[str, ...]:
    """The node's own multiaddresses, each ending in /p2p/ID, public ones first; none where it does not say.

    What only this machine can dial is left out, unless there is nothing else: then whoever asks is on it too.
    """
    try:
        said = rpc.call("id")
    except StoreError:  # a token without this right still publishes
        return ()
    listed = said[0].get("Addresses") if len(said) == 1 and isinstance(said[0], Mapping) else None
    addresses = [one for one in listed or () if isinstance(one, str) and "/p2p/" in one]
    found = sorted(dict.fromkeys(addresses), key=_nearness)
    far = tuple(one for one in found if _nearness(one) < HERE)
    return far or tuple(found)


def meet_all(rpc: Rpc, addresses: tuple[str, ...]) -> None:
    """Connect to each peer, by whichever of its addresses works."""
    peers: dict[str, list[str]] = {}
    for address in addresses:
        _, mark, peer = address.rpartition("/p2p/")
        if mark and peer:
            peers.setdefault(peer, []).append(address)
    for dialled in list(peers.values())[:PEERS]:
        with contextlib.suppress(StoreError):
            rpc.ask("swarm/connect", *dialled, timeout=min(DIAL, rpc.asked.timeout))


PUBLIC, PRIVATE, HERE = range(3)


def _nearness(multiaddr: str) -> int:
    """How far away one may be and still dial it. Names and relays count as public: nobody can tell without asking."""
    parts = multiaddr.split("/")
    if len(parts) < 3 or parts[1] not in ("ip4", "ip6"):
        return PUBLIC
    try:
        host = ip_address(parts[2].partition("%")[0])
    except ValueError:
        return HERE
    if host.is_loopback or host.is_link_local or host.is_unspecified:
        return HERE
    return PRIVATE if host.is_private else PUBLIC
