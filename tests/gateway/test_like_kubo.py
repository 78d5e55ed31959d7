"""The same blocks, the same requests: our answers beside those of a real Kubo gateway."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Block
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Request, Response
from publisher.gateway.respond import respond
from publisher.retrieval.failover import by_either_version
from tests.gateway.kubo_blocks import BLOCKS, CIDS, JSON, filled
from tests.gateway.more_requests import MORE
from tests.gateway.requests import DIFFERENT, PUBLIC, REQUESTS, Ask, Difference
from tests.gateway.sites import body
from tests.services.kubo import Node, running

PROXY = "10.0.0.1"
GATEWAY = Gateway(
    PlainReader(by_either_version(BLOCKS.get)), subdomains=frozenset({PUBLIC}), trusted=frozenset({PROXY})
)
SUBDOMAINS = {PUBLIC: {"UseSubdomains": True, "Paths": ["/ipfs", "/ipns"]}}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("kubo")
    with running(folder / "repo", offline=True, Gateway={"PublicGateways": SUBDOMAINS}) as made:
        file: Path = folder / "blocks.car"
        for root in CIDS.values():
            below = [Block(root, BLOCKS.get(root))] if root == JSON else walk.reachable(BLOCKS.get, root)
            file.write_bytes(b"".join(car.write([root], below)))
            made.command("dag", "import", str(file))
        yield made


def theirs(node: Node, ask: Ask) -> Answer:
    port = node.gateway.rpartition(":")[2]
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    try:
        line.putrequest(ask.method, _at(ask.target, port), skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"{filled(ask.host)}:{port}", **_sent(ask, port)}.items():
            line.putheader(name, filled(value))
        line.endheaders()
        answer = line.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        line.close()


def ours(node: Node, ask: Ask) -> Answer:
    port = node.gateway.rpartition(":")[2]
    headers = {name.lower(): filled(value) for name, value in _sent(ask, port).items()}
    path, _, query = _at(ask.target, port).partition("#")[0].partition("?")
    request = Request(ask.method, f"{filled(ask.host)}:{port}", path, query, headers, PROXY)
    answer: Response = respond(request, GATEWAY)
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body(answer))


def _at(target: str, port: str) -> str:
    """The address with its CIDs; of a request to a proxy, with the port too."""
    return re.sub(r"^(http://[^/]+)", rf"\1:{port}", filled(target))


def _sent(ask: Ask, port: str) -> dict[str, str]:
    return {name: f"{value}:{port}" if name == "X-Forwarded-Host" else value for name, value in ask.headers.items()}


TOLD = ("location", "content-range", "access-control-allow-origin", "content-location")
OF_CONTENT = ("x-ipfs-roots", "etag", "cache-control", "content-type", "content-disposition", "accept-ranges")


def word(headers: dict[str, str], name: str) -> str:
    """A header without what may be told in several ways: file names, the character set, the version of a listing."""
    text = headers.get(name, "")
    if name == "etag":
        return re.sub("DirIndex-.*_CID-", "listing of ", text)
    return text if name == "location" or ".car" in text or ".ipld.car" in text else text.partition(";")[0]


def asked_for(kubo: Answer) -> bool:
    """Whether the form is one that was asked for: JSON of a file is the file, and says nothing of where else it is."""
    return not kubo.headers.get("content-location", "").endswith("format=json")


@pytest.mark.parametrize("ask", [*REQUESTS, *(ask for ask in MORE if ask not in REQUESTS)], ids=str)
def test_the_answer_is_kubos(node: Node, ask: Ask) -> None:
    kubo, mine = theirs(node, ask), ours(node, ask)
    assert mine.status == kubo.status
    if "x-ipfs-path" in kubo.headers and "x-ipfs-path" in mine.headers:
        assert unquote_to_bytes(mine.headers["x-ipfs-path"]) == kubo.headers["x-ipfs-path"].encode("latin-1")
    tag = kubo.headers.get("etag", "")
    shown = (bool(tag) and kubo.status < 406) or kubo.status in (410, 451)
    for name in (*TOLD, *(OF_CONTENT if shown else ()), *(OF_CONTENT[:1] if kubo.status == 301 else ())):
        if name == "content-location" and not (shown and asked_for(kubo)):
            continue
        if name in kubo.headers and not (".car." in tag and name in ("etag", "content-disposition")):
            assert word(mine.headers, name) == word(kubo.headers, name), name
    if shown and "DirIndex" not in tag:
        assert mine.body == kubo.body
        if ".car." not in tag:
            assert mine.headers.get("content-length") == kubo.headers.get("content-length")


@pytest.mark.parametrize("known", DIFFERENT, ids=lambda known: str(known.ask))
def test_where_we_differ_on_purpose(node: Node, known: Difference) -> None:
    kubo, mine = theirs(node, known.ask), ours(node, known.ask)
    assert (kubo.status, mine.status) == (known.kubo, known.ours), known.why
    if kubo.status == mine.status:
        told = [(answer.body, answer.headers.get("content-disposition")) for answer in (kubo, mine)]
        assert told[0] != told[1]


def test_no_request_is_both_alike_and_different() -> None:
    assert not [known.ask for known in DIFFERENT if known.ask in [*REQUESTS, *MORE]]


def found(pattern: str, answer: Answer) -> set[str]:
    """What of it stands in the page; the case of hex digits is nobody's."""
    marks = {unescape(mark) for mark in re.findall(pattern, answer.body.decode())}
    return {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), mark) for mark in marks}


def test_a_listing_is_marked_as_kubos_is(node: Node) -> None:
    """What tools read: the heading, the crumbs, the way up, each entry's address, and the links of hashes."""
    for ask in (
        Ask("127.0.0.1", "/ipfs/ROOT/plain/"),
        Ask("ROOT.ipfs.localhost", "/plain/"),
        Ask("127.0.0.1", "/ipfs/ROOT/sharded/"),
    ):
        kubo, mine = theirs(node, ask), ours(node, ask)
        for pattern in (r'<a href="[^"]*">', r'<a class="ipfs-hash" translate="no" href="[^"]*">'):
            assert found(pattern, mine) == found(pattern, kubo)
