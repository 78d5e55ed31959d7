"""Answer a request for a path with a file or a part of it, or with the index page or the listing of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from publisher.dag import walk
from publisher.dag.cid import Cid
from publisher.dag.node import load
from publisher.errors import StoreError
from publisher.gateway import charset, conditional, listing, media_types, negotiate
from publisher.gateway.context import Gateway as Gateway
from publisher.gateway.message import CORS, NOSNIFF, Request, Response, plain, to
from publisher.gateway.negotiate import RequestedFormat
from publisher.gateway.own_pages import GUARD
from publisher.gateway.path import ContentPath, joined, text, with_query
from publisher.gateway.traverse import FOLDERS

INDEX = "index.html"
FOR_EVER = "public, max-age=29030400, immutable"
LISTING = "public, max-age=604800, stale-while-revalidate=2678400"

Read = Callable[[int, int], Iterable[bytes]]
"""A function that returns the bytes from a start up to a stop (exclusive)."""

_WHOLE = {"Accept-Ranges": "bytes", **NOSNIFF, **CORS}


def show(
    content_path: ContentPath, cids: tuple[Cid, ...], request: Request, requested: RequestedFormat, gateway: Gateway
) -> Response:
    """Return the response for a path: a file, the index page of a folder, its listing, or a redirect.

    `cids` are the CIDs on the path, and the last CID is the target. The redirect adds a slash to the path of a folder,
    because the relative links of the folder's page need the slash. Raises StoreError if a block cannot be read, and
    Malformed if a block is malformed.
    """
    headers = about(content_path, cids, FOR_EVER, gateway)
    cid = cids[-1]
    if content_path.slash and (index := _index(gateway, cid)):
        kind = media_types.by_name(requested.query.get("filename", "")) or media_types.HTML
        return file(gateway, *index, kind, request, headers | _named(requested, INDEX), tag=cid)
    node = walk.node(gateway.get, cid)
    if node.kind in FOLDERS:
        if not content_path.slash:
            return to(301, with_query(content_path.url(slash=True), request.query), headers)
        return _list(content_path, cids, gateway)
    name = requested.query.get("filename") or (content_path.segments[-1] if content_path.segments else "")
    kind = media_types.SYMLINK if node.kind == "symlink" else media_types.by_name(name)
    return file(gateway, cid, node, kind, request, headers | _named(requested, name or text(cid)))


def value(
    content_path: ContentPath, cids: tuple[Cid, ...], request: Request, requested: RequestedFormat, gateway: Gateway
) -> Response:
    """Return the response with a DAG-CBOR block, unchanged. Exceptions of reading the block pass through."""
    cid = cids[-1]
    data = load(gateway.get, cid)
    kind, ending = ("application/cbor", "cbor") if requested.kind == "cbor" else (negotiate.DAG_CBOR, "dag-cbor")
    name = requested.query.get("filename") or f"{cid}.cbor"
    headers = {"Content-Type": kind, "ETag": f'"{cid}.{ending}"', **disposition("attachment", name)}
    if requested.by_accept:
        headers["Content-Location"] = negotiate.address(request, requested)
    return ranged(request, len(data), headers | about(content_path, cids, FOR_EVER, gateway), slices(data))


def file(
    gateway: Gateway,
    cid: Cid,
    node: walk.Node,
    kind: str,
    request: Request,
    headers: Mapping[str, str],
    tag: Cid | None = None,
) -> Response:
    """Return the response with a file, or with the first requested range of it. For a symlink, the body is its target.

    `kind` is the content type, or "" if it has to be found by the first bytes. The ETag has the CID `tag`, or the CID
    of the file if `tag` is None. Raises StoreError if a block cannot be read.
    """
    get, limits, size = gateway.get, gateway.limits, node.size
    if not kind or media_types.is_text(kind):
        kind = _by_content(gateway, cid, node, kind, request)
    headers = {"Content-Type": kind, "ETag": f'"{text(tag or cid)}"', **headers}
    if not node.links:  # `node` already has all bytes of a file of one block
        return ranged(request, size, headers, slices(node.data))

    def read(start: int, stop: int) -> Iterable[bytes]:
        return walk.cat(get, cid, start, stop, limits=limits)

    return ranged(request, size, headers, read)


def _by_content(gateway: Gateway, cid: Cid, node: walk.Node, kind: str, request: Request) -> str:
    """Return the content type of a file whose name does not decide it. The first bytes of the file decide.

    `kind` is "" or a content type for text. Raises StoreError if the first bytes cannot be read.
    """
    stop = min(node.size, charset.LOOK)
    try:
        head = b"".join(walk.cat(gateway.get, cid, 0, stop, limits=gateway.limits)) if node.links else node.data[:stop]
    except StoreError:
        if not kind or not request.header("range"):
            raise
        return charset.unknown(kind)  # the requested range may be available although the first bytes are not
    return charset.of_text(kind or media_types.sniff(head[: media_types.LOOK]), head, len(head) == node.size)


def slices(data: bytes) -> Read:
    """Return a function that returns parts of `data`."""
    return lambda start, stop: (data[start:stop],)


def ranged(request: Request, size: int, headers: Mapping[str, str], read: Read) -> Response:
    """Return the response to a request for a whole content of `size` bytes or a range of it.

    The status is 200 for the whole content, 206 for the first requested range, or 416 if no range exists. `headers`
    must have an ETag.
    """
    wanted = request.header("range")
    if not wanted:
        return Response(200, {**headers, **_WHOLE, "Content-Length": str(size)}, read(0, size))
    tag = headers["ETag"]
    try:
        span = conditional.byte_range(wanted, size)
    except conditional.Unsatisfiable:
        rest = {name: value for name, value in headers.items() if not name.startswith("Content-")}
        return plain(416, f"there are {size} bytes", {**rest, "Content-Range": f"bytes */{size}"})
    if span is None or not conditional.same(request.header("if-range"), tag):
        return Response(200, {**headers, **_WHOLE, "Content-Length": str(size)}, read(0, size))
    start, stop = span
    part = {"Content-Range": f"bytes {start}-{stop - 1}/{size}", "Content-Length": str(stop - start)}
    return Response(206, {**headers, **_WHOLE, **part}, read(start, stop))


def about(content_path: ContentPath, cids: tuple[Cid, ...], cache: str, gateway: Gateway) -> dict[str, str]:
    """Return the headers of every response with content: the path, the CIDs, and how long it may be cached.

    `cache` is the Cache-Control for a path that begins with a CID, or "".
    """
    path = joined(content_path.space, content_path.segments, slash=content_path.slash)
    roots = ",".join(map(text, cids))
    return {"X-Ipfs-Path": path, "X-Ipfs-Roots": roots, **lasting(content_path, cache, gateway)}


def lasting(content_path: ContentPath, cache: str, gateway: Gateway) -> dict[str, str]:
    """Return the Cache-Control header for a path.

    Content below a CID never changes, so its header is `cache`, or none if `cache` is "". The root of a name may
    change, so content below a name may be cached for `gateway.name_seconds`.
    """
    if content_path.name:
        seconds = gateway.name_seconds
        return {"Cache-Control": f"public, max-age={seconds}" if seconds else "no-cache"}
    return {"Cache-Control": cache} if cache else {}


def disposition(how: str, name: str) -> dict[str, str]:
    """Return the Content-Disposition header. It has the file name in ASCII for old browsers, and in UTF-8."""
    plain_name = "".join(char if " " <= char <= "~" else "_" for char in name)
    quoted = quote(name.encode("utf-8", "surrogateescape"), safe="")
    safe = quote(plain_name, safe="!#$&'()+,;=@[]^_`{}~ .-")
    return {"Content-Disposition": f"{how}; filename=\"{safe}\"; filename*=UTF-8''{quoted}"}


def _named(requested: RequestedFormat, name: str) -> dict[str, str]:
    """Return the Content-Disposition header if the query asks for a download or for a file name, else no header."""
    if requested.query.get("download") == "true":
        return disposition("attachment", requested.query.get("filename") or name)
    filename = requested.query.get("filename")
    return disposition("inline", filename) if filename else {}


def _index(gateway: Gateway, cid: Cid) -> tuple[Cid, walk.Node] | None:
    """Return the CID and the node of a folder's index page, or None if the folder has none.

    The page is looked up before the folder is read, because the folder may have many entries.
    """
    try:
        found = gateway.get.resolve(cid, INDEX)
    except walk.PathMissing:
        return None
    node = walk.node(gateway.get, found)
    return None if node.kind in FOLDERS else (found, node)


def _list(content_path: ContentPath, cids: tuple[Cid, ...], gateway: Gateway) -> Response:
    body = listing.page(content_path, cids[-1], walk.entries(gateway.get, cids[-1]))
    headers = {
        "Content-Type": media_types.HTML,
        "ETag": f'"DirIndex-{listing.VERSION}_CID-{cids[-1]}"',
        **GUARD,
    }
    return Response(200, headers | about(content_path, cids, LISTING, gateway) | CORS, body)
