"""The blocks of which both gateways are asked."""

import hashlib

from publisher.dag import dag_pb, tree, unixfs, walk
from publisher.dag.cid import Block, Cid, Codec
from publisher.dag.unixfs import MODERN, Link
from tests.gateway.sites import REDIRECTS, SITE, Blocks

BLOCKS = Blocks()
DATA = bytes(range(256)) * (10 << 10)
MANY = {f"sharded/{number:05}-{'x' * 40}": b"page" for number in range(3000)}
_FILES = {**SITE, **MANY, "big.bin": DATA, "twice/a": DATA[: 1 << 20] * 2, "twice/b": DATA[: 1 << 20] * 2}


def symlink(target: bytes) -> Link:
    """A symlink as a block."""
    return unixfs.seal(dag_pb.encode_data(b"\x08\x04\x12%c%b" % (len(target), target)), 0, MODERN, BLOCKS.emit)


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
MIB = 1 << 20
ODD = [
    "😀.txt",
    "a?b.txt",
    "a#b.txt",
    'q"<x>.html',
    ":c",
    "a%20b",
    "a+b",
    "a b",
    "..x",
    "~t",
    "a\\b",
    "a|b",
    "é.txt",
    "x\ty",
]
EDGES = (0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB)
NAMES = BLOCKS.add(
    {
        **{f"n/{name}": b"x" for name in ODD},
        **{f"n/{name}": b"x" for name in ("CAPS.HTML", "x.svg", "x.json", "x.wasm", "x.mjs", "x.md", "x.tar.gz")},
        **{f"c/{size}": bytes(size) for size in EDGES},
        "index.html/a": b"a folder of this name",
    }
)
SYMLINKS = with_entry(BLOCKS.add({"real/a.txt": b"A", "real/b/c.txt": b"C"}), "way", symlink(b"real"))
JSON = Cid(b"\x01\x80\x04\x12\x20" + hashlib.sha256(b'{"a": 1}').digest())
BLOCKS.emit(Block(JSON, b'{"a": 1}'))

RULES = {
    "PLACES": b"/x/:p/y/* /one.html?p=:p&s=:splat 302\n/i/* /:splat 301\n/q /one.html#frag 301\n"
    b"/h https://example.org/:splat 301\n/uni/\xe4\xb8\xad /one.html 302\n/enc/%E4%B8%AD /one.html 302\n"
    b"/sp/* /a%20b 302\n/dup /one.html 302\n/dup /two.html 302\n/a/:b:c /one.html 302\n/z/:b.html /one.html 302\n",
    "SPACES": b"\t/a /one.html\r\n\r\n  # c\n/b\t/two.html\t303\n",
    "SHOWN": b"/a /one.html 200\n/a/b /one.html 404\n/g /nothere 200\n/k /dir 200\n/l /dir/ 200\n/m /dir 404\n"
    b"/n /dir/index.html 200\n/o /list 200\n/d/ /one.html 302\n/e /one.html/ 302\n",
    "MARKED": b"\xef\xbb\xbf/a /one.html\n",
    "NOTHING": b"",
    "WILD": b"/a* /one.html 302\n/a/*/c /one.html\n",
    "FULL": b"/big /index.html 200\n#" + b"x" * ((64 << 10) - 22),
    "BARE": b"/a one.html\n",
    "SCHEME": b"/a ftp://x/ 301\n",
    "FOREIGN": b"/a https://example.org 200\n",
    "FILLED": b"/o/* /:splat 301\n/p/:p /:p 302\n/q/* /one.html?s=:splat&t=1 301\n/f/* /one.html#:splat 301\n"
    b"/h/* https://example.org/:splat 301\n/n /:splat/evil.example 301\n/s/* /:splat 200\n",
    "SLASHES": b"/a //evil.example/ 301\n",
    "BACKSLASH": b"/a /\\evil.example/ 301\n",
    "HOSTED": b"/a/* https://:splat/ 301\n",
    "PORTED": b"/a/:p https://example.org:p/ 301\n",
    "BRACKET": b"/a https://a.b[/ 301\n",
    "REPEATED": b"/a/* /" + b":splat" * 1200 + b" 301\n",
    "ENDLESS": b"/a/* /" + b":splat" * 9000 + b" 301\n",
}
PAGES = {"index.html": b"<p>x", "one.html": b"<p>1", "two.html": b"<p>2", "dir/index.html": b"<p>D", "list/f": b"1"}
CIDS = {
    "ROOT": ROOT,
    "NAMES": NAMES,
    "SYMLINKS": SYMLINKS,
    "JSON": JSON,
    **{name: BLOCKS.add({**PAGES, "_redirects": rules}) for name, rules in RULES.items()},
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
