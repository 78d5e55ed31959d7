"""Tags, conditions, ranges, and how long an answer may be kept: tables, without a socket."""

import pytest

from publisher.gateway import conditional
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.respond import respond
from tests.gateway.asking import BLOCKS, DOCS, FOR_EVER, NAMES, ORIGIN, ROOT, ask, cid_of
from tests.gateway.sites import DIGITS, Blocks, body, get


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
    [('"{tag}"', 200), ('"x", "{tag}"', 200), ("*", 200), ('"x"', 412), ('W/"{tag}"', 412), ("{tag}", 412), ("", 200)],
)
def test_who_wants_what_he_knows_or_nothing_gets_that(asked: str, status: int) -> None:
    asked = asked.replace("{tag}", str(cid_of(DIGITS)))
    for method in ("GET", "HEAD"):
        for more in ({}, {"if_none_match": "*"}):
            response = ask(f"/ipfs/{ROOT}/plain/digits.txt", method=method, if_match=asked, **more)
            assert response.status == (304 if more and status == 200 else status)
    assert ask(f"/ipfs/{ROOT}/absent", if_match=asked).status == 404


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
    always = Gateway(PlainReader(BLOCKS.get), NAMES.get, name_seconds=0)
    assert respond(get("/", "demo.eth.localhost"), always).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("header", "tag", "names", "holds"),
    [
        (' "a" ', '"a"', True, False),
        ('"a"', '"a"', True, True),
        ('"a"', 'W/"a"', True, False),
        ('W/"a"', 'W/"a"', True, False),  # a CAR's: the same blocks, perhaps in another order
        (" * ", '"a"', True, False),
        ("", '"a"', False, True),
    ],
)
def test_a_weak_tag_is_good_for_a_condition_and_never_for_a_range(
    header: str, tag: str, names: bool, holds: bool
) -> None:
    assert (conditional.matches(header, tag), conditional.same(header, tag)) == (names, holds)


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
        ("bytes=5-4", 200, None, DIGITS),
        ("bytes=abc", 200, None, DIGITS),
        ("bytes=1-2,x", 200, None, DIGITS),
        ("bytes=", 200, None, DIGITS),
        ("bytes=-", 200, None, DIGITS),
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


def test_a_range_needs_no_block_outside_of_it() -> None:
    blocks = Blocks()
    data = bytes(5 << 20)
    root = blocks.add({"big.bin": data + b"end"})
    last = cid_of(b"end")
    lost = cid_of(bytes(1 << 20))
    del blocks.held[lost]
    assert last in blocks.held
    assert body(respond(get(f"/ipfs/{root}/big.bin", range="bytes=-3"), Gateway(PlainReader(blocks.get)))) == b"end"
