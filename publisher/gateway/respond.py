"""Turn a request into a response. This module uses no socket and no clock, and reads only through a Gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from publisher.dag import walk
from publisher.dag.cid import Cid, Codec
from publisher.errors import BlockMissing, NameEndless, NameUnusable, PublishError, StoreUnreachable
from publisher.gateway import conditional, negotiate, trustless
from publisher.gateway.content import FOR_EVER, about, show, value
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.error_page import dressed
from publisher.gateway.locate import locate
from publisher.gateway.message import CORS, Request, Response, ResponseReady, plain
from publisher.gateway.negotiate import RequestedFormat
from publisher.gateway.not_found import missing
from publisher.gateway.path import ContentPath
from publisher.gateway.traverse import path_cids

AGAIN = 10
"""The number of seconds in Retry-After if a block was not available."""

_OF_CONTENT = frozenset(
    {"Content-Length", "Content-Type", "Content-Range", "Content-Disposition", "Accept-Ranges", "X-Ipfs-Roots"}
)


def respond(request: Request, gateway: Gateway) -> Response:
    """Return the final response to a request.

    CacheMiss of a fast reader or resolver passes through, and nothing else is raised. Reading the body may raise after
    the first block.
    """
    return finish(request, answer(request, gateway))


def answer(request: Request, gateway: Gateway) -> Response:
    """Return the response that a plain GET would get. `finish` then applies If-Match, If-None-Match and HEAD.

    CacheMiss of a fast reader or resolver passes through, and nothing else is raised. Reading the body may raise.
    """
    if request.method == "OPTIONS":
        return Response(200, {**CORS, "Content-Length": "0"})
    if request.method not in ("GET", "HEAD"):
        return plain(405, f"{request.method}: nothing can be changed here", {"Allow": "GET, HEAD, OPTIONS"})
    if gateway.at_hand is not None and _only_if_cached(request):
        gateway = replace(gateway, get=gateway.at_hand)
    try:
        return _at(locate(request, gateway), request, gateway)
    except ResponseReady as settled:
        return dressed(request, settled.response)
    except (PublishError, walk.PathMissing, walk.Malformed) as error:
        return failure(request, error)


def finish(request: Request, response: Response) -> Response:
    """Apply If-Match, If-None-Match and HEAD to a response.

    This function reads the first piece of the body. If the piece cannot be read, return the error response instead.
    """
    # RFC 9110 checks conditions before ranges, so a condition also decides about 206 and 416.
    tag = response.headers.get("ETag", "") if response.status in (200, 206, 416) else ""
    if tag and not conditional.holds(request.header("if-match"), tag):
        return dressed(request, plain(412, f"the content has changed: its ETag is now {tag}", {"ETag": tag}))
    if tag and _has_it(request.header("if-none-match"), tag):
        return Response(304, {name: value for name, value in response.headers.items() if name not in _OF_CONTENT})
    if request.method == "HEAD":
        return replace(response, body=())
    if not isinstance(response.body, Iterable) or isinstance(response.body, tuple):
        return response
    chunks = iter(response.body)
    try:
        first = [next(chunks, b"")]
    except (PublishError, walk.Malformed) as error:
        return failure(request, error)
    return replace(response, body=_resumed(first, chunks))


def _resumed(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `first` and `rest`. Keep no reference to the first piece while the rest is sent, so its memory is freed."""
    yield first.pop()
    yield from rest


def failure(request: Request, error: PublishError | walk.PathMissing | walk.Malformed) -> Response:
    """Return the response for an error. Only this function decides which error gets which status."""
    hint = error.hint if isinstance(error, PublishError) else ""
    said = f"{error} ({hint})" if hint else str(error)
    status, text = _status_and_text(request, error, said)
    return dressed(request, plain(status, text, {"Retry-After": str(AGAIN)} if status in (502, 504) else None))


def _status_and_text(
    request: Request, error: PublishError | walk.PathMissing | walk.Malformed, said: str
) -> tuple[int, str]:
    if isinstance(error, BlockMissing) and _only_if_cached(request):
        return 412, said
    if isinstance(error, NameEndless):
        return 400, said
    if isinstance(error, BlockMissing | NameUnusable | walk.PathMissing):
        return 404, said
    if isinstance(error, StoreUnreachable):
        return 504, said
    if isinstance(error, PublishError):
        return 502, said
    if isinstance(error, walk.Unsupported):
        return 406, f"{said}: the block itself is available with ?format=raw"
    return 500, f"this content cannot be shown: {said}"


def _at(content_path: ContentPath, request: Request, gateway: Gateway) -> Response:
    requested = negotiate.wanted(request)
    if requested.kind in ("raw", "car"):
        return _checkable(content_path, requested, request, gateway)
    try:
        cids = path_cids(gateway.get, content_path)
    except walk.PathMissing:
        said = missing(content_path, request, requested, gateway) if content_path.isolated else None
        if said is None:
            raise
        return said
    cid = cids[-1]
    if cid.codec == Codec.DAG_CBOR:
        return value(content_path, cids, request, requested, gateway)
    if requested.kind == "dag-cbor":
        raise walk.Unsupported(f"{cid} is not dag-cbor, and nothing is converted here")
    return show(content_path, cids, request, requested, gateway)


def _checkable(content_path: ContentPath, requested: RequestedFormat, request: Request, gateway: Gateway) -> Response:
    """Return the response with one block or a CAR. The client can check the hashes of the blocks."""
    read: dict[Cid, bytes] = {}

    def get(cid: Cid) -> bytes:
        """Return a block, and keep it in `read`. The blocks on the path, with the shards of folders, prove the path."""
        if cid not in read:
            read[cid] = gateway.get(cid)
        return read[cid]

    cids = path_cids(PlainReader(get), content_path)
    headers = about(content_path, cids, FOR_EVER, gateway) | CORS
    if requested.kind == "raw":
        return trustless.block(request, requested, get, cids[-1]).adding(headers)
    return trustless.archive(request, requested, gateway.get, cids[-1], read, gateway.limits).adding(headers)


def _has_it(header: str, tag: str) -> bool:
    """Return whether the If-None-Match header has the tag. For a listing, the tag of its folder counts too."""
    if not header:
        return False
    folder = tag.partition("_CID-")[2]
    return conditional.matches(header, tag) or bool(folder and conditional.matches(header, f'"{folder}'))


def _only_if_cached(request: Request) -> bool:
    return "only-if-cached" in request.header("cache-control").lower()
