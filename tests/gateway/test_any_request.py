"""Whatever is asked, there is an answer that keeps its own word."""

import contextlib
import re
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from publisher.dag.dag_pb import Malformed
from publisher.dag.limits import ReadLimits
from publisher.dag.unixfs import Link
from publisher.errors import PublishError
from publisher.gateway import conditional, negotiate, redirects, subdomains
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Request, ResponseReady
from publisher.gateway.respond import respond
from tests.gateway.kubo_blocks import BLOCKS, DOCUMENT, LEAF, with_entry
from tests.gateway.sites import REDIRECTS, SITE, body

ROOT = with_entry(BLOCKS.add({**SITE, "_redirects": REDIRECTS}), "cbor", Link(DOCUMENT, 1))
KEY = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"
GATEWAY = Gateway(
    PlainReader(BLOCKS.get),
    {"demo.eth": ROOT, "a.example": ROOT}.get,
    frozenset({"a.example", "c.example"}),
    home="demo.eth",
    subdomains=frozenset({"gate.example"}),
    trusted=frozenset({"10.0.0.1"}),
    limits=ReadLimits(count=50),
)
PARTS = ["plain", "digits.txt", "docs", "%2e%2e", "..", "", "%E4", "%e4%b8%ad", "%2F", "old", "see", "ipfs", "ipns"]
PARTS += [str(ROOT), str(DOCUMENT), str(LEAF), "demo.eth", KEY, "cbor", "list", "1", "site", "http:", "gate.example"]
PARTS += ["%5C", "%5Cevil.example", "evil.example", "xn--a@evil.example%23", "post", "left", "out", "%09", "[v6]%23"]
HOSTS = ["127.0.0.1", "[::1]:1", "localhost:8080", "demo.eth.localhost", f"{ROOT}.ipfs.localhost", "a.example"]
HOSTS += [
    "b.example",
    "gate.example",
    f"{ROOT}.ipfs.gate.example",
    "demo-eth.ipns.gate.example:1",
    f"{KEY}.ipns.localhost",
]
QUERIES = [
    "format=car",
    "format=raw",
    "format=json",
    "format=dag-cbor",
    "dag-scope=entity",
    "dag-scope=block",
    "car-dups=y",
]
QUERIES += ["entity-bytes=0:5", "entity-bytes=-3:*", "filename=a%0d%0ab.html", "filename=%E4%B8%AD", "download=true"]
QUERIES += ["uri=ipfs%3A%2F%2Fx%0d%0a", "uri=ipns%3A%2F%2F%E4", "car-order=unk", "car-version=2"]

words = st.text(st.characters(max_codepoint=255), max_size=12)
paths = st.lists(words | st.sampled_from(PARTS), max_size=6).map(lambda parts: "/" + "/".join(parts))
hosts = st.sampled_from(HOSTS) | words
queries = st.lists(words | st.sampled_from(QUERIES), max_size=4).map("&".join)
spans = st.text(st.sampled_from("bytes=-,0123456789 "), max_size=20)
accepts = (
    st.sampled_from(
        ["", "*/*", negotiate.RAW, f"{negotiate.CAR}; dups=y; order=dfs", negotiate.DAG_CBOR, "application/x-tar"]
    )
    | words
)
headers = st.fixed_dictionaries(
    {"range": spans, "accept": accepts},
    optional={
        "if-none-match": st.sampled_from(["*", "x", f'"{ROOT}"']) | words,
        "x-forwarded-host": hosts,
        "x-forwarded-proto": st.sampled_from(["https", "http", ""]) | words,
        "cache-control": st.sampled_from(["only-if-cached", "no-cache"]),
        "service-worker": st.just("script"),
    },
)


@given(
    st.sampled_from(["GET", "HEAD", "OPTIONS"]),
    hosts,
    paths | words,
    queries,
    headers,
    st.sampled_from(["", "10.0.0.1", "10.0.0.2"]),
)
def test_every_request_has_an_answer(
    method: str, host: str, path: str, query: str, sent: dict[str, str], peer: str
) -> None:
    response = respond(Request(method, host, path, query, sent, peer), GATEWAY)
    assert 200 <= response.status < 505
    for name, value in response.headers.items():
        assert "\n" not in value, name
        assert "\r" not in value, name
        value.encode("latin-1")
    location = response.headers.get("Location", "/")
    assert location.isascii()
    assert "\\" not in location
    assert stays(location, host, sent.get("x-forwarded-host", "") if peer == "10.0.0.1" else ""), location
    try:
        data = body(response)
    except (Malformed, PublishError):
        return  # an answer that was cut: its status was right when it went out
    if method == "GET" and "Content-Length" in response.headers:
        assert len(data) == int(response.headers["Content-Length"])
    if method == "HEAD":
        assert data == b""


def stays(location: str, *hosts: str) -> bool:
    """Whether a browser that is led there stays on this gateway."""
    place = urlsplit(location)
    if (place.netloc, place.path) == ("example.org", "/x"):
        return True  # the one rule that leads elsewhere
    if not place.scheme and not place.netloc:
        return location.startswith("/")
    zones = ("localhost", "gate.example", *(re.sub(":[0-9]+$", "", host.lower()) for host in hosts if host))
    named = re.fullmatch(r"https?://([a-z0-9_$.-]+)(:[0-9]+)?(/[^\s]*)?", location)
    return named is not None and any(named[1] == zone or named[1].endswith(f".{zone}") for zone in zones)


@given(words | st.sampled_from(PARTS) | st.text(st.sampled_from("-a."), max_size=20))
def test_any_label_is_a_name_or_a_key(label: str) -> None:
    assert label in subdomains.names(label)
    key = subdomains.key(label)
    assert key is None or subdomains.key(key.base36()) == key


@given(queries, accepts)
def test_any_form_is_one_or_is_refused(query: str, accept: str) -> None:
    with contextlib.suppress(ResponseReady):
        made = negotiate.car(negotiate.wanted(Request("GET", "", "/", query, {"accept": accept})))
        assert made.span is None or made.scope != "all"


@given(spans | st.text(), st.integers(0, 50))
def test_a_range_is_always_inside(span: str, size: int) -> None:
    for header in (span, f"bytes={span}"):
        try:
            found = conditional.byte_range(header, size)
        except conditional.Unsatisfiable:
            continue
        assert found is None or 0 <= found[0] < found[1] <= size


@given(st.binary(max_size=200) | st.text(st.sampled_from("/a:*# 301\n"), max_size=60).map(str.encode))
def test_any_redirects_file_is_parsed_or_refused(data: bytes) -> None:
    try:
        rules = redirects.parse(data)
    except redirects.RedirectsError:
        return
    redirects.find(rules, ("a", "b"))
