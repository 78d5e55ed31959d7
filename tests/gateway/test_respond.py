"""What a request means: tables of requests and answers, without a socket."""

import hashlib

import pytest

from publisher.dag import tree, unixfs
from publisher.dag.cid import Cid, Codec
from publisher.dag.unixfs import LEGACY, MODERN
from publisher.errors import BlockMissing, CidMismatch, NameUnusable, RpcError, StoreUnreachable
from publisher.gateway.content import Gateway
from publisher.gateway.message import Response
from publisher.gateway.respond import respond
from tests.gateway.sites import DIGITS, REDIRECTS, SITE, Blocks, body, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": REDIRECTS})
OTHER = BLOCKS.add({"index.html": b"<h1>other</h1>"})
OLD = BLOCKS.add({"index.html": b"<h1>2015</h1>"}, LEGACY)
NAMES = {"demo.eth": ROOT, "blog": OTHER, "blog.example.org": OTHER}
GATEWAY = Gateway(BLOCKS.get, NAMES.get, frozenset({"blog.example.org", "gate.example.org"}), home="demo.eth")
ORIGIN = f"{ROOT}.ipfs.localhost:8080"
FOR_EVER = "public, max-age=29030400, immutable"


def ask(path: str, host: str = "127.0.0.1:8080", *, method: str = "GET", **headers: str) -> Response:
    return respond(get(path, host, method=method, **headers), GATEWAY)


def cid_of(data: bytes) -> Cid:
    return Cid.make(Codec.RAW, hashlib.sha256(data).digest())


DOCS = ask(f"/ipfs/{ROOT}/docs/").headers["X-Ipfs-Roots"].split(",")[1]


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


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/", str(ROOT)),
        ("/index.html", str(cid_of(b"<h1>home</h1>"))),
        ("/docs/", DOCS),
        ("/plain/digits.txt", str(cid_of(DIGITS))),
    ],
)
def test_a_folder_is_tagged_by_its_own_cid_and_a_file_by_its(path: str, tag: str) -> None:
    for base, host in ((f"/ipfs/{ROOT}", "127.0.0.1"), ("", ORIGIN), ("", "demo.eth.localhost")):
        assert ask(base + path, host).headers["ETag"] == f'"{tag}"'


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ('"{tag}"', 304),
        ('W/"{tag}"', 304),
        ('"x", W/"y" ,"{tag}"', 304),
        ("*", 304),
        ('"x"', 200),
        ("{tag}", 200),
        ('"{tag}x"', 200),
    ],
)
def test_what_a_visitor_has_is_not_sent_again(asked: str, status: int) -> None:
    asked = asked.replace("{tag}", str(cid_of(DIGITS)))
    for method in ("GET", "HEAD"):
        response = ask(f"/ipfs/{ROOT}/plain/digits.txt", method=method, if_none_match=asked)
        assert response.status == status
        if status == 304:
            assert body(response) == b""
            assert response.headers["ETag"] == f'"{cid_of(DIGITS)}"'
            assert response.headers["Cache-Control"] == FOR_EVER
            assert "Content-Length" not in response.headers


def test_a_condition_comes_before_a_range() -> None:
    response = ask(f"/ipfs/{ROOT}/plain/digits.txt", if_none_match=f'"{cid_of(DIGITS)}"', range="bytes=0-1")
    assert response.status == 304


def test_a_root_is_for_ever_and_a_name_is_not() -> None:
    assert ask(f"/ipfs/{ROOT}/").headers["Cache-Control"] == FOR_EVER
    assert ask("/", ORIGIN).headers["Cache-Control"] == FOR_EVER
    assert ask("/", "demo.eth.localhost").headers["Cache-Control"] == "public, max-age=60"
    assert ask("/docs", "demo.eth.localhost").headers["Cache-Control"] == "public, max-age=60"
    always = Gateway(BLOCKS.get, NAMES.get, name_seconds=0)
    assert respond(get("/", "demo.eth.localhost"), always).headers["Cache-Control"] == "no-cache"


def test_the_roots_on_the_way_are_told() -> None:
    headers = ask(f"/ipfs/{ROOT}/docs/").headers
    assert (headers["X-Ipfs-Path"], headers["X-Ipfs-Roots"]) == (f"/ipfs/{ROOT}/docs/", f"{ROOT},{DOCS}")
    assert ask("/docs/", ORIGIN).headers["X-Ipfs-Path"] == f"/ipfs/{ROOT}/docs/"
    assert ask("/", ORIGIN).headers["X-Ipfs-Roots"] == str(ROOT)


@pytest.mark.parametrize(
    ("asked", "status", "span", "says"),
    [
        ("bytes=0-0", 206, "bytes 0-0/10", b"0"),
        ("bytes=2-4", 206, "bytes 2-4/10", b"234"),
        ("bytes=0-999", 206, "bytes 0-9/10", DIGITS),
        ("bytes=9-", 206, "bytes 9-9/10", b"9"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=-999", 206, "bytes 0-9/10", DIGITS),
        ("Bytes= 1 - 2 ", 206, "bytes 1-2/10", b"12"),
        ("bytes=4-5,0-1", 206, "bytes 4-5/10", b"45"),
        ("bytes=20-30,1-2", 206, "bytes 1-2/10", b"12"),
        ("bytes=10-", 416, "bytes */10", None),
        ("bytes=-0", 416, "bytes */10", None),
        ("bytes=99999999999999999999-", 416, "bytes */10", None),
        ("bytes=5-2", 200, None, DIGITS),
        ("bytes=abc", 200, None, DIGITS),
        ("bytes=1-2,x", 200, None, DIGITS),
        ("bytes=", 200, None, DIGITS),
        ("bytes=" + "9" * 5000 + "-", 200, None, DIGITS),
        ("lines=1-2", 200, None, DIGITS),
        ("nonsense", 200, None, DIGITS),
    ],
)
def test_ranges(asked: str, status: int, span: str | None, says: bytes | None) -> None:
    response = ask(f"/ipfs/{ROOT}/plain/digits.txt", range=asked)
    assert (response.status, response.headers.get("Content-Range")) == (status, span)
    data = body(response)
    assert response.headers["Content-Length"] == str(len(data))
    if says is not None:
        assert data == says
    head = ask(f"/ipfs/{ROOT}/plain/digits.txt", method="HEAD", range=asked)
    assert (head.status, head.headers) == (status, response.headers)


@pytest.mark.parametrize(
    ("tag", "status"), [(f'"{cid_of(DIGITS)}"', 206), ('"x"', 200), (f'W/"{cid_of(DIGITS)}"', 200)]
)
def test_a_range_of_another_version_is_not_sent(tag: str, status: int) -> None:
    assert ask(f"/ipfs/{ROOT}/plain/digits.txt", range="bytes=1-2", if_range=tag).status == status


def test_an_empty_file_has_no_range_to_miss() -> None:
    assert ask(f"/ipfs/{ROOT}/plain/empty.txt", range="bytes=0-").status == 200


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


def test_a_single_file_can_be_a_root() -> None:
    response = ask(f"/ipfs/{cid_of(DIGITS)}")
    assert (response.status, body(response)) == (200, DIGITS)


def test_a_sharded_folder_and_a_file_of_many_blocks_read_like_any_other() -> None:
    blocks = Blocks()
    page = unixfs.add_file([b"<p>one of many"], MODERN, blocks.emit)
    data = bytes(range(256)) * (9 << 10)
    entries = {f"{number:05}-{'x' * 40}.html": page for number in range(3000)}
    entries["big.bin"] = unixfs.add_file([data], MODERN, blocks.emit)
    root = tree.add_folder(entries, MODERN, blocks.emit).cid
    gateway = Gateway(blocks.get)
    found = respond(get(f"/ipfs/{root}/02999-{'x' * 40}.html"), gateway)
    assert (found.status, body(found)) == (200, b"<p>one of many")
    assert body(respond(get(f"/ipfs/{root}/"), gateway)).count(b"<tr>") == 3001
    assert body(respond(get(f"/ipfs/{root}/big.bin"), gateway)) == data
    over = respond(get(f"/ipfs/{root}/big.bin", range=f"bytes={(1 << 20) - 2}-{(1 << 20) + 1}"), gateway)
    assert body(over) == data[(1 << 20) - 2 : (1 << 20) + 2]
    assert respond(get(f"/ipfs/{root}/absent"), gateway).status == 404


def test_a_range_needs_no_block_outside_of_it() -> None:
    blocks = Blocks()
    data = bytes(5 << 20)
    root = blocks.add({"big.bin": data + b"end"})
    last = cid_of(b"end")
    lost = cid_of(bytes(1 << 20))
    del blocks.held[lost]
    assert last in blocks.held
    assert body(respond(get(f"/ipfs/{root}/big.bin", range="bytes=-3"), Gateway(blocks.get))) == b"end"


def test_a_missing_block_is_told_before_the_status_goes_out() -> None:
    blocks = Blocks()
    root = blocks.add({"big.bin": bytes(3 << 20), "index.html": b"x", "_redirects": b"/* /index.html 200\n"})
    del blocks.held[cid_of(bytes(1 << 20))]
    gateway = Gateway(blocks.get)
    assert respond(get(f"/ipfs/{root}/big.bin"), gateway).status == 404
    assert (
        respond(get("/big.bin", f"{root}.ipfs.localhost"), gateway).status == 404
    )  # absent is not the same as missing
    for method in ("GET", "HEAD"):
        request = get(f"/ipfs/{cid_of(b'?')}", method=method, cache_control="only-if-cached")
        assert respond(request, gateway).status == 412


def test_only_a_block_that_is_needed_is_read() -> None:
    BLOCKS.asked.clear()
    ask(f"/ipfs/{ROOT}/plain/digits.txt", method="HEAD")
    assert set(BLOCKS.asked) <= {
        ROOT,
        *map(Cid.parse, ask(f"/ipfs/{ROOT}/plain/digits.txt").headers["X-Ipfs-Roots"].split(",")),
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BlockMissing("node", "no"), 404),
        (StoreUnreachable("node", "slow"), 504),
        (CidMismatch("node", "lies"), 502),
    ],
)
def test_an_error_below_has_one_status(error: Exception, status: int) -> None:
    def failing(cid: Cid) -> bytes:
        raise error

    assert respond(get(f"/ipfs/{ROOT}/"), Gateway(failing)).status == status


@pytest.mark.parametrize(("error", "status"), [(RpcError("rpc", "down"), 502), (NameUnusable("x.eth", "no"), 404)])
def test_a_name_that_cannot_be_resolved_says_so(error: Exception, status: int) -> None:
    def failing(name: str) -> Cid | None:
        raise error

    response = respond(get("/", "x.eth.localhost"), Gateway(BLOCKS.get, failing))
    assert response.status == status
    assert str(error) in body(response).decode()


def test_a_codec_that_is_no_file_system_is_offered_as_a_block() -> None:
    blocks = Blocks()
    cid = Cid.make(0x0129, hashlib.sha256(b"\xa0").digest())
    blocks.held[cid] = b"\xa0"
    assert respond(get(f"/ipfs/{cid}"), Gateway(blocks.get)).status == 406
    assert body(respond(get(f"/ipfs/{cid}?format=raw"), Gateway(blocks.get))) == b"\xa0"


def test_bytes_that_are_no_folder_are_an_answer_too() -> None:
    blocks = Blocks()
    for data in (b"", b"\xff", b"\x0a\x02\x08\x63", b"\x12\x7f"):
        cid = Cid.make(Codec.DAG_PB, hashlib.sha256(data).digest())
        blocks.held[cid] = data
        assert respond(get(f"/ipfs/{cid}/"), Gateway(blocks.get)).status in (406, 500)
