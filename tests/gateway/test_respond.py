"""What a request means: tables of requests and answers, without a socket."""

import pytest

from publisher.dag.cid import Cid
from tests.gateway.asking import BLOCKS, DOCS, OLD, ORIGIN, OTHER, ROOT, ask, cid_of
from tests.gateway.sites import DIGITS, body


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/", "text/html; charset=utf-8", b"<h1>home</h1>"),
        ("/index.html", "text/html; charset=utf-8", b"<h1>home</h1>"),
        ("/docs/", "text/html; charset=utf-8", b"<h1>docs</h1>"),
        ("/plain/digits.txt", "text/plain; charset=utf-8", DIGITS),
        ("/plain/empty.txt", "text/plain; charset=utf-8", b""),
        ("/plain/style.css", "text/css; charset=utf-8", b"b{}"),
        ("/plain/100%25%20a+b&c.txt", "text/plain; charset=utf-8", b"odd"),
        ("/plain/LICENSE", "text/plain; charset=utf-8", b"Free.\n"),
        ("/plain/noext", "text/html; charset=utf-8", b"<!doctype html><p>x"),
        ("/photo.PNG", "image/png", b"\x89PNG\r\n\x1a\n"),
        (
            "/%E6%96%87%E7%AB%A0/%E4%BD%A0%E5%A5%BD%20%E4%B8%96%E7%95%8C.html",
            "text/html; charset=utf-8",
            "<h1>你好</h1>".encode(),
        ),
        ("/文章/你好 世界.html".encode().decode("latin-1"), "text/html; charset=utf-8", "<h1>你好</h1>".encode()),
    ],
)
@pytest.mark.parametrize(
    ("base", "host"), [(f"/ipfs/{ROOT}", "127.0.0.1:8080"), ("", ORIGIN), ("", "demo.eth.localhost")]
)
def test_a_file_is_the_same_under_every_way_to_write_its_address(
    base: str, host: str, path: str, kind: str, says: bytes
) -> None:
    response = ask(base + path, host)
    assert (response.status, response.headers["Content-Type"], body(response)) == (200, kind, says)
    assert response.headers["Content-Length"] == str(len(says))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    head = ask(base + path, host, method="HEAD")
    assert (head.status, head.headers, body(head)) == (200, response.headers, b"")


@pytest.mark.parametrize(
    ("host", "path", "status", "location"),
    [
        ("127.0.0.1:8080", f"/ipfs/{ROOT}", 301, f"/ipfs/{ROOT}/"),
        ("127.0.0.1:8080", f"/ipfs/{ROOT}/docs?x=1&y", 301, f"/ipfs/{ROOT}/docs/?x=1&y"),
        ("[::1]:8080", f"/ipfs/{ROOT}/docs", 301, f"/ipfs/{ROOT}/docs/"),
        (ORIGIN, "/docs", 301, "/docs/"),
        (ORIGIN, "/%E6%96%87%E7%AB%A0", 301, "/%E6%96%87%E7%AB%A0/"),
        ("demo.eth.localhost:8080", "/docs", 301, "/docs/"),
        ("localhost:8080", f"/ipfs/{ROOT}", 301, f"http://{ROOT}.ipfs.localhost:8080/"),
        ("localhost", f"/ipfs/{ROOT}/docs/?x=1", 301, f"http://{ROOT}.ipfs.localhost/docs/?x=1"),
        ("LOCALHOST.:8080", f"/ipfs/{OLD}/a%20b", 301, f"http://{OLD.to_v1()}.ipfs.localhost:8080/a%20b"),
        (f"{OTHER.base36()}.ipfs.localhost:8080", "/x", 301, f"http://{OTHER}.ipfs.localhost:8080/x"),
        ("127.0.0.1:8080", f"/ipfs/{ROOT}//plain//digits.txt?q", 307, f"/ipfs/{ROOT}/plain/digits.txt?q"),
        ("127.0.0.1:8080", f"/ipfs/{ROOT}/docs/../plain/./digits.txt", 307, f"/ipfs/{ROOT}/plain/digits.txt"),
        ("127.0.0.1:8080", f"/ipfs/{ROOT}/docs/%2e%2E/plain/", 307, f"/ipfs/{ROOT}/plain/"),
        ("127.0.0.1:8080", f"/ipfs/{ROOT}/plain/..", 307, f"/ipfs/{ROOT}/"),
        (ORIGIN, "//evil.example/..", 307, "/"),
        (ORIGIN, "//docs", 307, "/docs"),
        ("localhost:8080", "/", 302, "http://demo.eth.localhost:8080/"),
        ("127.0.0.1:8080", "/", 302, "http://demo.eth.localhost:8080/"),
        ("192.168.1.5:8080", "/", 302, f"/ipfs/{ROOT}/"),
    ],
)
def test_the_way_elsewhere(host: str, path: str, status: int, location: str) -> None:
    response = ask(path, host)
    assert (response.status, response.headers.get("Location")) == (status, location)


@pytest.mark.parametrize(
    ("host", "path", "status", "says"),
    [
        ("127.0.0.1", "/ipfs/not-a-cid", 400, "not a CID"),
        ("127.0.0.1", "/ipfs/", 400, "/ipfs/CID/"),
        ("127.0.0.1", "/favicon.ico", 404, "/ipfs/CID/"),
        ("127.0.0.1", f"/ipfs/{ROOT}/nope", 404, "nope"),
        ("127.0.0.1", f"/ipfs/{ROOT}/index.html/x", 404, "x"),
        ("127.0.0.1", f"/ipfs/{ROOT}/old", 404, "old"),  # no _redirects on a path gateway
        ("127.0.0.1", f"/ipfs/{ROOT}/%zz", 400, "two hex digits"),
        ("127.0.0.1", f"/ipfs/{ROOT}/100%", 400, "two hex digits"),
        ("127.0.0.1", f"/ipfs/{ROOT}/%ff", 400, "UTF-8"),
        ("127.0.0.1", f"/ipfs/{ROOT}/plain%2Fdigits.txt", 400, "slash"),
        ("127.0.0.1", f"/ipfs/{ROOT}/%00", 400, "NUL"),
        ("127.0.0.1", f"/ipfs/{cid_of(b'lost')}", 404, "not here"),
        ("zzz.ipfs.localhost", "/", 400, "not a CID"),
        (f"{OLD}.ipfs.localhost", "/", 400, "not a CID"),  # base58 does not survive lower case
        ("nobody.localhost", "/", 404, "nobody"),
        ("evil.example:8080", f"/ipfs/{ROOT}/", 403, "evil.example"),
        ("127.0.0.1.evil.example", f"/ipfs/{ROOT}/", 403, "evil.example"),
        ("notlocalhost", "/", 403, "notlocalhost"),
        ("", f"/ipfs/{ROOT}/", 400, "Host"),
        ("a b", "/", 400, "Host"),
        ("user@localhost", "/", 400, "Host"),
    ],
)
def test_refusals_say_why(host: str, path: str, status: int, says: str) -> None:
    response = ask(path, host)
    text = body(response).decode()
    assert response.status == status
    assert says in text
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_a_cid_that_is_too_long_for_a_label_is_refused_on_both_forms() -> None:
    long = Cid(b"\x01\x55\x13\x40" + b"\x07" * 64)
    assert ask(f"/ipfs/{long}/", "localhost:8080").status == 400
    assert ask("/", f"{long}.ipfs.localhost:8080").status == 400


def test_names_are_asked_of_the_resolver_that_is_handed_in() -> None:
    assert body(ask("/", "blog.localhost:8080")) == b"<h1>other</h1>"
    assert body(ask("/", "BLOG.Example.org")) == b"<h1>other</h1>"
    assert ask("/", "blog.localhost").headers["X-Ipfs-Path"] == "/ipns/blog/"


def test_an_allowed_host_without_a_name_is_a_path_gateway() -> None:
    assert ask(f"/ipfs/{OTHER}/", "gate.example.org").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_nothing_can_be_changed(method: str) -> None:
    response = ask(f"/ipfs/{ROOT}/", method=method)
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_options_tells_what_other_origins_may_do() -> None:
    response = ask(f"/ipfs/{ROOT}/", method="OPTIONS")
    assert (response.status, response.headers["Access-Control-Allow-Methods"]) == (200, "GET, HEAD, OPTIONS")


def test_the_roots_on_the_way_are_told() -> None:
    headers = ask(f"/ipfs/{ROOT}/docs/").headers
    assert (headers["X-Ipfs-Path"], headers["X-Ipfs-Roots"]) == (f"/ipfs/{ROOT}/docs/", f"{ROOT},{DOCS}")
    assert ask("/docs/", ORIGIN).headers["X-Ipfs-Path"] == f"/ipfs/{ROOT}/docs/"
    assert ask("/", ORIGIN).headers["X-Ipfs-Roots"] == str(ROOT)


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        ("filename=a.html", "text/html; charset=utf-8", "inline; filename=\"a.html\"; filename*=UTF-8''a.html"),
        ("filename=a&download=true", "text/plain; charset=utf-8", "attachment; filename=\"a\"; filename*=UTF-8''a"),
        (
            "download=true",
            "text/plain; charset=utf-8",
            "attachment; filename=\"digits.txt\"; filename*=UTF-8''digits.txt",
        ),
        ("download=1", "text/plain; charset=utf-8", None),
        (
            "filename=%E4%B8%AD%22%0D%0A/.css",
            "text/css; charset=utf-8",
            "inline; filename=\"_%22__%2F.css\"; filename*=UTF-8''%E4%B8%AD%22%0D%0A%2F.css",
        ),
    ],
)
def test_a_file_can_be_had_under_another_name(query: str, kind: str, said: str | None) -> None:
    headers = ask(f"/ipfs/{ROOT}/plain/digits.txt?{query}").headers
    assert (headers["Content-Type"], headers.get("Content-Disposition")) == (kind, said)


def test_an_index_is_saved_under_its_own_name() -> None:
    said = ask(f"/ipfs/{ROOT}/docs/?download=true").headers["Content-Disposition"]
    assert said == "attachment; filename=\"index.html\"; filename*=UTF-8''index.html"


def test_a_listing_links_every_entry_with_its_own_name() -> None:
    response = ask(f"/ipfs/{ROOT}/plain/")
    text = body(response).decode()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["ETag"].startswith('"DirIndex-')
    assert "Index of" in text
    assert f'<a href="/ipfs/{ROOT}/plain/100%25%20a+b&amp;c.txt">100% a+b&amp;c.txt</a>' in text
    assert f'<a href="/ipfs/{ROOT}/plain/..">..</a>' in text
    assert f'/ipfs/<a href="/ipfs/{ROOT}">{ROOT}</a>/<a href="/ipfs/{ROOT}/plain">plain</a>' in text
    assert ask(f"/ipfs/{ROOT}/plain/", if_none_match=response.headers["ETag"]).status == 304


def test_a_listing_of_the_root_leads_no_higher() -> None:
    bare = BLOCKS.add({"<b>.txt": b"x", "日本/": b""})
    text = body(ask("/", f"{bare}.ipfs.localhost")).decode()
    assert '">..</a>' not in text
    assert "<b>" not in text
    assert "日本" in text


def test_an_empty_folder_is_listed() -> None:
    assert ask(f"/ipfs/{ROOT}/empty/").status == 200


def test_an_index_that_is_a_folder_is_no_page() -> None:
    odd = BLOCKS.add({"index.html/x.txt": b"x"})
    assert "Index of" in body(ask(f"/ipfs/{odd}/")).decode()
