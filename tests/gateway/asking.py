"""A gateway over a small site, for tables of requests and answers."""

import hashlib

from publisher.dag.cid import Cid, Codec
from publisher.dag.unixfs import LEGACY
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import REDIRECTS, SITE, Blocks, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": REDIRECTS})
OTHER = BLOCKS.add({"index.html": b"<h1>other</h1>"})
OLD = BLOCKS.add({"index.html": b"<h1>2015</h1>"}, LEGACY)
NAMES = {"demo.eth": ROOT, "blog": OTHER, "blog.example.org": OTHER}
GATEWAY = Gateway(
    PlainReader(BLOCKS.get), NAMES.get, frozenset({"blog.example.org", "gate.example.org"}), home="demo.eth"
)
ORIGIN = f"{ROOT}.ipfs.localhost:8080"
FOR_EVER = "public, max-age=29030400, immutable"


def ask(path: str, host: str = "127.0.0.1:8080", *, method: str = "GET", **headers: str) -> Response:
    return respond(get(path, host, method=method, **headers), GATEWAY)


def cid_of(data: bytes) -> Cid:
    return Cid.make(Codec.RAW, hashlib.sha256(data).digest())


DOCS = ask(f"/ipfs/{ROOT}/docs/").headers["X-Ipfs-Roots"].split(",")[1]
