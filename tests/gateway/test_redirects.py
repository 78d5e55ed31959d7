"""`_redirects`: what its lines say, and when they count."""

import time
import tracemalloc

import pytest

from publisher.gateway import redirects
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import DIGITS, REDIRECTS, SITE, Blocks, body, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": REDIRECTS})
GATEWAY = Gateway(PlainReader(BLOCKS.get), {"demo.eth": ROOT}.get)
NOT_HERE = b"<h1>not here</h1>"


def ask(path: str, host: str = f"{ROOT}.ipfs.localhost", *, method: str = "GET", **headers: str) -> Response:
    return respond(get(path, host, method=method, **headers), GATEWAY)


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/old", 301, "/docs/"),
        ("/old/", 301, "/docs/"),
        ("/old?x=1", 301, "/docs/?x=1"),
        ("/defaulted", 301, "/docs/"),
        ("/post/2026/first", 302, "/docs/first?y=2026"),
        ("/post/2026/first?z", 302, "/docs/first?y=2026&z"),
        ("/out", 307, "https://example.org/x"),
        ("/left/a/b", 303, "/docs/a/b"),
        ("/left/%E4%B8%AD%20x", 303, "/docs/%E4%B8%AD%20x"),
        ("/folder", 301, "/folder/"),
    ],
)
def test_ways_elsewhere(path: str, status: int, location: str) -> None:
    response = ask(path)
    assert (response.status, response.headers["Location"]) == (status, location)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/see/digits.txt", 200, DIGITS),
        ("/folder/", 200, b"<h1>docs</h1>"),
        ("/gone", 410, NOT_HERE),
        ("/law", 451, NOT_HERE),
        ("/see", 404, NOT_HERE),
        ("/anything/deep", 404, NOT_HERE),
        ("/plain/digits.txt", 200, DIGITS),  # what is there is never hidden
        ("/see/absent.txt", 404, None),
        ("/lost", 404, None),
        ("/nopage", 500, None),
    ],
)
def test_pages_in_place_of_what_is_missing(path: str, status: int, says: bytes | None) -> None:
    response = ask(path)
    assert response.status == status
    data = body(response)
    assert response.headers["Content-Length"] == str(len(data))
    if says is not None:
        assert data == says
        assert "ETag" in response.headers
    head = ask(path, method="HEAD")
    assert (head.status, head.headers, body(head)) == (status, response.headers, b"")


def test_a_rewrite_takes_ranges_and_conditions_and_a_404_takes_none() -> None:
    assert body(ask("/see/digits.txt", range="bytes=1-2")) == b"12"
    assert ask("/see/digits.txt", if_none_match="*").status == 304
    assert body(ask("/absent", range="bytes=1-2")) == NOT_HERE
    assert ask("/absent", if_none_match=ask("/absent").headers["ETag"]).status == 404


def test_a_404_under_a_name_may_change() -> None:
    assert ask("/absent", "demo.eth.localhost").headers["Cache-Control"] == "public, max-age=60"
    assert "immutable" in ask("/absent").headers["Cache-Control"]


def test_only_an_origin_of_its_own_lets_the_file_count() -> None:
    assert ask(f"/ipfs/{ROOT}/old", "127.0.0.1").status == 404
    assert body(ask(f"/ipfs/{ROOT}/absent", "127.0.0.1")) != NOT_HERE


def test_a_block_or_a_car_of_a_missing_path_is_missing() -> None:
    assert body(ask("/old?format=raw")) != NOT_HERE
    assert ask("/old?format=raw").status == 404


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"/a", "from to"),
        (b"/a /b 301 # no comment here", "from to"),
        (b"a /b", "must begin with /"),
        (b"/a b", "must begin with /"),
        (b"/a ftp://x/ 301", "must begin with /"),
        (b"/a https://example.org/ 200", "must begin with /"),
        (b"/a https://example.org/ 404", "must begin with /"),
        (b"/a /b 200!", 'forced redirects (or "shadowing") are not supported'),
        (b"/a /b 418", "418"),
        (b"/a /b xx", "xx"),
        ("/a /b ３０１".encode(), "status"),
        (b"/*/x /b", "end"),
        (b"\xff /b", "UTF-8"),
        (b"# " + b"x" * redirects.MAX_BYTES, "redirects file size cannot exceed 65536 bytes"),
    ],
)
def test_a_fault_in_the_file_is_500_for_every_missing_path_and_no_other(line: bytes, what: str) -> None:
    root = BLOCKS.add({"index.html": b"x", "_redirects": b"/old /new 301\n" + line + b"\n"})
    response = ask("/anything", f"{root}.ipfs.localhost")
    text = body(response).decode()
    assert response.status == 500
    assert text.startswith("could not parse _redirects: ")
    assert what in text
    assert ask("/", f"{root}.ipfs.localhost").status == 200
    assert ask(f"/ipfs/{root}/anything", "127.0.0.1").status == 404


@pytest.mark.parametrize("extra", [0, 1])
def test_64_kib_are_enough(extra: int) -> None:
    line = b"/a /b 301\n"
    data = line + b"#" * (redirects.MAX_BYTES - len(line) + extra)
    if extra:
        with pytest.raises(redirects.RedirectsError):
            redirects.parse(data)
    else:
        assert len(redirects.parse(data)) == 1


@pytest.mark.parametrize(
    ("rule", "path", "target"),
    [
        ("/a\t /b", "/a", "/b"),
        ("/a /b 302\r", "/a", "/b"),
        ("/A /b", "/a", None),
        ("/* /b", "/x/y", "/b"),
        ("/a/* /b/:splat", "/a", None),
        ("/a/* /b/:splat", "/a/", None),
        ("/a/* /b/:splat", "/a/x/y", "/b/x/y"),
        ("/:x/* /:splat/:x", "/a/b/c", "/b/c/a"),
        ("/:a/:ab /:ab/:a", "/1/2", "/2/1"),
        ("/:a/:b /:a", "/:b/1", "/:b"),
        ("/a /:splat", "/a", "/"),
        ("/a /:other", "/a", "/:other"),
        ("/a* /b", "/ax", None),
        ("/文章/:名 /新/:名", "/文章/一", "/新/一"),
    ],
)
def test_matching(rule: str, path: str, target: str | None) -> None:
    found = redirects.find(redirects.parse(rule.encode()), tuple(part for part in path.split("/") if part))
    assert (found.target if found else None) == target


def test_the_first_rule_that_matches_wins() -> None:
    rules = redirects.parse(b"/a /one\n/a /two\n/* /three\n")
    assert redirects.find(rules, ("a",)) == redirects.Rewrite(301, "/one")
    assert redirects.find(rules, ("b",)) == redirects.Rewrite(301, "/three")


FILLED = {
    "in the path": (b"/o/* /:splat 301", "/o/", "/", "/"),
    "of one name": (b"/o/:p /:p/x 302", "/o/", "/", "/x"),
    "below a path": (b"/o/* /docs/:splat 307", "/o/", "/docs/", "/docs/"),
    "behind a host": (b"/o/* https://example.org/:splat 301", "/o/", "https://example.org/", "https://example.org/"),
}
SIGNS = {
    "%5C": "%5C", "%3F": "%3F", "%23": "%23", "%25": "%25", "%252F": "%252F", "%09": "%09", "%0a": "%0A", "%0d": "%0D",
    "%22": "%22", "%3C": "%3C", "%E4%B8%AD": "%E4%B8%AD", "%7F": "%7F", "%01": "%01", "%5E": "%5E", "@": "@", ":": ":",
}  # fmt: skip


@pytest.mark.parametrize("rule", FILLED)
@pytest.mark.parametrize("sign", SIGNS)
def test_what_is_filled_in_is_encoded_and_stays_in_its_place(rule: str, sign: str) -> None:
    line, path, before, _ = FILLED[rule]
    behind = "/x" if rule == "of one name" else ""
    root = BLOCKS.add({"index.html": b"x", "_redirects": line})
    for value, written in ((sign, SIGNS[sign]), (f"{sign}evil.example", f"{SIGNS[sign]}evil.example")):
        response = ask(f"{path}{value}", f"{root}.ipfs.localhost")
        assert response.headers["Location"] == f"{before}{written}{behind}"


@pytest.mark.parametrize("target", ["/one?x=:splat&y=1", "/one#:splat", "https://example.org/?:splat", "/?x=1#:splat"])
def test_a_value_in_a_query_is_one_value(target: str) -> None:
    root = BLOCKS.add({"index.html": b"x", "_redirects": f"/o/* {target}".encode()})
    said = ask("/o/a%26y=2+%3F%23%2526/b", f"{root}.ipfs.localhost").headers["Location"]
    assert said == target.replace(":splat", "a%26y%3D2%2B%3F%23%2526/b")


def test_a_value_is_a_name_in_a_path_of_the_site() -> None:
    root = BLOCKS.add({"index.html": b"x", "d/a?b#c%20.txt": b"odd", "_redirects": b"/s/* /d/:splat 200"})
    assert body(ask("/s/a%3Fb%23c%2520.txt", f"{root}.ipfs.localhost")) == b"odd"


def test_a_placeholder_that_is_empty_leaves_no_host() -> None:
    root = BLOCKS.add({"index.html": b"x", "_redirects": b"/a /:splat/evil.example/x"})
    assert ask("/a", f"{root}.ipfs.localhost").headers["Location"] == "/evil.example/x"


@pytest.mark.parametrize(
    "target",
    [
        *("https://:splat/x", "https://:splat", "https://:splat.example.org/", "https://example.org:splat"),
        *("https://example.org:splat/", "https://a@:splat/", "https://x:p@example.org/", "https://:p.:splat/"),
        *("https://a.b[/", "https://[::1/", "https://", "https:///x", "https:/example.org", "https:example.org"),
        *("https://a b".replace(" ", "\x01"), "https://good.example\\@evil.example/", "https://a:99999/", "//evil/x"),
        *("/\\evil.example/", "//:splat", "https://?x", "https://a.b:x/", "http:\\\\evil.example", "https://a%2fb/"),
    ],
)
def test_a_target_whose_host_is_none_or_is_filled_in_is_an_error_of_the_file(target: str) -> None:
    with pytest.raises(redirects.RedirectsError, match="line 1: "):
        redirects.parse(f"/o/:p/* {target} 301\n".encode())


@pytest.mark.parametrize(
    "target",
    [
        *("https://example.org", "https://example.org:8443/:splat", "HTTP://Example.org?x=:splat", "https://[::1]:80/"),
        *("https://example.org#:splat", "https://文章.example/", "http://127.0.0.1/:p"),
    ],
)
def test_a_target_elsewhere_names_its_host(target: str) -> None:
    assert redirects.find(redirects.parse(f"/o/:p/* {target}".encode()), ("o", "1", "2")) is not None


def test_a_target_has_at_most_8_kib_as_it_is_written_and_filled_in() -> None:
    for length, fits in ((redirects.MAX_TARGET, True), (redirects.MAX_TARGET + 1, False)):
        line = b"/a /" + b"x" * (length - 1)
        if fits:
            assert redirects.parse(line)
        else:
            with pytest.raises(redirects.RedirectsError, match="8192 bytes"):
                redirects.parse(line)
        rules = redirects.parse(b"/o/* /:splat")
        value = "中" * ((length - 1) // 9) + "x" * ((length - 1) % 9)  # nine bytes each in an address
        if fits:
            assert redirects.find(rules, ("o", value)) is not None
        else:
            with pytest.raises(redirects.TargetTooLong):
                redirects.find(rules, ("o", value))


def test_a_placeholder_a_thousand_times_costs_nothing() -> None:
    root = BLOCKS.add({"index.html": b"x", "_redirects": b"/o/* /" + b":splat" * 1300 + b"\n"})
    tracemalloc.start()
    began = time.perf_counter()
    response = ask("/o/" + "y" * 30_000, f"{root}.ipfs.localhost")
    seconds, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (response.status, body(response)) == (
        414,
        b"_redirects: the target of this address is longer than 8192 bytes\n",
    )
    assert seconds < 1
    assert peak < 2_000_000
