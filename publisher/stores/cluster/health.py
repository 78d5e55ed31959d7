"""Test an IPFS Cluster for `publish doctor`. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.errors import StoreError
from publisher.findings import Finding
from publisher.http.exposure import exposed
from publisher.http.redact import short
from publisher.stores.cluster.rest import ClusterApi, Peer

LITTLE = 1 << 30
"""A node should have this many free bytes. They are enough for a few versions of a large site."""


def examine(api: ClusterApi, replication_max: int, replication_min: int, gateway: str) -> Iterator[Finding]:
    """Yield the findings, the most basic one first. They end early if the cluster does not answer."""
    label = api.label
    try:
        yield Finding(label, "ok", f"IPFS Cluster {api.version()} at {api.service.call_info.where}")
        yield from exposed(label, api.service.base, api.service.credentials is not None)
        peers = api.peers()
        yield from _peers(label, peers, replication_max, replication_min)
        yield from _room(label, peers, api.free())
    except StoreError as error:
        yield Finding(label, "fault", error.message, error.hint)
        return
    if not gateway:
        fix = "set `gateway` to a gateway of one of the cluster's nodes: then roots are read back before a name moves"
        yield Finding(label, "note", "no block is read back from this store", fix)


def _peers(label: str, peers: tuple[Peer, ...], replication_max: int, replication_min: int) -> Iterator[Finding]:
    well = [peer for peer in peers if not peer.error and not peer.node_error]
    names = ", ".join(peer.name or peer.id for peer in well) or "none"
    if well and len(well) == len(peers):
        yield Finding(label, "ok", f"{len(well)} peer{'s are' if len(well) > 1 else ' is'} up: {names}")
    else:
        what = f"{len(well)} of {len(peers)} peers are up: {names}"
        yield Finding(label, "warning" if well else "fault", what, "start the others")
    for peer in peers:
        if peer.error:
            yield Finding(
                label, "warning", f"{peer.name or peer.id} cannot be reached: {short(peer.error)}", "start that peer"
            )
        elif peer.node_error:
            what = f"the Kubo node of {peer.name or peer.id} does not answer: {short(peer.node_error)}"
            yield Finding(label, "warning", what, "start that node (`ipfs daemon`)")
    if len(versions := sorted({peer.version for peer in well})) > 1:
        fix = "update the older peers: this program is not tested with mixed versions"
        yield Finding(label, "warning", f"the peers differ in version: {', '.join(versions)}", fix)
    if replication_max > 0 and len(well) < replication_min:
        yield Finding(
            label,
            "fault",
            f"each root needs {replication_min} peers; peers that are up: {len(well)}",
            "start the others, or lower `replication`",
        )
    elif replication_max > len(well):
        yield Finding(
            label, "warning", f"`replication` is {replication_max}; peers that are up: {len(well)}", "start the others"
        )


def _room(label: str, peers: tuple[Peer, ...], free: dict[str, int]) -> Iterator[Finding]:
    names = {peer.id: peer.name or peer.id for peer in peers}
    for name, left in sorted((names.get(peer, peer), left) for peer, left in free.items()):
        if left < LITTLE:
            what = f"the node of {name} has {left / LITTLE:.1f} GiB left"
            fix = "raise Datastore.StorageMax, or unpin old roots (`publish prune`)"
            yield Finding(label, "warning" if left else "fault", what, fix)
    if free:
        yield Finding(label, "ok", f"each node has {min(free.values()) / LITTLE:.0f} GiB or more free")
