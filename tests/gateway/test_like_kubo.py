"""The same blocks, the same requests: our answers beside those of a real Kubo gateway."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from publisher.dag import car, walk
from publisher.gateway.content import Gateway
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import REDIRECTS, SITE, Blocks, body, get
from tests.services.kubo import Node, running

BLOCKS = Blocks()
DATA = bytes(range(256)) * (10 << 10)
MANY = {f"sharded/{number:05}-{'x' * 40}": b"page" for number in range(3000)}
ROOT = BLOCKS.add({**SITE, **MANY, "big.bin": DATA, "_redirects": REDIRECTS})
BROKEN = BLOCKS.add({"index.html": b"<p>x", "_redirects": b"nonsense\n"})
CSS = "bafkreihpfkdvib5muloxlj5b3tgdwibjdcu3zdsuhyft33z7gtgnlzlkpm"
PATH, OWN, LOCAL = "127.0.0.1", "ROOT.ipfs.localhost", "localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("kubo")
    with running(folder / "repo", offline=True) as made:
        for root in (ROOT, BROKEN):
            file: Path = folder / f"{root}.car"
            file.write_bytes(b"".join(car.write([root], walk.reachable(BLOCKS.get, root))))
            made.command("dag", "import", str(file))
        yield made


def filled(text: str) -> str:
    return text.replace("ROOT", str(ROOT)).replace("BROKEN", str(BROKEN))


def theirs(node: Node, host: str, method: str, target: str, headers: dict[str, str]) -> Answer:
    port = node.gateway.rpartition(":")[2]
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    try:
        line.putrequest(method, filled(target), skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"{filled(host)}:{port}", **headers}.items():
            line.putheader(name, filled(value))
        line.endheaders()
        answer = line.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        line.close()


def ours(node: Node, host: str, method: str, target: str, headers: dict[str, str]) -> Answer:
    port = node.gateway.rpartition(":")[2]
    sent = {name.lower().replace("-", "_"): filled(value) for name, value in headers.items()}
    answer: Response = respond(
        get(filled(target), f"{filled(host)}:{port}", method=method, **sent), Gateway(BLOCKS.get)
    )
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body(answer))


R = "/ipfs/ROOT"
DIGITS = f"{R}/plain/digits.txt"
LOST = "/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
EMPTY_FOLDER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
PATHS = [
    *(R, f"{R}/", f"{R}/index.html", f"{R}/docs?x=1", f"{R}/docs/", f"{R}/plain/", f"{R}/empty/", DIGITS),
    *(f"{R}/plain/{name}" for name in ("empty.txt", "style.css", "100%25%20a+b&c.txt", "LICENSE", "noext")),
    *(f"{R}/big.bin", f"{R}/photo.PNG", f"{R}/%E6%96%87%E7%AB%A0", f"/ipfs/{CSS}", LOST),
    f"{R}/%E6%96%87%E7%AB%A0/%E4%BD%A0%E5%A5%BD%20%E4%B8%96%E7%95%8C.html",
    *(f"{R}//plain//digits.txt", f"{R}/docs/../plain/digits.txt", f"{R}/plain/digits.txt/"),
    *(f"{R}/nope", f"{R}/old", f"{R}/index.html/x", f"{R}/100%", "/ipfs/not-a-cid", "/ipfs/", "/", "/favicon.ico"),
]
RANGES = ["0-0", "2-4", "0-999", "9-", "-3", "10-", "", ",1-2", " 1 - 2 ", "4-5,0-1"]
CARS = [
    *(f"{R}?format=car", f"{R}/plain?format=car", f"{DIGITS}?format=car", f"{R}/big.bin?format=car&dag-scope=entity"),
    *(f"{R}?format=car&dag-scope=block", f"{R}/docs/index.html?format=car&dag-scope=block"),
    *(f"{R}/plain?format=car&dag-scope=entity", f"{R}/sharded/00001-{'x' * 40}?format=car"),
    *(f"{R}/sharded?format=car&dag-scope=entity", f"{R}/sharded?format=car&dag-scope=block"),
]
OWN_PATHS = [
    *("/", "/docs", "/docs/", "/plain/", "/plain/digits.txt", "/old", "/old/", "/old?x=1", "/defaulted"),
    *("/see/digits.txt", "/see", "/see/", "/post/2026/first", "/out", "/left/a/b", "/gone", "/law", "/lost", "/nopage"),
    *("/folder", "/folder/", "/absent/deep?x", "/ipfs/x", "/_redirects", "/docs?format=raw"),
]
REQUESTS: list[tuple[str, str, str, dict[str, str]]] = [
    *((PATH, method, path, {}) for method in ("GET", "HEAD") for path in PATHS),
    *((PATH, "GET", DIGITS, {"Range": f"bytes={span}"}) for span in RANGES),
    (PATH, "HEAD", DIGITS, {"Range": "bytes=2-4"}),
    (PATH, "GET", f"{R}/plain/empty.txt", {"Range": "bytes=0-"}),
    (PATH, "GET", f"{R}/big.bin", {"Range": "bytes=1048570-1048580"}),
    *((PATH, "GET", f"{R}/", {"If-None-Match": tag}) for tag in ('"ROOT"', 'W/"ROOT"', '"a", "ROOT"', "*", '"x"')),
    (PATH, "HEAD", f"{R}/", {"If-None-Match": "*"}),
    (PATH, "GET", LOST, {"Cache-Control": "only-if-cached"}),
    *((PATH, method, f"{R}/", {}) for method in ("POST", "PUT", "DELETE", "OPTIONS")),
    *((PATH, "GET", f"{R}{query}", {}) for query in ("/?format=raw", "/docs?format=raw", "/nope?format=raw")),
    *((PATH, "GET", f"{R}{query}", {}) for query in ("/?format=dag-json", "/?format=bogus")),
    (PATH, "GET", DIGITS, {"Accept": "application/vnd.ipld.raw"}),
    *((PATH, "GET", path, {}) for path in CARS),
    *((LOCAL, "GET", path, {}) for path in (R, f"{R}/", f"{R}/docs?x=1", f"{R}/nope", f"{R}/?format=raw")),
    *((LOCAL, "GET", f"/ipfs/{path}", {}) for path in ("not-a-cid", f"{EMPTY_FOLDER}/x")),
    *((OWN, method, path, {}) for method in ("GET", "HEAD") for path in OWN_PATHS),
    (OWN, "GET", "/see/digits.txt", {"Range": "bytes=1-2"}),
    (OWN, "GET", "/see/digits.txt", {"If-None-Match": "*"}),
    (OWN, "GET", "/absent", {"If-None-Match": "*"}),
    ("BROKEN.ipfs.localhost", "GET", "/", {}),
    ("BROKEN.ipfs.localhost", "GET", "/absent", {}),
    ("zzz.ipfs.localhost", "GET", "/", {}),
]
TOLD = ("location", "content-range", "access-control-allow-origin")
OF_CONTENT = ("x-ipfs-roots", "etag", "cache-control", "content-type", "content-disposition", "accept-ranges")


def word(headers: dict[str, str], name: str) -> str:
    """A header without what may be told in several ways: file names, the character set, the version of a listing."""
    text = headers.get(name, "")
    if name == "etag":
        return re.sub("DirIndex-.*_CID-", "listing of ", text)
    return text.partition(";")[0]


@pytest.mark.parametrize(("host", "method", "target", "headers"), REQUESTS)
def test_the_answer_is_kubos(node: Node, host: str, method: str, target: str, headers: dict[str, str]) -> None:
    kubo, mine = theirs(node, host, method, target, headers), ours(node, host, method, target, headers)
    assert mine.status == kubo.status
    if "x-ipfs-path" in kubo.headers and "x-ipfs-path" in mine.headers:
        assert unquote_to_bytes(mine.headers["x-ipfs-path"]) == kubo.headers["x-ipfs-path"].encode("latin-1")
    tag = kubo.headers.get("etag", "")
    shown = (bool(tag) and kubo.status < 406) or kubo.status in (410, 451)
    for name in (*TOLD, *(OF_CONTENT if shown else ()), *(OF_CONTENT[:1] if kubo.status == 301 else ())):
        if name in kubo.headers and not (name == "etag" and ".car." in tag):
            assert word(mine.headers, name) == word(kubo.headers, name), name
    if shown and "DirIndex" not in tag:
        assert mine.body == kubo.body
        if ".car." not in tag:
            assert mine.headers.get("content-length") == kubo.headers.get("content-length")


DIFFERENT = [
    (
        f"{R}/plain%2Fdigits.txt",
        {},
        200,
        400,
        "no name holds a slash, and links on such a page would be counted wrongly",
    ),
    (f"{R}/%ff", {}, 404, 400, "a path is UTF-8"),
    (f"{R}/%00", {}, 404, 400, "no name holds NUL"),
    (DIGITS, {"Range": "bytes=-999"}, 500, 206, "RFC 9110: a suffix longer than the file is the file"),
    (DIGITS, {"Range": "bytes=-0"}, 206, 416, "RFC 9110: an empty suffix cannot be satisfied"),
    (DIGITS, {"Range": "bytes=5-2"}, 400, 200, "RFC 9110: an invalid range is ignored"),
    (DIGITS, {"Range": "lines=1-2"}, 400, 200, "RFC 9110: an unknown unit is ignored"),
    (f"{R}/?format=tar", {}, 200, 406, "blocks and CARs are what can be checked"),
]


@pytest.mark.parametrize(("target", "headers", "kubo", "mine", "why"), DIFFERENT)
def test_where_we_differ_on_purpose(
    node: Node, target: str, headers: dict[str, str], kubo: int, mine: int, why: str
) -> None:
    assert theirs(node, PATH, "GET", target, headers).status == kubo
    assert ours(node, PATH, "GET", target, headers).status == mine, why


def test_an_unknown_host_is_refused_where_kubo_serves_paths(node: Node) -> None:
    assert theirs(node, "evil.example", "GET", f"{R}/", {}).status == 200
    assert ours(node, "evil.example", "GET", f"{R}/", {}).status == 403
