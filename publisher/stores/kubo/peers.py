"""The addresses of a Kubo node, and its connections to peers. An error is ignored: a pinner may find blocks anyway."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc
from publisher.stores.multiaddr import Reach, reach

DIAL = 10.0
"""Seconds for one peer and all its addresses. A node waits long for an address that does not exist."""

PEERS = 8
"""How many peers are connected at most. A service names the few that fetch."""


def origins_of(rpc: Rpc) -> tuple[str, ...]:
    """Return the node's multiaddresses, each ending in /p2p/ID, public ones first, or none.

    Addresses that only this machine can dial are left out, unless there are no others: then the pinner is on it too.
    """
    try:
        said = rpc.call("id")
    except StoreError:  # a token without this right still publishes
        return ()
    listed = said[0].get("Addresses") if len(said) == 1 and isinstance(said[0], Mapping) else None
    addresses = [one for one in listed or () if isinstance(one, str) and "/p2p/" in one]
    found = sorted(dict.fromkeys(addresses), key=reach)
    far = tuple(one for one in found if reach(one) < Reach.HERE)
    return far or tuple(found)


def connect_all(rpc: Rpc, addresses: tuple[str, ...]) -> None:
    """Connect to each peer by one of its addresses."""
    peers: dict[str, list[str]] = {}
    for address in addresses:
        _, mark, peer = address.rpartition("/p2p/")
        if mark and peer:
            peers.setdefault(peer, []).append(address)
    for dialled in list(peers.values())[:PEERS]:
        with contextlib.suppress(StoreError):
            rpc.ask("swarm/connect", *dialled, timeout=min(DIAL, rpc.call_info.timeout))
