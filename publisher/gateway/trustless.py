"""Send blocks and CARs to clients that check the hashes themselves.

The specification: https://specs.ipfs.tech/http-gateways/trustless-gateway/
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from publisher.dag import car
from publisher.dag.cid import Cid, Codec, Get
from publisher.dag.limits import ReadLimits
from publisher.dag.node import links, load
from publisher.gateway import car_blocks, negotiate
from publisher.gateway.content import disposition, ranged, slices
from publisher.gateway.message import NOSNIFF, Request, Response
from publisher.gateway.negotiate import Car, RequestedFormat


def block(request: Request, requested: RequestedFormat, get: Get, cid: Cid) -> Response:
    """Return the response with one block, unchanged. Exceptions of `get` pass through."""
    data = load(get, cid)
    kind = {"Content-Type": negotiate.RAW, "ETag": f'"{cid}.raw"'}
    name = requested.query.get("filename") or f"{cid}.bin"
    location = {"Content-Location": negotiate.address(request, requested)} if requested.by_accept else {}
    return ranged(request, len(data), {**kind, **disposition("attachment", name), **location}, slices(data))


def archive(
    request: Request,
    requested: RequestedFormat,
    get: Get,
    cid: Cid,
    path_blocks: Mapping[Cid, bytes],
    limits: ReadLimits,
) -> Response:
    """Return the response with a CAR: the blocks on a path (`path_blocks`), `cid`, and the requested blocks below it.

    Raises ResponseReady with 400 if an option is not supported. If all blocks are requested, raises Malformed for a
    first block that is malformed DAG-CBOR or has an unknown codec. Exceptions of `get` pass through.
    """
    made = negotiate.car(requested)
    data = load(get, cid)  # a missing first block must be reported before the status is sent
    if made.scope == "all" and cid.codec not in (Codec.RAW, Codec.DAG_PB):
        links(cid, data)  # an unknown codec must be reported before the status is sent, too
    headers = {
        "Content-Type": made.content_type,
        "ETag": f'W/"{cid}.car.{_digest(cid, path_blocks, made)}"',
        "Accept-Ranges": "none",
        **disposition("attachment", requested.query.get("filename") or f"{cid}.car"),
        **NOSNIFF,
    }
    if requested.by_accept:
        headers["Content-Location"] = negotiate.address(request, requested)
    return Response(200, headers, car.write([cid], car_blocks.blocks(get, cid, path_blocks, made, limits)))


def _digest(cid: Cid, path_blocks: Mapping[Cid, bytes], made: Car) -> str:
    """Return a digest of the CAR's options and path. Each selection of blocks has a different digest."""
    said = f"{cid} {made.scope} {made.span} {made.order} {made.dups} {[str(each) for each in path_blocks]}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
