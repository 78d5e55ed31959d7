"""Answer a request for a missing path as the `_redirects` file of the site says."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from publisher.dag import walk
from publisher.dag.cid import Cid, Codec
from publisher.gateway import media_types, redirects
from publisher.gateway.content import FOR_EVER, about, file, lasting, show
from publisher.gateway.context import BlockReader, Gateway
from publisher.gateway.message import Request, Response, ResponseReady, plain, to
from publisher.gateway.negotiate import RequestedFormat
from publisher.gateway.path import PRINTED, ContentPath, with_query
from publisher.gateway.traverse import follow


def missing(
    content_path: ContentPath, request: Request, requested: RequestedFormat, gateway: Gateway
) -> Response | None:
    """Return the response that the `_redirects` file sets for a missing path, or None if no rule matches.

    Raises PathMissing if the target of the rule is missing, ResponseReady if the file is wrong, and StoreError if a
    block cannot be read.
    """
    try:
        rewrite = redirects.find(_rules(content_path.root, gateway.get), content_path.segments)
    except redirects.TargetTooLong as error:
        raise ResponseReady(plain(414, f"{redirects.NAME}: {error}")) from None
    if rewrite is None:
        return None
    if rewrite.status in redirects.MOVED:
        address = with_query(_quoted(rewrite.target), request.query)
        return to(rewrite.status, address, lasting(content_path, "", gateway))
    target = replace(content_path, segments=tuple(part for part in rewrite.target.split("/") if part))
    found = follow(gateway.get, target)
    if rewrite.status == 200:
        return _instead(content_path, target, request, requested, gateway)
    if found.is_folder:
        raise ResponseReady(plain(500, f"{redirects.NAME}: {rewrite.target} is a folder; it must be a page"))
    # The error page is sent whole. A requested range is about the missing file, not about this page.
    kind = media_types.by_name(target.segments[-1])
    headers = about(content_path, found.cids, FOR_EVER, gateway)
    page = file(gateway, found.cid, found.node, kind, replace(request, headers={}), headers)
    return Response(rewrite.status, {**page.headers, "Accept-Ranges": "none"}, page.body)


def _instead(
    content_path: ContentPath, target: ContentPath, request: Request, requested: RequestedFormat, gateway: Gateway
) -> Response:
    """Return the content of `target` at the requested URL, without a redirect.

    If `target` is a folder and the URL has no final slash, return a redirect to the URL with the slash.
    """
    found = follow(gateway.get, target)
    if found.is_folder and not content_path.slash:
        return to(
            301, with_query(content_path.url(slash=True), request.query), about(content_path, found.cids, "", gateway)
        )
    response = show(target, found.cids, request, requested, gateway)
    return response.adding({"X-Ipfs-Path": about(content_path, found.cids, "", gateway)["X-Ipfs-Path"]})


def _rules(root: Cid, get: BlockReader) -> tuple[redirects.Rule, ...]:
    if root.codec != Codec.DAG_PB:
        return ()
    try:
        cid = get.resolve(root, redirects.NAME)
    except walk.PathMissing:
        return ()
    try:
        size = walk.node(get, cid).size
        if size > redirects.MAX_BYTES:
            raise redirects.too_long(size)
        return redirects.parse(b"".join(walk.cat(get, cid)))
    except redirects.RedirectsError as error:
        raise ResponseReady(plain(500, f"could not parse {redirects.NAME}: {error}")) from error


def _quoted(address: str) -> str:
    """Percent-encode the characters that a header cannot have. Text that is already encoded does not change."""
    return quote(address, safe=PRINTED)
