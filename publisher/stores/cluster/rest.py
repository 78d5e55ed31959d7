"""The requests to an IPFS Cluster, as values. The interface: https://ipfscluster.io/documentation/reference/api/.

Observed with IPFS Cluster 1.1.0: `/add` answers 200 even if the nodes took nothing, so an upload only proves the root
that it was given. Lists come as one JSON value a line. A pin has one name, and another request renames it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch
from publisher.http.client import Service
from publisher.http.errors import refused, unclear
from publisher.http.redact import short

WAITING = ("pin_queued", "pinning", "unpinned", "queued")
"""Statuses of a peer that may still become `pinned`. `unpinned` is reported until the request reaches the peer."""


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """The status of a root at one peer."""

    id: str
    name: str
    status: str
    error: str

    def __str__(self) -> str:
        """Return the peer, its status, and the reason if there is one."""
        return f"{self.name or self.id}: {self.status.replace('_', ' ')}" + (
            f", {short(self.error)}" if self.error else ""
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """The pin that the cluster plans: its name and its peers. No peers means all of them."""

    name: str
    peers: tuple[str, ...]
    replication_max: int
    """The replication factor; -1 for all peers."""
    expires: bool = False
    """Whether the cluster will unpin it by itself."""
    site: str = ""
    """The id of the site that asked for it, or empty."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer as another sees it. `error`: the peer is unreachable; `node_error`: its Kubo node is."""

    id: str
    name: str
    version: str
    addresses: tuple[str, ...]
    error: str
    node_error: str


@dataclass(frozen=True, slots=True)
class ClusterApi:
    """The REST interface of one peer, which answers for all. Its methods raise StoreUnreachable and StoreRefused."""

    service: Service

    @property
    def label(self) -> str:
        """The label of the store in publish.toml."""
        return self.service.call_info.label

    def version(self) -> str:
        """Return the cluster's version. It is asked first, because it reveals a wrong address or wrong credentials."""
        said = self.service.get("/version")
        if not isinstance(said, Mapping) or not isinstance(said.get("version"), str):
            raise unclear(self._asked("GET /version"), "holds no version: this may be no IPFS Cluster")
        return str(said["version"])

    def allocation(self, root: Cid) -> Allocation | None:
        """Return the planned pin of a root, or None. Raises CidMismatch if the answer is about another root."""
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

    def status(self, root: Cid) -> tuple[PeerStatus, ...]:
        """Return the status of a root at each of its peers, by name. Raises CidMismatch for another root."""
        said = self.service.get(f"/pins/{root}")
        peers = said.get("peer_map") if isinstance(said, Mapping) else None
        if not isinstance(peers, Mapping):
            raise unclear(self._asked("GET /pins"), "holds no status of the peers")
        self._same(said.get("cid"), root)
        rows = [_peer_status(key, row) for key, row in peers.items() if isinstance(row, Mapping)]
        return tuple(sorted((row for row in rows if row.status != "remote"), key=lambda row: (row.name, row.id)))

    def add(self, root: Cid, size: int, chunks: Callable[[], Iterator[bytes]], **options: str) -> None:
        """Upload a CAR of `size` bytes; `chunks` returns its bytes. Raises CidMismatch if another root is answered."""
        answer = self.service.upload("/add", "site.car", size, chunks, format="car", stream_channels="false", **options)
        rows = self.service.values(answer, "POST /add")
        added = [row for row in rows if isinstance(row, Mapping) and "cid" in row]
        if not added:
            # In a stream, 200 followed by an error means that it failed half way.
            raise refused(500, answer.body, self._asked("POST /add"))
        self._same(added[-1]["cid"], root)

    def pin(self, root: Cid, **options: str) -> None:
        """Ask for a pin. Raises CidMismatch if the answer is about another root."""
        said = self.service.post(f"/pins/{root}", repeatable=True, mode="recursive", **options)
        self._same(said.get("cid") if isinstance(said, Mapping) else None, root)

    def unpin(self, root: Cid) -> bool:
        """Remove a pin and return whether there was one."""
        return self.service.call("DELETE", f"/pins/{root}", ok_statuses=(404,)).status != 404

    def recover(self, root: Cid) -> None:
        """Ask the peers that failed to try again."""
        self.service.call("POST", f"/pins/{root}/recover", ok_statuses=(404,))

    def peers(self) -> tuple[Peer, ...]:
        """Return every peer that the asked one knows, by name."""
        return tuple(sorted(map(_peer, self._rows("/peers")), key=lambda peer: (peer.name, peer.id)))

    def free(self) -> dict[str, int]:
        """Map each peer to the bytes that its node has free, by its last report."""
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
    expires = not str(row.get("expire_at") or "0001-").startswith("0001-")  # how Go writes that there is no time
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
