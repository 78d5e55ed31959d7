"""A place and its blocks -> what is shown there: a file or a part of it, a folder's index, its listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.gateway import conditions, listing, media
from publisher.gateway.hosts import Place, ResolveName, joined, with_query
from publisher.gateway.message import CORS, NOSNIFF, Request, Response, plain, to

INDEX = "index.html"
FOR_EVER = "public, max-age=29030400, immutable"
LISTING = "public, max-age=604800, stale-while-revalidate=2678400"
FOLDERS = ("folder", "shard")

Read = Callable[[int, int], Iterable[bytes]]
"""The bytes from a start up to a stop."""


def no_name(name: str) -> Cid | None:
    """A resolver that knows no name."""
    return None


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway answers from."""

    get: Get
    resolve_name: ResolveName = no_name
    hosts: frozenset[str] = frozenset()
    """Hosts it serves besides IP addresses, localhost and the names below it; in lower case."""
    home: str = ""
    """The name that `/` of a bare host leads to; empty for none."""
    name_seconds: int = 60
    """How long an answer under a name may be kept without asking again; 0: always ask."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is at a place: the CIDs of the folders on the way to it and its own, and what it is."""

    cids: tuple[Cid, ...]
    node: walk.Node

    @property
    def cid(self) -> Cid:
        """Of the place itself."""
        return self.cids[-1]

    @property
    def is_folder(self) -> bool:
        """Whether it has entries."""
        return self.node.kind in FOLDERS


def way(get: Get, place: Place) -> tuple[Cid, ...]:
    """The root, the folders on the way, and what is at the place. Raises PathMissing."""
    cids = [place.root]
    for segment in place.segments:
        cids.append(walk.resolve(get, cids[-1], segment))
    return tuple(cids)


def follow(get: Get, place: Place) -> Found:
    """What is at a place. Raises PathMissing."""
    cids = way(get, place)
    return Found(cids, walk.node(get, cids[-1]))


def show(place: Place, found: Found, request: Request, gateway: Gateway) -> Response:
    """A file, a folder's index or listing, or the way to the folder's final slash, from which its links are counted."""
    headers = about(place, found.cids, FOR_EVER, gateway)
    if not found.is_folder:
        name = place.segments[-1] if place.segments else ""
        return file(gateway.get, found.cid, found.node, media.by_name(name), request).adding(headers)
    if not place.slash:
        return to(301, with_query(place.url(slash=True), request.query), headers)
    try:
        cid = walk.resolve(gateway.get, found.cid, INDEX)
    except walk.PathMissing:
        return _list(place, found, gateway)
    index = walk.node(gateway.get, cid)
    if index.kind in FOLDERS:
        return _list(place, found, gateway)
    return file(gateway.get, cid, index, media.HTML, request, tag=found.cid).adding(headers)


def file(get: Get, cid: Cid, node: walk.Node, kind: str, request: Request, tag: Cid | None = None) -> Response:
    """A file, or the first range asked of it; of a symlink, its target. `tag` stands for its own CID in the ETag."""
    size, named = node.size, f'"{tag or cid}"'
    if not kind:
        kind = media.sniff(b"".join(walk.cat(get, cid, 0, min(size, media.LOOK))))
    # What fits into one block is here already.
    read: Read = (lambda start, stop: walk.cat(get, cid, start, stop)) if node.links else slices(node.data)
    return ranged(request, size, {"Content-Type": kind, "ETag": named}, read)


def slices(data: bytes) -> Read:
    """Bytes that are here, to be read in part."""
    return lambda start, stop: (data[start:stop],)


def ranged(request: Request, size: int, headers: Mapping[str, str], read: Read) -> Response:
    """200 with everything, 206 with the first range asked of it, or 416; `headers` have an ETag."""
    tag = headers["ETag"]
    try:
        span = conditions.byte_range(request.header("range"), size)
    except conditions.Unsatisfiable:
        return plain(416, f"there are {size} bytes", {"Content-Range": f"bytes */{size}", "ETag": tag})
    headers = {**headers, "Accept-Ranges": "bytes", **NOSNIFF}
    if span is None or not conditions.same(request.header("if-range"), tag):
        return Response(200, {**headers, "Content-Length": str(size)}, read(0, size))
    start, stop = span
    part = {"Content-Range": f"bytes {start}-{stop - 1}/{size}", "Content-Length": str(stop - start)}
    return Response(206, {**headers, **part}, read(start, stop))


def about(place: Place, cids: tuple[Cid, ...], cache: str, gateway: Gateway) -> dict[str, str]:
    """What every answer with content says of itself."""
    path = joined(place.space, place.segments, slash=place.slash)
    roots = ",".join(str(cid) for cid in cids)
    return {"X-Ipfs-Path": path, "X-Ipfs-Roots": roots, **lasting(place, cache, gateway), **CORS}


def lasting(place: Place, cache: str, gateway: Gateway) -> dict[str, str]:
    """`cache` below a root, which never changes; under a name the gateway's own, for what a name shows does change."""
    if place.name:
        seconds = gateway.name_seconds
        return {"Cache-Control": f"public, max-age={seconds}" if seconds else "no-cache"}
    return {"Cache-Control": cache} if cache else {}


def _list(place: Place, found: Found, gateway: Gateway) -> Response:
    words = [place.space.strip("/"), *place.segments]
    crumbs = [(word, joined(place.base, place.segments[:count], slash=True)) for count, word in enumerate(words)]
    body = listing.page(walk.entries(gateway.get, found.cid), crumbs, top=not place.segments)
    headers = {"Content-Type": media.HTML, "ETag": f'"DirIndex-{listing.VERSION}_CID-{found.cid}"', **NOSNIFF}
    return Response(200, headers, body).adding(about(place, found.cids, LISTING, gateway))
