"""Send requests to an IPFS Cluster, and turn its answers into values.

The interface is described at https://ipfscluster.io/documentation/reference/api/. IPFS Cluster 1.1.0 behaves like this:
`/add` answers 200 even if no node took a block, so its answer does not prove that the blocks have arrived. A list has
one JSON value in each line. A pin has one name. A later request for the same pin replaces
this name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch
from publisher.fast_dataclass import dataclass, replace
from publisher.http.client import Service
from publisher.http.errors import refused, unclear
from publisher.http.redact import short
from publisher.stores.base import StoredPin

WAITING = ("pin_queued", "pinning", "unpinned", "queued")
"""A peer with one of these statuses may still become `pinned`. A peer is `unpinned` until the request reaches it."""


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """The status of a root at one peer."""

    id: str
    name: str
    status: str
    error: str

    def __str__(self) -> str:
        """Return the name of the peer, its status, and its error if there is one."""
        return f"{self.name or self.id}: {self.status.replace('_', ' ')}" + (
            f", {short(self.error)}" if self.error else ""
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """The plan of the cluster for the pin of a root."""

    name: str
    peers: tuple[str, ...]
    """The ids of the peers that shall pin the root. If there are none, all peers shall pin it."""
    replication_max: int
    """The replication factor. -1 stands for all peers."""
    expires: bool = False
    """This is true if the cluster will unpin the root by itself."""
    site: str = ""
    """The id of the site that asked for the pin, or an empty string if it is unknown."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer, as another peer reports it.

    `error` is not empty if the peer cannot be reached. `node_error` is not empty if its Kubo node cannot be reached.
    """

    id: str
    name: str
    version: str
    addresses: tuple[str, ...]
    error: str
    node_error: str


@dataclass(frozen=True, slots=True)
class ClusterApi:
    """The REST interface of one peer, which answers for all peers.

    Its methods raise StoreUnreachable if the peer does not answer, and StoreRefused if it refuses.
    """

    service: Service

    @property
    def label(self) -> str:
        """Return the label of the store in publish.toml."""
        return self.service.call_info.label

    def version(self) -> str:
        """Return the version of the cluster.

        This is the first call to a cluster, because it shows whether the address and the credentials are right.
        """
        said = self.service.get("/version")
        if not isinstance(said, Mapping) or not isinstance(said.get("version"), str):
            raise unclear(self._asked("GET /version"), "holds no version: this may be no IPFS Cluster")
        return str(said["version"])

    def allocation(self, root: Cid) -> Allocation | None:
        """Return the plan of the cluster for a root, or None if it has no plan to pin it.

        Raises CidMismatch if the answer is about another root.
        """
        path = f"/allocations/{root}"
        answer = self.service.call("GET", path, ok_statuses=(404,))
        if answer.status == 404:
            return None
        rows = self.service.values(answer, "GET /allocations")
        if len(rows) != 1 or not isinstance(rows[0], Mapping):
            raise unclear(self._asked("GET /allocations"), "does not name the pin")
        self._same(rows[0].get("cid"), root)
        return _allocation(rows[0])

    def allocations(self) -> Iterator[tuple[Cid, str]]:
        """Yield every root that the cluster plans to hold, with the name of its pin."""
        for row in self._rows("/allocations", filter="pin"):
            cid = cid_of(row.get("cid"))
            if cid is not None:
                yield cid, str(row.get("name", ""))

    def pins(self) -> Iterator[StoredPin]:
        """Yield every root that the cluster plans to hold, with the name of its pin and the site that asked for it."""
        for row in self._rows("/allocations", filter="pin"):
            cid = cid_of(row.get("cid"))
            if cid is not None:
                allocation = _allocation(row)
                yield StoredPin(cid, allocation.name, allocation.site)

    def status(self, root: Cid) -> tuple[PeerStatus, ...]:
        """Return the status of a root at each of its peers, sorted by the names of the peers.

        Raises CidMismatch if the answer is about another root.
        """
        said = self.service.get(f"/pins/{root}")
        peers = said.get("peer_map") if isinstance(said, Mapping) else None
        if not isinstance(peers, Mapping):
            raise unclear(self._asked("GET /pins"), "holds no status of the peers")
        self._same(said.get("cid"), root)
        rows = [_peer_status(key, row) for key, row in peers.items() if isinstance(row, Mapping)]
        return tuple(sorted((row for row in rows if row.status != "remote"), key=lambda row: (row.name, row.id)))

    def add(self, root: Cid, size: int, chunks: Callable[[], Iterator[bytes]], **options: str) -> None:
        """Upload a CAR of `size` bytes. Each call of `chunks` returns its bytes.

        Raises CidMismatch if the cluster reports another root.
        """
        answer = self.service.upload("/add", "site.car", size, chunks, format="car", stream_channels="false", **options)
        rows = self.service.values(answer, "POST /add")
        added = [row for row in rows if isinstance(row, Mapping) and "cid" in row]
        if not added:
            # If the upload fails half way, the status 200 was sent already. The error is then in the body.
            raise refused(500, answer.body, self._asked("POST /add"))
        self._same(added[-1]["cid"], root)

    def pin(self, root: Cid, **options: str) -> None:
        """Ask for a pin of `root` with these options. Raises CidMismatch if the answer is about another root."""
        said = self.service.post(f"/pins/{root}", repeatable=True, mode="recursive", **options)
        self._same(said.get("cid") if isinstance(said, Mapping) else None, root)

    def unpin(self, root: Cid) -> bool:
        """Unpin `root` and return whether it was pinned."""
        return self.service.call("DELETE", f"/pins/{root}", ok_statuses=(404,)).status != 404

    def recover(self, root: Cid) -> None:
        """Ask the peers that failed to pin `root` to try again."""
        self.service.call("POST", f"/pins/{root}/recover", ok_statuses=(404,))

    def peers(self) -> tuple[Peer, ...]:
        """Return every peer of the cluster, sorted by name."""
        return tuple(sorted(map(_peer, self._rows("/peers")), key=lambda peer: (peer.name, peer.id)))

    def free(self) -> dict[str, int]:
        """Return a map from each peer to the number of free bytes of its node, as the peer last reported it."""
        rows = self._rows("/monitor/metrics/freespace")
        return {
            str(row.get("peer")): int(str(row["value"]))
            for row in rows
            if row.get("valid") and str(row.get("value", "")).isdigit()
        }

    def _rows(self, path: str, **query: str) -> Iterator[Mapping[str, Any]]:
        answer = self.service.call("GET", path, query=query)
        for row in self.service.values(answer, f"GET {path}"):
            if isinstance(row, Mapping):
                if "message" in row and "code" in row:
                    raise refused(500, answer.body, self._asked(f"GET {path}"))
                yield row

    def _same(self, value: object, root: Cid) -> None:
        if cid_of(value) != root:
            what = f"the cluster answered with {short(str(value))}; this program asked for {root}"
            raise CidMismatch(self.label, what, hint="do not trust the cluster until you know why; no name was moved")

    def _asked(self, what: str) -> Any:
        return replace(self.service.call_info, what=what)


def cid_of(value: object) -> Cid | None:
    """Return the CID in an answer, or None if it is not a CID."""
    try:
        return Cid.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _allocation(row: Mapping[str, Any]) -> Allocation:
    peers = row.get("allocations")
    most = row.get("replication_factor_max")
    named = tuple(peer for peer in peers if isinstance(peer, str)) if isinstance(peers, list) else ()
    expires = not str(row.get("expire_at") or "0001-").startswith("0001-")  # Go writes the year 1 if no time is set.
    about = row.get("metadata")
    site = str(about.get("site") or "") if isinstance(about, Mapping) else ""
    return Allocation(str(row.get("name", "")), named, most if isinstance(most, int) else 0, expires, site)


def _peer_status(key: object, row: Mapping[str, Any]) -> PeerStatus:
    name, status, error = (row.get(part) for part in ("peername", "status", "error"))
    return PeerStatus(str(key), str(name or ""), str(status or "undefined"), str(error or ""))


def _peer(row: Mapping[str, Any]) -> Peer:
    node = row.get("ipfs")
    node = node if isinstance(node, Mapping) else {}
    found = node.get("addresses")
    addresses = tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
    texts = [str(row.get(part) or "") for part in ("id", "peername", "version")]
    return Peer(texts[0], texts[1], texts[2], addresses, str(row.get("error") or ""), str(node.get("error") or ""))
