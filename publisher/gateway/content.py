"""Show a path: a file or a part of it, a folder's index page, or its listing."""

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
"""Returns the bytes from a start up to a stop."""

_WHOLE = {"Accept-Ranges": "bytes", **NOSNIFF, **CORS}


def show(
    content_path: ContentPath, cids: tuple[Cid, ...], request: Request, requested: RequestedFormat, gateway: Gateway
) -> Response:
    """Return a file, a folder's index page or listing, or a redirect to the folder's final slash.

    The slash is needed because relative links are resolved against it. Raises StoreError, PathMissing and Malformed.
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
    """Return a block of DAG-CBOR unchanged."""
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
    """Return a file or the first requested range of it; for a symlink, its target.

    `kind` is its content type or empty; `tag` replaces its own CID in the ETag. Raises StoreError.
    """
    get, limits, size = gateway.get, gateway.limits, node.size
    if not kind or media_types.is_text(kind):
        kind = _by_content(gateway, cid, node, kind, request)
    headers = {"Content-Type": kind, "ETag": f'"{text(tag or cid)}"', **headers}
    if not node.links:  # a file of one block is read already
        return ranged(request, size, headers, slices(node.data))

    def read(start: int, stop: int) -> Iterable[bytes]:
        return walk.cat(get, cid, start, stop, limits=limits)

    return ranged(request, size, headers, read)


def _by_content(gateway: Gateway, cid: Cid, node: walk.Node, kind: str, request: Request) -> str:
    """Return the content type, by a file's first bytes if its name says nothing or says that it is text."""
    stop = min(node.size, charset.LOOK)
    try:
        head = b"".join(walk.cat(gateway.get, cid, 0, stop, limits=gateway.limits)) if node.links else node.data[:stop]
    except StoreError:
        if not kind or not request.header("range"):
            raise
        return charset.unknown(kind)  # send the part even if the file's beginning is not available
    return charset.of_text(kind or media_types.sniff(head[: media_types.LOOK]), head, len(head) == node.size)


def slices(data: bytes) -> Read:
    """Return a reader of parts of these bytes."""
    return lambda start, stop: (data[start:stop],)


def ranged(request: Request, size: int, headers: Mapping[str, str], read: Read) -> Response:
    """Return 200 with everything, 206 with the first requested range, or 416. `headers` contain an ETag."""
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
    """Return the headers of every answer with content: its path, its roots, and how long it may be cached."""
    path = joined(content_path.space, content_path.segments, slash=content_path.slash)
    roots = ",".join(map(text, cids))
    return {"X-Ipfs-Path": path, "X-Ipfs-Roots": roots, **lasting(content_path, cache, gateway)}


def lasting(content_path: ContentPath, cache: str, gateway: Gateway) -> dict[str, str]:
    """Return `cache` for a CID path, which never changes; for a name the gateway's own time, as its root changes."""
    if content_path.name:
        seconds = gateway.name_seconds
        return {"Cache-Control": f"public, max-age={seconds}" if seconds else "no-cache"}
    return {"Cache-Control": cache} if cache else {}


def disposition(how: str, name: str) -> dict[str, str]:
    """Return the header with the name under which a browser saves: in ASCII for old browsers, and in UTF-8."""
    plain_name = "".join(char if " " <= char <= "~" else "_" for char in name)
    quoted = quote(name.encode("utf-8", "surrogateescape"), safe="")
    safe = quote(plain_name, safe="!#$&'()+,;=@[]^_`{}~ .-")
    return {"Content-Disposition": f"{how}; filename=\"{safe}\"; filename*=UTF-8''{quoted}"}


def _named(requested: RequestedFormat, name: str) -> dict[str, str]:
    """Return Content-Disposition if the address asks for it."""
    if requested.query.get("download") == "true":
        return disposition("attachment", requested.query.get("filename") or name)
    filename = requested.query.get("filename")
    return disposition("inline", filename) if filename else {}


def _index(gateway: Gateway, cid: Cid) -> tuple[Cid, walk.Node] | None:
    """Return the index page of a folder, or None. It is asked for first, because the folder may have many entries."""
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
