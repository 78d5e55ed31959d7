"""An IPFS Cluster that is handed blocks: the whole site once, later only what it lacks.

Why these calls and no others, from what IPFS Cluster 1.1.0 was seen to do:

- `/add` sends the blocks to the peers that shall hold them and pins; with `no-pin` it only sends, and so takes a CAR
  that is not whole. Given `user-allocations` they go to the peers that hold the older root.
- A pin with `pin-update` goes to the peers of the older root, whose nodes look only at what differs. A node that
  misses a block waits for ever, and goes on waiting when it comes: so there is a limit, then the whole is sent, and
  the pin is asked for anew.
- `unpinned` is said of a peer that the request has not reached yet. Held means that each peer says `pinned`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import StoreRefused, StoreUnreachable
from publisher.findings import Finding
from publisher.retrieval.trustless import trustless
from publisher.stores.base import Progress, Receipt, Upload
from publisher.stores.cluster.rest import WAITING, Allocation, ClusterApi, PeerStatus
from publisher.stores.pin_references import mark, mark_name, marked

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between two looks at the peers; the last is used from there on."""

UPDATE = 30.0
"""Seconds for pinning what differs, which needs tenths of one: after that a node waits for a block it will not get."""

GRACE = 10.0
"""Seconds that a peer may be in error before it is told: it is asked to try again once."""


@dataclass(frozen=True, slots=True)
class PinOptions:
    """How a root is to be held."""

    replication_max: int = 0
    """So many peers; 0 for the cluster's own number, -1 for all."""
    replication_min: int = 0
    expire: int = 0
    """Seconds; 0 for ever."""
    wait: float = 120.0
    """Seconds until every peer has to say that it holds the root."""
    update: float = UPDATE
    """The same where only what differs has to be looked at."""
    grace: float = GRACE
    """Seconds that a peer may be in error."""

    def options(self) -> dict[str, str]:
        """The same, as the interface is told it."""
        factors = (
            {"replication_min": str(self.replication_min), "replication_max": str(self.replication_max)}
            if self.replication_max
            else {}
        )
        return factors | ({"expire_in": f"{self.expire}s"} if self.expire else {})


@dataclass(frozen=True, slots=True)
class Cluster:
    """The store `label`."""

    label: str
    api: ClusterApi
    pin_options: PinOptions
    gateway: str = ""
    proxy: Callable[[str], str] = lambda url: ""
    """The proxy between us and a URL."""
    kind: str = "cluster"

    def held(self, root: Cid) -> bool:
        """Whether every peer that shall hold the root says `pinned`, and they are as many as the settings want."""
        self.api.version()
        allocation = self.api.allocation(root)
        return allocation is not None and self._enough(allocation, self.api.status(root))

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        """Send what it lacks, pin under the site's name, and wait until every peer holds it.

        What another site has pinned there keeps its name.

        `pinning` in the receipt when some still fetch it at the end of the wait; its note says which.
        StoreUnreachable when peers cannot: the message says which and why.
        """
        root = upload.root
        self.api.version()
        # Before the look: who lets go of it, and has not seen this mark, has not unpinned it yet.
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
            # Somebody began. Perhaps it only needs time; else blocks are lacking, or too few peers were asked.
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
        """Blocks from its gateway; None when none is set, for the REST interface gives no blocks back."""
        if not self.gateway:
            return None
        return trustless(self.gateway, self.label, self.api.service.call_info.timeout, proxy=self.proxy(self.gateway))

    def pins(self, name: str) -> frozenset[Cid]:
        """The roots that it means to hold under exactly this name."""
        return frozenset(cid for cid, called in self.api.allocations() if called == name)

    def claims(self) -> Mapping[Cid, frozenset[str]]:
        """Roots -> the sites that say that they use them."""
        return marked(cid for cid, _ in self.api.allocations())

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        """Let go of a root, when it is pinned under exactly this name and no other site uses it."""
        allocation = self.api.allocation(root)
        if allocation is None or allocation.name != name or (allocation.site and allocation.site not in sites):
            return False
        if self._others(root, sites):
            return False
        gone = self.api.unpin(root)
        if self._others(root, sites):  # who came between the look and the unpinning saw the pin, and counts on it
            to = {"user_allocations": ",".join(allocation.peers)} if allocation.peers else {}
            self.api.pin(root, **(self._pin_options(name, allocation.site) | self._factors(allocation) | to))
            return False
        return gone

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        """These sites use it no longer."""
        for site in sorted(sites):
            self.api.unpin(mark(root, site))

    def origins(self) -> tuple[str, ...]:
        """Where the nodes below its peers are."""
        return tuple(sorted({one for peer in self.api.peers() for one in peer.addresses if "/p2p/" in one}))

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        """Nothing: a cluster connects its nodes to nobody at our word."""

    def examine(self) -> Iterator[Finding]:
        """What a doctor finds: version, peers, their nodes, room, and what the settings ask of them."""
        from publisher.stores.cluster.health import examine

        return examine(self.api, self.pin_options.replication_max, self.pin_options.replication_min, self.gateway)

    def _claim(self, upload: Upload) -> None:
        """Leave this site's mark, on one peer. It ends when the pin would."""
        name, one = mark_name(upload.root, upload.name), {"replication_min": "1", "replication_max": "1"}
        self.api.pin(mark(upload.root, upload.site), **(self.pin_options.options() | {"name": name} | one))

    def _withdraw(self, root: Cid, site: str) -> None:
        """The pin is this site's own and says so: nobody else needs the mark, unless another came at the same time."""
        with contextlib.suppress(StoreRefused, StoreUnreachable):  # it stays, and goes with the pin
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
            # A node waits for a block that the older root should have had.
            sent += self._send_all(upload, progress)
            self._ask_anew(upload)
        return sent

    def _send_difference(self, upload: Upload, progress: Progress) -> int | None:
        """Send what differs from a root that all its peers hold, to the same peers, and pin it there.

        Bytes sent; None when it has to be the whole.
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
        """A node that waits for a block is not told when it comes: only a new request makes it look.

        Between the two calls nothing is collected but by chance, and all blocks are there when the pin returns.
        """
        root = upload.root
        allocation = self.api.allocation(root)
        if allocation is not None and any(peer.status in WAITING for peer in self.api.status(root)):
            to = {"user_allocations": ",".join(allocation.peers)} if allocation.peers else {}
            self.api.unpin(root)
            self.api.pin(root, **(self._pin_options(upload.name, upload.site) | self._factors(allocation) | to))

    def _pin_options(self, name: str, site: str) -> dict[str, str]:
        """How a root is to be held, under which name, and for which site."""
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
        count = f"{len(pinned)} of {len(peers)} peers hold it"
        allocation = self.api.allocation(root)
        if allocation is None or not peers:
            hint = "its own log may say why; run again"
            raise StoreUnreachable(self.label, f"took {root}, and forgot it", hint=hint)
        if any(peer.status not in WAITING for peer in others):
            hint = "look at the peers that are named (`publish doctor`), then run again: what arrived is kept"
            raise StoreUnreachable(self.label, f"{count}; {details}", hint=hint)
        if not self._enough(allocation, peers):
            return Receipt(self.label, self.kind, "pinning", root, sent, f"{count}; {details}" if details else count)
        names = ", ".join(peer.name or peer.id for peer in pinned)
        # Of "all" the cluster keeps no list: a peer that died is counted for some seconds more, then never again.
        count = "" if allocation.peers else ", all that the cluster counts now"
        return Receipt(self.label, self.kind, "pinned", root, sent, f"held by {names}{count}")

    def _watch(self, root: Cid, limit: float) -> tuple[PeerStatus, ...]:
        """What the peers say in the end: when all are pinned, when one stays in error, or when the time is over."""
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
        """Whether as many peers were asked to hold it as the settings want."""
        return not allocation.peers or (
            self.pin_options.replication_max != -1 and len(allocation.peers) >= self.pin_options.replication_min
        )

    def _factors(self, allocation: Allocation) -> dict[str, str]:
        """Exactly the peers that hold it now."""
        count = str(len(allocation.peers) or -1)
        return {"replication_min": count, "replication_max": count}
