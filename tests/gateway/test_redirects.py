"""`_redirects`: what its lines say, and when they count."""

import pytest

from publisher.gateway import redirects
from publisher.gateway.content import Gateway
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import DIGITS, REDIRECTS, SITE, Blocks, body, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": REDIRECTS})
GATEWAY = Gateway(BLOCKS.get, {"demo.eth": ROOT}.get)
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
