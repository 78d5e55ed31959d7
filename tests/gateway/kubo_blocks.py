"""The blocks of which both gateways are asked."""

import hashlib

from publisher.dag import pb, tree, unixfs, walk
from publisher.dag.cid import Block, Cid, Codec
from publisher.dag.unixfs import MODERN, Link
from tests.gateway.sites import REDIRECTS, SITE, Blocks

BLOCKS = Blocks()
DATA = bytes(range(256)) * (10 << 10)
MANY = {f"sharded/{number:05}-{'x' * 40}": b"page" for number in range(3000)}
_FILES = {**SITE, **MANY, "big.bin": DATA, "twice/a": DATA[: 1 << 20] * 2, "twice/b": DATA[: 1 << 20] * 2}


def symlink(target: bytes) -> Link:
    """A symlink as a block."""
    return unixfs.seal(pb.encode_data(b"\x08\x04\x12%c%b" % (len(target), target)), 0, MODERN, BLOCKS.emit)


def with_entry(root: Cid, name: str, link: Link) -> Cid:
    """The folder with one more entry."""
    entries = dict(walk.entries(BLOCKS.get, root))
    return tree.add_folder({**entries, name: link}, MODERN, BLOCKS.emit).cid


def value(data: bytes) -> Cid:
    """DAG-CBOR as a block."""
    cid = Cid.make(Codec.DAG_CBOR, hashlib.sha256(data).digest())
    BLOCKS.emit(Block(cid, data))
    return cid


def linked(cid: Cid) -> bytes:
    """A link in DAG-CBOR."""
    raw = b"\0" + cid.raw
    return b"\xd8\x2a\x58%c%b" % (len(raw), raw)


ROOT = with_entry(
    BLOCKS.add({**_FILES, "_redirects": REDIRECTS, "ipfs/file.txt": b"a text"}), "link", symlink(b"plain/digits.txt")
)
LEAF = value(b"\xa1\x65hello\x61x")
DOCUMENT = value(b"\xa2\x64list\x82\x01%b\x64site%b" % (linked(LEAF), linked(ROOT)))
CIDS = {
    "ROOT": ROOT,
    "BROKEN": BLOCKS.add({"index.html": b"<p>x", "_redirects": b"nonsense\n"}),
    "FORCED": BLOCKS.add({"index.html": b"<p>x", "_redirects": b"/a /index.html 200!\n"}),
    "LARGE": BLOCKS.add({"index.html": b"<p>x", "_redirects": b"# " + b"x" * (64 << 10)}),
    "LINES": BLOCKS.add(
        {
            "index.html": b"<p>x",
            "404.html": b"<p>lost",
            "_redirects": b"# lines\r\n\r\n/a /one.html\r\n/b/* /two/:splat 302\r\n"
            b"/c/:x/:y /:y/:x 308\r\n/* /404.html 404",
        }
    ),
    "LEAF": LEAF,
    "DOCUMENT": DOCUMENT,
}


def filled(text: str) -> str:
    """The text with CIDs for their names."""
    for name, cid in CIDS.items():
        text = text.replace(name, str(cid))
    return text
