"""More requests that are answered as Kubo answers them: every form of a CID, a name, a size and a rule."""

from __future__ import annotations

import base64
from urllib.parse import quote

from publisher.dag import multibase
from tests.gateway.kubo_blocks import EDGES, MIB, ODD
from tests.gateway.kubo_blocks import ROOT as SITE_ROOT
from tests.gateway.requests import ACCEPTS, CARS, DIGITS, LOCAL, NAMED, OWN, PATH, SCRIPT, Ask, R, asks

NOBODY = "application/vnd.ipld.raw;q=0"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_RAW = SITE_ROOT.raw
BASES = [
    *("B" + base64.b32encode(_RAW).decode().rstrip("="), "z" + multibase.encode58(_RAW), SITE_ROOT.base36()),
    *("f" + _RAW.hex(), "F" + _RAW.hex().upper(), SITE_ROOT.base36().upper(), multibase.encode58(_RAW[2:])),
    *("m" + base64.b64encode(_RAW).decode(), "u" + base64.urlsafe_b64encode(_RAW).decode()),
]
N = "/ipfs/NAMES"
WRITTEN = [
    *(f"{N}/n/{quote(name)}" for name in ODD),
    *(f"{N}/n/{name}" for name in ("CAPS.HTML", "x.svg", "x.json", "x.wasm", "x.mjs", "x.md", "x.tar.gz")),
    *(f"{N}/{path}" for path in ("n", "n/", "index.html", "index.html/", "index.html/a", "n?x=a+b")),
    *(f"/ipfs/SYMLINKS{path}" for path in ("/", "/way", "/way/", "/way/a.txt", "/real/b")),
]
PROBES = [f"/ipfs/bafkqaaa{query}" for query in ("", "?format=raw", "?format=car")]
SIZES = [f"{N}/c/{size}" for size in EDGES]
AT_EDGES = ["0-0", f"{MIB - 1}-", f"{MIB}-{MIB}", f"{MIB}-"]
RULE_PATHS = {
    "PLACES": [
        *("/x/1/y/2/3", "/x/1/y/", "/i/a/b", "/q", "/q?a=1", "/h", "/uni/%E4%B8%AD", "/enc/%E4%B8%AD"),
        *("/enc/x", "/sp/x", "/dup", "/a/b", "/z/q.html", "/z/q", "/i", "/nothing"),
    ],
    "SPACES": ["/a", "/a/", "/b", "/c"],
    "SHOWN": ["/a", "/a/", "/a/b", "/g", "/k", "/k/", "/l", "/l/", "/m", "/n", "/o", "/o/", "/d/", "/d", "/e", "/dir"],
    "MARKED": ["/a", "/"],
    "NOTHING": ["/a", "/one.html"],
    "WILD": ["/a", "/ab", "/a/b/c"],
    "FULL": ["/big"],
    "BARE": ["/a"],
    "SCHEME": ["/a"],
    "FILLED": ["/o/a/b", "/o/a+b=c&d;e", "/p/x", "/q/a/b", "/h/%40evil.example", "/s/one.html", "/s/%3F"],
    "HOSTED": ["/a/evil.example"],
    "PORTED": ["/a/1"],
    "BRACKET": ["/a"],
    "REPEATED": ["/a/x"],
}
MORE: list[Ask] = [
    *(Ask(host, f"/ipfs/{text}/plain/digits.txt") for text in BASES for host in (PATH, LOCAL) if "=" not in text),
    *(ask for method in ("GET", "HEAD") for ask in asks(PATH, *WRITTEN, *PROBES, *SIZES, *CARS, *NAMED, method=method)),
    *(Ask("NAMES.ipfs.localhost", f"/n/{quote(name)}") for name in ODD),
    *(Ask(LOCAL, f"{N}/n/{quote(name)}?x=1") for name in ODD),
    *(Ask(PATH, probe, {"Accept": ACCEPTS[number]}) for probe in PROBES for number in (0, 2)),
    *(Ask(PATH, path, {"Range": f"bytes={span}"}) for path in SIZES[1:] for span in AT_EDGES),
    *(Ask(PATH, f"{path}?format=car&entity-bytes=0:*&dag-scope=entity") for path in SIZES),
    *(
        Ask(PATH, f"{DIGITS}?{query}", {"Accept": kind})
        for query in ("format=raw", "x=1")
        for kind in (BROWSER, NOBODY[:-4])
    ),
    *(
        Ask(PATH, f"{DIGITS}?{query}")
        for query in ("format=raw&format=car", "format=", "format=RAW", "filename=", "download=1")
    ),
    *(Ask(PATH, DIGITS, {"Range": "bytes=0-1", "If-Range": tag}) for tag in ('"x"', '"ROOT"')),
    *(
        Ask(PATH, DIGITS, {"Range": f"bytes={span}", **more})
        for span in ("0-1", "20-30")
        for more in ({}, {"If-None-Match": "*"})
    ),
    *(Ask(PATH, DIGITS, {"If-Match": tag}) for tag in ('"x"', "*")),
    Ask(PATH, DIGITS, {"If-Match": '"x"'}, "HEAD"),
    *(Ask(PATH, f"{R}/{path}", {"Range": "bytes=0-1"}) for path in ("", "?format=raw")),
    *(Ask(PATH, f"{DIGITS}?format=car", more) for more in ({"Range": "bytes=0-3"}, {"If-None-Match": "*"})),
    Ask(PATH, f"{R}/nope", {"If-None-Match": "*"}),
    *(Ask(PATH, f"{R}/", {}, method) for method in ("PATCH", "TRACE", "FOO")),
    *(Ask(PATH, path, SCRIPT) for path in (f"{R}/sw.js", "/ipns/x.example")),
    Ask(OWN, "/plain/digits.txt", SCRIPT),
    *(ask for name, paths in RULE_PATHS.items() for ask in asks(f"{name}.ipfs.localhost", *paths)),
]
