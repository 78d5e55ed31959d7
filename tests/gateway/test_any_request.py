"""Whatever is asked, there is an answer that keeps its own word."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.gateway import conditions, redirects
from publisher.gateway.content import Gateway
from publisher.gateway.message import Request
from publisher.gateway.respond import respond
from tests.gateway.sites import REDIRECTS, SITE, Blocks, body

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": REDIRECTS})
GATEWAY = Gateway(BLOCKS.get, {"demo.eth": ROOT}.get, frozenset({"a.example"}), home="demo.eth")

words = st.text(st.characters(max_codepoint=255), max_size=12) | st.sampled_from(
    ["plain", "digits.txt", "docs", "%2e%2e", "..", "", "%E4", "%e4%b8%ad", "%2F", "old", "see", "ipfs", str(ROOT)]
)
paths = st.lists(words, max_size=6).map(lambda parts: "/" + "/".join(parts))
hosts = st.sampled_from(
    ["127.0.0.1", "[::1]:1", "localhost:8080", "demo.eth.localhost", f"{ROOT}.ipfs.localhost", "a.example", "b.example"]
)
spans = st.text(st.sampled_from("bytes=-,0123456789 "), max_size=20)


@given(
    st.sampled_from(["GET", "HEAD"]),
    hosts | words,
    paths | words,
    words,
    spans,
    st.none() | st.sampled_from(["*", "x"]),
)
def test_every_request_has_an_answer(method: str, host: str, path: str, query: str, span: str, tag: str | None) -> None:
    headers = {"range": span, **({"if-none-match": tag} if tag else {})}
    response = respond(Request(method, host, path, query, headers), GATEWAY)
    data = body(response)
    assert 200 <= response.status < 505
    for name, value in response.headers.items():
        assert "\n" not in value, name
        assert "\r" not in value, name
        value.encode("latin-1")
    if method == "GET" and "Content-Length" in response.headers:
        assert len(data) == int(response.headers["Content-Length"])
    location = response.headers.get("Location", "/")
    assert not location.startswith("//")
    assert location.isascii()


@given(spans | st.text(), st.integers(0, 50))
def test_a_range_is_always_inside(span: str, size: int) -> None:
    for header in (span, f"bytes={span}"):
        try:
            found = conditions.byte_range(header, size)
        except conditions.Unsatisfiable:
            continue
        assert found is None or 0 <= found[0] < found[1] <= size


@given(st.binary(max_size=200) | st.text(st.sampled_from("/a:*# 301\n"), max_size=60).map(str.encode))
def test_any_redirects_file_is_parsed_or_refused(data: bytes) -> None:
    try:
        rules = redirects.parse(data)
    except redirects.RedirectsError:
        return
    redirects.find(rules, ("a", "b"))
