"""Where others find a Kubo node, and how it meets them. Best effort: a pinner may find the blocks anyway."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from publisher.errors import StoreError
from publisher.stores.kubo.rpc import Rpc
from publisher.stores.multiaddr import Reach, reach

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
    found = sorted(dict.fromkeys(addresses), key=reach)
    far = tuple(one for one in found if reach(one) < Reach.HERE)
    return far or tuple(found)


def connect_all(rpc: Rpc, addresses: tuple[str, ...]) -> None:
    """Connect to each peer, by whichever of its addresses works."""
    peers: dict[str, list[str]] = {}
    for address in addresses:
        _, mark, peer = address.rpartition("/p2p/")
        if mark and peer:
            peers.setdefault(peer, []).append(address)
    for dialled in list(peers.values())[:PEERS]:
        with contextlib.suppress(StoreError):
            rpc.ask("swarm/connect", *dialled, timeout=min(DIAL, rpc.call_info.timeout))
