"""Use an IPFS Cluster as a store. The whole site is sent once, and later only the missing blocks.

The calls that this module makes follow from the behaviour of IPFS Cluster 1.1.0:

- `/add` sends the blocks to the allocated peers and pins the root. With `no-pin`, it only sends the blocks, and so it
  accepts a CAR that is not complete. With `user-allocations`, the blocks go to the peers that hold the older root.
- A pin with `pin-update` goes to the peers of the older root. Their nodes only read the blocks that differ. A node that
  lacks a block waits for ever, even after the block has arrived. So there is a time limit. After this limit, the whole
  site is sent and the pin is requested again.
- A peer that the request has not reached yet is reported as `unpinned`. The cluster holds a root when every peer
  reports `pinned`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import StoreRefused, StoreUnreachable
from publisher.fast_dataclass import dataclass, replace
from publisher.findings import Finding
from publisher.retrieval.trustless import trustless
from publisher.stores.base import Progress, Receipt, StoredPin, Upload
from publisher.stores.cluster.rest import WAITING, Allocation, ClusterApi, PeerStatus
from publisher.stores.pin_references import MARK, mark, mark_name, marked

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""The seconds between two requests for the status of the peers. The last number repeats."""

UPDATE = 30.0
"""The time limit in seconds for pinning a difference, which takes tenths of a second.

After this time, the node is assumed to wait for a missing block.
"""

GRACE = 10.0
"""If a peer still reports an error after this number of seconds, the error is raised.

Before that, the peer is asked once to try again.
"""


@dataclass(frozen=True, slots=True)
class PinOptions:
    """The number of peers that shall hold a root, and the time limits for it."""

    replication_max: int = 0
    """This many peers shall hold the root. 0 stands for the cluster's own number, and -1 for all peers."""
    replication_min: int = 0
    """This many peers are enough. 0 stands for the number in `replication_max`."""
    expire: int = 0
    """The cluster unpins the root after this number of seconds. 0 stands for never."""
    wait: float = 120.0
    """Every peer has to report within this number of seconds that it holds the root."""
    update: float = UPDATE
    """The time limit in seconds if only a difference has to be pinned."""
    grace: float = GRACE
    """If a peer still reports an error after this number of seconds, the error is raised."""

    def options(self) -> dict[str, str]:
        """Return the parameters of a request for a pin with these options."""
        factors = (
            {"replication_min": str(self.replication_min), "replication_max": str(self.replication_max)}
            if self.replication_max
            else {}
        )
        return factors | ({"expire_in": f"{self.expire}s"} if self.expire else {})


@dataclass(frozen=True, slots=True)
class Cluster:
    """The store `label`. Its methods raise StoreUnreachable, StoreRefused and CidMismatch."""

    label: str
    api: ClusterApi
    pin_options: PinOptions
    gateway: str = ""
    proxy: Callable[[str], str] = lambda url: ""
    """Returns the proxy of a URL, or an empty string."""
    kind: str = "cluster"

    def held(self, root: Cid) -> bool:
        """Return whether every allocated peer reports `pinned`, and there are as many peers as the settings require."""
        self.api.version()
        allocation = self.api.allocation(root)
        return allocation is not None and self._enough(allocation, self.api.status(root))

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Send the missing blocks, pin the root under the site's name, and wait until every peer holds the root.

        If another site pinned the root, its pin keeps its name. If some peers still fetch blocks after the time limit,
        the receipt has the status `pinning` and a note with these peers. Raises StoreUnreachable with the reasons if
        peers fail.
        """
        if upload.expire:
            sooner = min(filter(None, (self.pin_options.expire, upload.expire)))
            expiring = replace(self, pin_options=replace(self.pin_options, expire=sooner))
            return expiring.put(replace(upload, expire=0), progress)
        root = upload.root
        self.api.version()
        # This site makes its pin reference and then reads the pins. Another site unpins the root and then reads the
        # references. So either the other site finds this reference and pins the root again, or this site finds no pin.
        site = upload.site
        if site:
            self._claim(upload)
        allocation = self.api.allocation(root)
        shared = (
            allocation is not None and allocation.name not in upload.ours and not (site and allocation.site == site)
        )
        if allocation is not None and shared:
            upload = replace(upload, name=allocation.name, site=allocation.site)
        sent = 0
        if allocation is None:
            sent = self._send(upload, progress)
        elif not self._enough(allocation, self.api.status(root)):
            # An earlier run asked for the pin. The pin may only need time. Otherwise blocks or peers are missing.
            peers = self._watch(root, min(self.pin_options.update, self.pin_options.wait))
            if not self._suits(allocation) or any(peer.status not in ("pinned", "cluster_error") for peer in peers):
                sent = self._send_all(upload, progress)
                self._ask_anew(upload)
        elif allocation.name != upload.name or (allocation.expires and not (shared and self.pin_options.expire)):
            self.api.pin(root, **(self._pin_options(upload.name, upload.site) | self._factors(allocation)))
        receipt = replace(self._receipt(root, sent), shared=shared)
        if site and not shared and receipt.status == "pinned":
            self._withdraw(root, site)
        return receipt

    def reader(self) -> Get | None:
        """Return a `get` that reads the gateway, or None without a gateway. The REST interface returns no blocks."""
        if not self.gateway:
            return None
        return trustless(self.gateway, self.label, self.api.service.call_info.timeout, proxy=self.proxy(self.gateway))

    def pins(self, name: str) -> frozenset[Cid]:
        """Return the roots that the cluster plans to pin under exactly this name."""
        return frozenset(cid for cid, called in self.api.allocations() if called == name)

    def all_pins(self) -> Iterator[StoredPin]:
        """Yield every root that the cluster plans to pin, except pin references."""
        return (pin for pin in self.api.pins() if not pin.name.startswith(MARK))

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Return a map from each root to the ids of the sites that have a pin reference for it."""
        return marked(cid for cid, _ in self.api.allocations())

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Unpin `root` if it is pinned under exactly `name` and no site outside `sites` uses it.

        Return whether the root was unpinned.
        """
        allocation = self.api.allocation(root)
        if allocation is None or allocation.name != name or (allocation.site and allocation.site not in sites):
            return False
        if self._others(root, sites):
            return False
        gone = self.api.unpin(root)
        if self._others(root, sites):  # Meanwhile another site has made a reference, and relies on the pin.
            to = {"user_allocations": ",".join(allocation.peers)} if allocation.peers else {}
            self.api.pin(root, **(self._pin_options(name, allocation.site) | self._factors(allocation) | to))
            return False
        return gone

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """Remove the pin references of `sites` for a root."""
        for site in sorted(sites):
            self.api.unpin(mark(root, site))

    def origins(self) -> tuple[str, ...]:
        """Return the multiaddresses of the Kubo nodes of all peers."""
        return tuple(sorted({one for peer in self.api.peers() for one in peer.addresses if "/p2p/" in one}))

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Do nothing, because a cluster has no request that connects its nodes."""

    def examine(self) -> Iterator[Finding]:
        """Yield the findings about version, peers, nodes, free space, and the settings."""
        from publisher.stores.cluster.health import examine

        return examine(self.api, self.pin_options.replication_max, self.pin_options.replication_min, self.gateway)

    def _claim(self, upload: Upload) -> None:
        """Make this site's pin reference on one peer. It expires when the pin expires."""
        name, one = mark_name(upload.root, upload.name), {"replication_min": "1", "replication_max": "1"}
        self.api.pin(mark(upload.root, upload.site), **(self.pin_options.options() | {"name": name} | one))

    def _withdraw(self, root: Cid, site: str) -> None:
        """Remove this site's pin reference, which is not needed because the site's own pin holds the root.

        The reference stays if another site has made a reference meanwhile.
        """
        with contextlib.suppress(StoreRefused, StoreUnreachable):  # A reference that stays is removed with the pin.
            if not self._others(root, frozenset((site,))):
                self.api.unpin(mark(root, site))

    def _others(self, root: Cid, sites: frozenset[str]) -> frozenset[str]:
        return self.claims().get(root.to_v1(), frozenset()) - sites

    def _send(self, upload: Upload, progress: Progress) -> int:
        sent = self._send_difference(upload, progress)
        if sent is None:
            return self._send_all(upload, progress)
        if any(
            peer.status in WAITING
            for peer in self._watch(upload.root, min(self.pin_options.update, self.pin_options.wait))
        ):
            # A node waits for a block that it should have had from the older root.
            sent += self._send_all(upload, progress)
            self._ask_anew(upload)
        return sent

    def _send_difference(self, upload: Upload, progress: Progress) -> int | None:
        """Send the difference from an older root to the peers that hold it, and pin the new root there.

        Return the number of bytes sent. Return None if no older root is held, so that the whole site has to be sent.
        """
        for base in upload.older():
            old = self.api.allocation(base)
            if old is None or not self._suits(old):
                continue
            peers = self.api.status(base)
            if not self._enough(old, peers):
                continue
            lacking = [(b.cid, len(b.data)) for b in walk.difference(upload.get, base, upload.root)]
            to = self._factors(old) | ({"user_allocations": ",".join(old.peers)} if old.peers else {})
            self._upload(upload, lacking, progress, no_pin="true", **to)
            options = {
                key: value
                for key, value in self._pin_options(upload.name, upload.site).items()
                if not key.startswith("replication")
            }
            self.api.pin(upload.root, pin_update=str(base), **options)
            return sum(size for _, size in lacking)
        return None

    def _send_all(self, upload: Upload, progress: Progress) -> int:
        blocks = [(block.cid, len(block.data)) for block in walk.reachable(upload.get, upload.root)]
        self._upload(upload, blocks, progress, **self._pin_options(upload.name, upload.site))
        return sum(size for _, size in blocks)

    def _ask_anew(self, upload: Upload) -> None:
        """Unpin the root and pin it again if a node waits for a block.

        The node does not notice that the block has arrived, and looks for it only after a new request. The root is
        unpinned only for a moment. It is very unlikely that a node collects garbage in this moment.
        """
        root = upload.root
        allocation = self.api.allocation(root)
        if allocation is not None and any(peer.status in WAITING for peer in self.api.status(root)):
            to = {"user_allocations": ",".join(allocation.peers)} if allocation.peers else {}
            self.api.unpin(root)
            self.api.pin(root, **(self._pin_options(upload.name, upload.site) | self._factors(allocation) | to))

    def _pin_options(self, name: str, site: str) -> dict[str, str]:
        """Return the parameters of a pin: the number of peers, the time when it expires, the name, and the site."""
        return self.pin_options.options() | {"name": name} | ({"meta_site": site} if site else {})

    def _upload(self, upload: Upload, blocks: list[tuple[Cid, int]], progress: Progress, **options: str) -> None:
        total = sum(size for _, size in blocks)

        def counted() -> Iterator[Block]:
            done = 0
            for cid, size in blocks:
                yield Block(cid, upload.get(cid))
                done += size
                progress(done, total)

        root = upload.root
        self.api.add(root, car.size((root,), blocks), lambda: car.write((root,), counted()), **options)

    def _receipt(self, root: Cid, sent: int) -> Receipt:
        peers = self._watch(root, self.pin_options.wait)
        pinned = [peer for peer in peers if peer.status == "pinned"]
        others = [peer for peer in peers if peer.status != "pinned"]
        details = "; ".join(map(str, others))
        count = f"{len(pinned)} of {len(peers)} peers pin the root"
        allocation = self.api.allocation(root)
        if allocation is None or not peers:
            hint = "run again; if that fails too, look at the cluster's own log"
            raise StoreUnreachable(self.label, f"the cluster accepted {root}, but no longer lists that root", hint=hint)
        if any(peer.status not in WAITING for peer in others):
            hint = "look at these peers with `publish doctor`, then run again: what arrived is kept"
            raise StoreUnreachable(self.label, f"{count}; {details}", hint=hint)
        if not self._enough(allocation, peers):
            return Receipt(self.label, self.kind, "pinning", root, sent, f"{count}; {details}" if details else count)
        names = ", ".join(peer.name or peer.id for peer in pinned)
        # If all peers shall pin a root, the cluster lists no peers for it. The statuses are those of the peers that the
        # cluster counts now. It still counts a peer for some seconds after that peer died.
        count = "" if allocation.peers else " (all peers that the cluster counts now)"
        return Receipt(self.label, self.kind, "pinned", root, sent, f"held by {names}{count}")

    def _watch(self, root: Cid, limit: float) -> tuple[PeerStatus, ...]:
        """Wait until all peers are `pinned`, one stays in error, or `limit` seconds are over. Return their statuses."""
        clock = self.api.service.clock
        began = clock.now()
        failing, recovered, turn = 0.0, False, 0
        while True:
            peers = self.api.status(root)
            now = clock.now()
            if self._settled(peers) or now - began >= limit:
                return peers
            bad = [peer for peer in peers if peer.status not in (*WAITING, "pinned")]
            failing = (failing or now) if bad else 0.0
            if bad and now - failing >= self.pin_options.grace:
                return peers
            if bad and not recovered:
                self.api.recover(root)
                recovered = True
            clock.sleep(PAUSES[min(turn, len(PAUSES) - 1)])
            turn += 1

    def _settled(self, peers: tuple[PeerStatus, ...]) -> bool:
        return bool(peers) and all(peer.status == "pinned" for peer in peers)

    def _enough(self, allocation: Allocation, peers: tuple[PeerStatus, ...]) -> bool:
        return (
            self._settled(peers) and len(peers) >= max(1, self.pin_options.replication_min) and self._suits(allocation)
        )

    def _suits(self, allocation: Allocation) -> bool:
        """Return whether the cluster plans to pin the root on as many peers as the settings require."""
        return not allocation.peers or (
            self.pin_options.replication_max != -1 and len(allocation.peers) >= self.pin_options.replication_min
        )

    def _factors(self, allocation: Allocation) -> dict[str, str]:
        """Return the parameters that keep the present number of peers."""
        count = str(len(allocation.peers) or -1)
        return {"replication_min": count, "replication_max": count}
