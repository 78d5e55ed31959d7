"""Requests that are answered as Kubo answers them, and those that are not, with the reason: data, read by the tests.

ROOT, BROKEN, DOCUMENT and LEAF stand for CIDs of tests/gateway/kubo_blocks.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PATH, OWN, LOCAL, PUBLIC = "127.0.0.1", "ROOT.ipfs.localhost", "localhost", "example.org"
R = "/ipfs/ROOT"
D = "/ipfs/DOCUMENT"
DIGITS, BIG = f"{R}/plain/digits.txt", f"{R}/big.bin"
LOST = "/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
CSS = "bafkreihpfkdvib5muloxlj5b3tgdwibjdcu3zdsuhyft33z7gtgnlzlkpm"
EMPTY_FOLDER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
INLINE = "/ipfs/bafkqabtimvwgy3yk"
ED25519, RSA = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK", "QmcJM7PRfkSbcM5cf1QugM5R37TLRKyJGgBEhXjLTB8uA2"
LONG = "bafkrgqe3ohjcjplpivcinoqd7q4p6fbmgkqkbrlrjmlpvxc5p2wjcvd3wtjmvjfckjstz3nwrxkp5cwvcctrrnkjqmiqflgxsnwkbhzhkmjc2"

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, to both."""

    host: str
    target: str
    headers: Headers = field(default_factory=dict)
    method: str = "GET"

    def __str__(self) -> str:
        said = " ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.host} {self.target} {said}".strip()


@dataclass(frozen=True, slots=True)
class Difference:
    """A request that is answered in another way, on purpose; where both statuses are one, in other words."""

    ask: Ask
    kubo: int
    ours: int
    why: str


def asks(host: str, *targets: str, method: str = "GET", **headers: str) -> list[Ask]:
    """Requests that differ in their target alone."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [Ask(host, target, named, method) for target in targets]


PATHS = [
    *(R, f"{R}/", f"{R}/index.html", f"{R}/docs?x=1", f"{R}/docs/", f"{R}/plain/", f"{R}/empty/", DIGITS),
    *(f"{R}/plain/{name}" for name in ("empty.txt", "style.css", "100%25%20a+b&c.txt", "LICENSE", "noext")),
    *(BIG, f"{R}/photo.PNG", f"{R}/%E6%96%87%E7%AB%A0", f"/ipfs/{CSS}", LOST, f"{R}/link", f"{R}/sharded/"),
    f"{R}/%E6%96%87%E7%AB%A0/%E4%BD%A0%E5%A5%BD%20%E4%B8%96%E7%95%8C.html",
    *(f"{R}//plain//digits.txt", f"{R}/docs/../plain/digits.txt", f"{R}/plain/digits.txt/"),
    *(f"{R}/nope", f"{R}/old", f"{R}/index.html/x", f"{R}/100%", "/ipfs/not-a-cid", "/ipfs/", "/", "/favicon.ico"),
    *(INLINE, f"{INLINE}/x", "/ipfs/ipfs/ROOT/docs/", f"/ipfs/{ED25519}", f"{R}/ipfs/file.txt"),
    *(D, f"{D}/", f"{D}/list/1", f"{D}/list/0", f"{D}/list", f"{D}/list/9", f"{D}/nope", f"{D}/list/1/hello"),
    *(f"{D}/site/plain/digits.txt", f"{D}/site/docs", f"{D}/site/docs/", f"{D}/site/nope"),
]
RANGES = ["0-0", "2-4", "0-999", "9-", "-3", "10-", "", ",1-2", " 1 - 2 ", "4-5,0-1", "0-4,2-6"]
TAGS = ['"ROOT"', 'W/"ROOT"', '"a", "ROOT"', 'W/"a",W/"ROOT"', "*", '"x"', "ROOT"]
CARS = [
    *(f"{R}?format=car", f"{R}/plain?format=car", f"{DIGITS}?format=car", f"{BIG}?format=car&dag-scope=entity"),
    *(f"{R}?format=car&dag-scope=block", f"{R}/docs/index.html?format=car&dag-scope=block"),
    *(f"{R}/plain?format=car&dag-scope=entity", f"{R}/sharded/00001-{'x' * 40}?format=car"),
    *(f"{R}/sharded?format=car&dag-scope=entity", f"{R}/sharded?format=car&dag-scope=block"),
    *(f"{R}/sharded?format=car&dag-scope=entity&car-dups=y", f"{R}/sharded?format=car"),
    *(f"{R}/link?format=car", f"{R}/link?format=car&dag-scope=entity", f"{INLINE}?format=car&car-dups=y"),
    *(f"{R}/twice?format=car", f"{R}/twice?format=car&car-dups=y", f"{R}/twice?format=car&car-dups=n"),
    *(f"{R}/twice/a?format=car&car-dups=y", f"{R}/twice/a?format=car&dag-scope=entity&car-dups=y"),
    *(f"{D}?format=car&dag-scope={scope}" for scope in ("block", "entity")),
    *(f"{D}/list/1?format=car", f"{D}/site/docs?format=car", f"{D}/site/docs?format=car&dag-scope=entity"),
    *(f"{BIG}?format=car&dag-scope=entity&entity-bytes={span}" for span in ("0:*", "0:0", "0:1048576", "1048575:-1")),
    *(
        f"{BIG}?format=car&dag-scope=entity&entity-bytes={span}"
        for span in ("1048576:*", "-1:*", "-2:-1", "0:-1600000")
    ),
    *(f"{BIG}?format=car&dag-scope=entity&entity-bytes={span}" for span in ("-9999999:*", "-9999999:-3", "5:99999999")),
    f"{BIG}?format=car&dag-scope=block&entity-bytes=0:0",
    f"{BIG}?format=car&dag-scope=entity&entity-bytes=99999999:*",
    f"{R}/plain?format=car&dag-scope=entity&entity-bytes=0:*",
    f"{DIGITS}?format=car&dag-scope=entity&entity-bytes=2:3",
    *(f"{BIG}?format=car&entity-bytes={span}" for span in ("x:y", "1", "*:1", "5:", "9:3", "-3:-9", "9" * 20 + ":*")),
    *(f"{DIGITS}?format=car&{what}" for what in ("car-version=1", "car-version=2", "car-order=dfs", "car-order=unk")),
    *(f"{DIGITS}?format=car&{what}" for what in ("car-order=x", "car-dups=y", "car-dups=x", "dag-scope=x")),
]
ACCEPTS = [
    *("application/vnd.ipld.raw", "text/html, application/vnd.ipld.raw", "application/vnd.ipld.car"),
    *("application/vnd.ipld.car; version=1; order=dfs; dups=y", "application/vnd.ipld.car;version=2"),
    *("application/vnd.ipld.car; order=unk", "application/vnd.ipld.car; order=x", "application/vnd.ipld.car; dups=x"),
    *("application/vnd.ipld.dag-json", "application/vnd.ipld.dag-cbor", "text/html", "*/*"),
]
OWN_PATHS = [
    *("/", "/docs", "/docs/", "/plain/", "/plain/digits.txt", "/old", "/old/", "/old?x=1", "/defaulted"),
    *("/see/digits.txt", "/see", "/see/", "/post/2026/first", "/out", "/left/a/b", "/gone", "/law", "/lost", "/nopage"),
    *("/folder", "/folder/", "/absent/deep?x", "/ipfs/x", "/_redirects", "/docs?format=raw", "/ipfs/file.txt"),
    *("/ipfs/ROOT", "/see/digits.txt?filename=a.css", "/plain/?filename=a.css"),
]
NAMED = [
    *(f"{DIGITS}?filename=a.html", f"{DIGITS}?filename=a%20%E4%B8%AD%22.html&download=true"),
    *(
        f"{R}/docs/?filename=a.txt&download=true",
        f"{R}/docs?filename=a.txt&download=true",
        f"{R}/plain/?filename=a.txt",
    ),
    *(f"{DIGITS}?format=raw&filename=a.bin", f"{DIGITS}?format=car&filename=a.car", f"{D}?filename=a.cbor"),
]
FORMATS = [
    *(f"{R}{query}" for query in ("/?format=raw", "/docs?format=raw", "/nope?format=raw", "/?format=dag-json")),
    *(f"{R}{query}" for query in ("/?format=bogus", "/?format=json", "/?format=cbor", "/?format=dag-cbor")),
    *(f"{D}{query}" for query in ("?format=raw", "?format=cbor", "?format=dag-cbor", "?format=dag-json")),
    *(f"{DIGITS}?format=json", f"{INLINE}?format=raw"),
]
URIS = [
    *("/ipfs/?uri=ipfs%3A%2F%2FROOT%2Fplain%2F100%2525.html%3Fx%3D1%23frag", "/ipfs/?uri=ipfs%3A%2F%2FROOT"),
    *(
        "/ipns/?uri=ipns%3A%2F%2Fen.wikipedia-on-ipfs.org",
        "/ipfs/?uri=http%3A%2F%2Fx",
        f"/ipfs/?uri={'ipfs:%2F%2FROOT'}",
    ),
]
KEYS = [f"/ipns/{ED25519}/x?y", f"/ipns/{RSA}/x/", f"/ipns/{ED25519}"]
SCRIPT = {"Service-Worker": "script"}

REQUESTS: list[Ask] = [
    *(ask for method in ("GET", "HEAD") for ask in asks(PATH, *PATHS, method=method)),
    *(Ask(PATH, DIGITS, {"Range": f"bytes={span}"}) for span in RANGES),
    *(Ask(PATH, D, {"Range": f"bytes={span}"}) for span in ("0-3", "-3")),
    Ask(PATH, DIGITS, {"Range": "bytes=2-4"}, "HEAD"),
    Ask(PATH, f"{DIGITS}?format=raw", {"Range": "bytes=2-4"}),
    Ask(PATH, f"{R}/plain/empty.txt", {"Range": "bytes=0-"}),
    Ask(PATH, BIG, {"Range": "bytes=1048570-1048580"}),
    *(Ask(PATH, f"{R}/", {"If-None-Match": tag}) for tag in TAGS),
    *(Ask(PATH, f"{DIGITS}?format=raw", {"If-None-Match": tag}) for tag in ("*", 'W/"x"')),
    Ask(PATH, f"{R}/", {"If-None-Match": "*"}, "HEAD"),
    *(Ask(PATH, LOST + query, {"Cache-Control": "only-if-cached"}) for query in ("", "?format=raw", "?format=car")),
    Ask(PATH, LOST, {"Cache-Control": "only-if-cached"}, "HEAD"),
    Ask(PATH, f"{R}/", {"Cache-Control": "only-if-cached"}),
    *(Ask(PATH, f"{R}/", {}, method) for method in ("POST", "PUT", "DELETE", "OPTIONS")),
    *asks(PATH, *FORMATS, *CARS, *NAMED, *URIS, *KEYS),
    *asks(PATH, f"{DIGITS}?format=car", f"{DIGITS}?format=raw", method="HEAD"),
    *(Ask(PATH, DIGITS, {"Accept": kind}) for kind in ACCEPTS),
    Ask(PATH, D, {"Accept": "application/vnd.ipld.dag-cbor"}),
    Ask(PATH, DIGITS, {"Accept": "application/json"}),
    *(Ask(PATH, DIGITS + query, {"Accept": ACCEPTS[3]}) for query in ("?format=raw", "?format=car", "?car-dups=n")),
    Ask(PATH, f"{DIGITS}?format=bogus", {"Accept": ACCEPTS[3]}),
    *(Ask(PATH, target, SCRIPT) for target in (R, f"{R}/", DIGITS)),
    *asks(LOCAL, R, f"{R}/", f"{R}/docs?x=1", f"{R}/nope", f"{R}/?format=raw", *KEYS, D, *URIS[:2]),
    *asks(LOCAL, "/ipfs/not-a-cid", f"/ipfs/{EMPTY_FOLDER}/x", f"{R}/%E6%96%87%E7%AB%A0/100%25%252F+x?y=%20"),
    *(ask for method in ("GET", "HEAD") for ask in asks(OWN, *OWN_PATHS, method=method)),
    *asks("LEAF.ipns.localhost", "/x?y", "/"),
    *asks("DOCUMENT.ipfs.localhost", "/list/1", "/site/docs", "/nope"),
    Ask(OWN, "/see/digits.txt", {"Range": "bytes=1-2"}),
    Ask(OWN, "/see/digits.txt", {"If-None-Match": "*"}),
    Ask(OWN, "/absent", {"If-None-Match": "*"}),
    *asks("BROKEN.ipfs.localhost", "/", "/absent"),
    *asks("FORCED.ipfs.localhost", "/absent"),
    *asks("LARGE.ipfs.localhost", "/absent", "/"),
    *asks("LINES.ipfs.localhost", "/a", "/b/x/y", "/c/1/2", "/d"),
    Ask("zzz.ipfs.localhost", "/"),
    *asks(PUBLIC, f"{R}/docs/?x=1", f"/ipfs/{EMPTY_FOLDER}", *KEYS, "/", "/x", "/ipfs/not-a-cid"),
    *(Ask(PUBLIC, f"{R}/docs/", {"X-Forwarded-Proto": proto}) for proto in ("https", "http")),
    *(
        Ask("evil.example", f"{R}/", {"X-Forwarded-Host": PUBLIC, **more})
        for more in ({}, {"X-Forwarded-Proto": "https"})
    ),
    *asks(f"ROOT.ipfs.{PUBLIC}", "/plain/digits.txt", "/docs", "/old", "/absent", "/ipfs/file.txt"),
    *asks(PATH, f"http://ROOT.ipfs.{PUBLIC}/plain/digits.txt", f"http://{PUBLIC}/ipfs/{EMPTY_FOLDER}/"),
]

DIFFERENT: list[Difference] = [
    *(
        Difference(Ask(PATH, target), 200 if "%2F" in target else 404, 400, why)
        for target, why in (
            (f"{R}/plain%2Fdigits.txt", "A name contains no slash; relative links on such a page would break."),
            (f"{R}/%ff", "A path is UTF-8."),
            (f"{R}/%00", "A name contains no NUL."),
        )
    ),
    Difference(
        Ask(PATH, DIGITS, {"Range": "bytes=-999"}), 500, 206, "RFC 9110: a suffix longer than the file is the file."
    ),
    Difference(Ask(PATH, DIGITS, {"Range": "bytes=-0"}), 206, 416, "RFC 9110: an empty suffix cannot be satisfied."),
    Difference(Ask(PATH, DIGITS, {"Range": "bytes=5-2"}), 400, 200, "RFC 9110: an invalid range is ignored."),
    Difference(Ask(PATH, DIGITS, {"Range": "lines=1-2"}), 400, 200, "RFC 9110: an unknown unit is ignored."),
    *(
        Difference(Ask(PATH, DIGITS, {"Range": f"bytes={span}"}), 400, ours, why)
        for span, ours, why in (
            ("0-99999999999999999999", 206, "RFC 9110: an end beyond the file means the end of the file."),
            ("99999999999999999999-", 416, "RFC 9110: what begins beyond the file cannot be satisfied."),
        )
    ),
    Difference(
        Ask(PATH, "/ipfs/NAMES/c/0", {"Range": "bytes=-1"}),
        500,
        200,
        "An empty file has no part, so the whole file is sent.",
    ),
    Difference(
        Ask(PATH, "/ipfs/NAMES/"),
        422,
        200,
        "A folder named index.html is not a page, so the folder around it is listed.",
    ),
    Difference(
        Ask(PATH, "/ipfs/JSON"), 200, 406, "Only files, folders and DAG-CBOR are shown; other blocks need format=raw."
    ),
    Difference(Ask(PATH, "/ipfs/JSON?format=car"), 200, 406, "The links of such a block are not read."),
    Difference(
        Ask(PATH, f"/ipfs/NAMES/c/{(1 << 20) + 1}?format=car&dag-scope=entity&entity-bytes=-1:*"),
        200,
        200,
        "Only the blocks that contain those bytes are sent.",
    ),
    Difference(
        Ask("FOREIGN.ipfs.localhost", "/b"),
        404,
        500,
        "_redirects: a page of another host cannot be served with status 200; every missing path reports the error.",
    ),
    *(
        Difference(
            Ask("FILLED.ipfs.localhost", target), 301, 301, "_redirects: the value of a placeholder is percent-encoded."
        )
        for target in (
            *("/o/a%3Fb%23c", "/o/100%25", "/o/%5Cevil.example", "/o/%09/x", "/o/%0d%0ax", "/h/a%3Fb"),
            *("/q/a%26t=2", "/q/a%23b", "/q/a+b", "/f/a%3Fb"),
        )
    ),
    Difference(
        Ask("PLACES.ipfs.localhost", "/x/%3F/y/%23"),
        302,
        302,
        "_redirects: the value of a placeholder is percent-encoded.",
    ),
    *(
        Difference(Ask(f"{rules}.ipfs.localhost", target), 301, ours, why)
        for rules, target, ours, why in (
            (
                "FILLED",
                "/n",
                301,
                "_redirects: a target must not begin with two slashes, which would name another host.",
            ),
            (
                "SLASHES",
                "/a",
                500,
                "_redirects: a target must not begin with two slashes, which would name another host.",
            ),
            (
                "BACKSLASH",
                "/a",
                500,
                "_redirects: a target must not begin with two slashes, which would name another host.",
            ),
            (
                "REPEATED",
                "/a/abcdefgh",
                414,
                "_redirects: a target has at most 8 KiB, before and after its placeholders are filled in.",
            ),
            (
                "ENDLESS",
                "/a/x",
                500,
                "_redirects: a target has at most 8 KiB, before and after its placeholders are filled in.",
            ),
        )
    ),
    *(
        Difference(Ask(LOCAL, f"/ipns/{name}"), 301, 400, "A name that no host can have is refused.")
        for name in (
            *("xn--a@evil.com%23", "3405803781%23", "user:pw@x.example", "a@b.example", "a..example"),
            *("3405803781", "127.0.0.1", "0x7f.1", "017700000001"),
        )
    ),
    Difference(Ask(PATH, "/ipns/xn--a@evil.com%23"), 500, 400, "A name that no host can have is refused."),
    Difference(Ask(PATH, f"{R}/%2e%2e/x"), 400, 307, "A name of two dots means the folder above, encoded or not."),
    Difference(
        Ask(PATH, f"{R}/?format=tar"), 200, 406, "Only blocks and CARs are offered, because a client can check them."
    ),
    Difference(
        Ask(PATH, DIGITS, {"Accept": "application/x-tar"}),
        200,
        406,
        "Only blocks and CARs are offered, because a client can check them.",
    ),
    Difference(Ask(PATH, f"{R}/?format=ipns-record"), 400, 406, "IPNS records are not offered."),
    *(
        Difference(
            Ask(PATH, f"{BIG}?format=car&entity-bytes=0:0{scope}"), 200, 200, "entity-bytes implies dag-scope=entity."
        )
        for scope in ("", "&dag-scope=all")
    ),
    *(
        Difference(
            Ask(PATH, f"{BIG}?format=car&dag-scope=entity&entity-bytes={span}"),
            200,
            200,
            "For a range outside a file, a complete CAR with the file's first block is sent.",
        )
        for span in ("-9999999:-9000000", "5:-9999999")
    ),
    Difference(
        Ask(LOCAL, "/ipns/en.wikipedia-on-ipfs.org/"),
        301,
        301,
        "A name is redirected to a host that has it as one label, with hyphens for dots, over HTTP too.",
    ),
    Difference(
        Ask(PATH, f"{DIGITS}?download=true"), 200, 200, "A download is an attachment, with or without a file name."
    ),
    Difference(Ask(PATH, f"{LOST}?format=car"), 200, 404, "A missing root is an error, not an empty CAR."),
    Difference(Ask(PATH, f"{R}/nope?format=car"), 200, 404, "A missing path is an error, not half a CAR."),
    Difference(
        Ask(PATH, f"{R}/nope", {"Cache-Control": "only-if-cached"}),
        412,
        404,
        "The folder is in the cache and does not contain this name, so no other source can have it.",
    ),
    Difference(Ask(PATH, D, {"Accept": "text/html"}), 301, 200, "DAG-CBOR is sent unchanged; no page shows it."),
    Difference(
        Ask(PATH, f"{DIGITS}?uri=ipfs%3A%2F%2FROOT"),
        301,
        200,
        "Only /ipfs/ and /ipns/ themselves redirect to the address in uri.",
    ),
    Difference(Ask(PATH, "/ipfs/?uri=ipfs%3A%2F%2F"), 301, 400, "An address without a CID or a name is invalid."),
    Difference(
        Ask(PATH, "/ipns/nobody.example/"), 500, 404, "An unknown name is a missing page, not a fault of the gateway."
    ),
    Difference(
        Ask(PATH, f"{R}/" + "x/" * 300),
        404,
        414,
        "A path has at most 256 names, because each name is a block to read and a CID to send.",
    ),
    Difference(
        Ask("evil.example", f"{R}/"),
        200,
        403,
        "A host that is not allowed may belong to a foreign page (DNS rebinding).",
    ),
    Difference(
        Ask("ROOT.ipfs.evil.example", "/"),
        404,
        403,
        "A host that is not allowed is refused, with any prefix.",
    ),
]
