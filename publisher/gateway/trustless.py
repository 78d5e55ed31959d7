"""Blocks and CARs for those who check hashes themselves: https://specs.ipfs.tech/http-gateways/trustless-gateway/."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Get
from publisher.dag.node import load
from publisher.gateway.content import FOLDERS, ranged, slices
from publisher.gateway.message import NOSNIFF, Request, Response, Settled, plain

RAW = "application/vnd.ipld.raw"
CAR = "application/vnd.ipld.car"
_FORMATS = {"raw": RAW, "car": CAR}
_OTHERS = frozenset({"tar", "json", "cbor", "dag-json", "dag-cbor", "ipns-record"})
_OTHER_TYPES = frozenset({"application/x-tar", "application/vnd.ipfs.ipns-record"})
_SCOPES = ("all", "entity", "block")


@dataclass(slots=True)
class Recorded:
    """A get that keeps what was read, in order: the blocks on the way to a path, shards of folders too."""

    inner: Get
    read: dict[Cid, bytes]

    def __call__(self, cid: Cid) -> bytes:
        """The block's bytes."""
        if cid not in self.read:
            self.read[cid] = self.inner(cid)
        return self.read[cid]


def wanted(request: Request) -> str:
    """`raw`, `car`, or empty for the file or page itself; `format` beats Accept. Settled with 406 for what we lack."""
    asked = parse_qs(request.query).get("format", [""])[-1]
    if asked in _FORMATS:
        return asked
    if asked in _OTHERS:
        raise Settled(plain(406, f"format {asked} is not offered; raw and car are"))
    for part in request.header("accept").split(","):
        kind = part.partition(";")[0].strip().lower()
        for name, known in _FORMATS.items():
            if kind == known:
                return name
        if kind in _OTHER_TYPES or kind.startswith("application/vnd.ipld."):
            raise Settled(plain(406, f"{kind} is not offered; {RAW} and {CAR} are"))
    return ""


def block(request: Request, get: Get, cid: Cid) -> Response:
    """One block as it is."""
    data = load(get, cid)
    headers = {"Content-Type": RAW, "ETag": f'"{cid}.raw"', **_download(f"{cid}.bin")}
    return ranged(request, len(data), headers, slices(data))


def archive(request: Request, get: Get, cid: Cid, way: dict[Cid, bytes]) -> Response:
    """A CAR of the blocks on the way to a place, and of those below it as far as `dag-scope` says."""
    query = parse_qs(request.query)
    scope = query.get("dag-scope", ["all"])[-1]
    if scope not in _SCOPES:
        raise Settled(plain(400, f"dag-scope must be one of {', '.join(_SCOPES)}"))
    if "entity-bytes" in query:
        raise Settled(plain(501, "entity-bytes is not offered"))
    kind = hashlib.sha256(f"{cid} {scope} {[str(each) for each in way]}".encode()).hexdigest()[:16]
    headers = {
        "Content-Type": f"{CAR}; version=1; order=dfs; dups=n",
        "ETag": f'W/"{cid}.car.{kind}"',
        "Accept-Ranges": "none",
        **_download(f"{cid}.car"),
        **NOSNIFF,
    }
    return Response(200, headers, car.write([cid], _blocks(get, cid, way, scope)))


def _blocks(get: Get, cid: Cid, way: dict[Cid, bytes], scope: str) -> Iterator[Block]:
    """Each block once, those on the way first."""
    yield from (Block(each, data) for each, data in way.items())
    if scope == "all":
        below = walk.reachable(get, cid)
    elif scope == "entity":
        below = _entity(get, cid)
    else:
        below = iter([Block(cid, load(get, cid))])
    yield from (each for each in below if each.cid not in way)


def _entity(get: Get, cid: Cid) -> Iterator[Block]:
    """A whole file, or what it takes to list a folder."""
    if walk.node(get, cid).kind not in FOLDERS:
        yield from walk.reachable(get, cid)
        return
    reading = Recorded(get, {})
    for _ in walk.entries(reading, cid):
        pass
    yield from (Block(each, data) for each, data in reading.read.items())


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
