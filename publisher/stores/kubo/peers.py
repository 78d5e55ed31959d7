"""Find the addresses of a Kubo node, and connect it to peers.

Errors are ignored, because a pinner may find the blocks without an address or a connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc
from publisher.stores.multiaddr import Reach, reach

DIAL = 10.0
"""The time limit in seconds for one peer with all its addresses. A node waits long for an address without a machine."""

PEERS = 8
"""At most this many peers are connected. A service names only the few peers that will fetch."""


def origins_of(rpc: Rpc) -> tuple[str, ...]:
    """Return the node's multiaddresses, public ones first. Each ends in /p2p/ID.

    Addresses that only this machine can dial are left out if the node has other addresses. If the node has no others,
    the pinner is probably on this machine too. The result is empty if the node does not answer.
    """
    try:
        said = rpc.call("id")
    except StoreError:  # A token without the right to call `id` can still publish.
        return ()
    listed = said[0].get("Addresses") if len(said) == 1 and isinstance(said[0], Mapping) else None
    addresses = [one for one in listed or () if isinstance(one, str) and "/p2p/" in one]
    found = sorted(dict.fromkeys(addresses), key=reach)
    far = tuple(one for one in found if reach(one) < Reach.HERE)
    return far or tuple(found)


def connect_all(rpc: Rpc, addresses: tuple[str, ...]) -> None:
    """Connect the node to the peers in `addresses`. Addresses of the same peer are sent in one call."""
    peers: dict[str, list[str]] = {}
    for address in addresses:
        _, mark, peer = address.rpartition("/p2p/")
        if mark and peer:
            peers.setdefault(peer, []).append(address)
    for dialled in list(peers.values())[:PEERS]:
        with contextlib.suppress(StoreError):
            rpc.ask("swarm/connect", *dialled, timeout=min(DIAL, rpc.call_info.timeout))
