"""Names, keys and hosts: which site a request means where a CID is not all that is said."""

import re
from urllib.parse import quote

import pytest

from publisher.dag.cid import Cid
from publisher.errors import NameUnusable
from publisher.gateway import subdomains
from publisher.gateway.context import ANY, Gateway, PlainReader
from publisher.gateway.message import Request, Response
from publisher.gateway.respond import respond
from tests.gateway.sites import SITE, Blocks, body, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": b"/old /docs/\n/* /404.html 404\n"})
OTHER = BLOCKS.add({"index.html": b"<h1>other</h1>"})
KEY = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"
HELD, RSA = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK", "QmcJM7PRfkSbcM5cf1QugM5R37TLRKyJGgBEhXjLTB8uA2"
NAMES = {
    "demo.eth": ROOT,
    "en.wikipedia-on-ipfs.org": ROOT,
    "my-site": OTHER,
    "blog.example.org": OTHER,
    "gate.example": OTHER,
    "文章.eth": OTHER,
}
HOSTS = frozenset({"blog.example.org", "plain.example"})
GATEWAY = Gateway(
    PlainReader(BLOCKS.get), NAMES.get, HOSTS, subdomains=frozenset({"gate.example"}), trusted=frozenset({"10.0.0.1"})
)
PATH, LOCAL, PUBLIC = "127.0.0.1:8080", "localhost:8080", "gate.example"


def ask(path: str, host: str = PATH, peer: str = "", **headers: str) -> Response:
    asked = get(path, host, **headers)
    return respond(Request(asked.method, asked.host, asked.path, asked.query, asked.headers, peer), GATEWAY)


@pytest.mark.parametrize(
    ("host", "path", "says"),
    [
        (PATH, "/ipns/demo.eth/", b"<h1>home</h1>"),
        (PATH, "/ipns/DEMO.eth/plain/digits.txt", b"0123456789"),
        (PATH, "/ipns/%E6%96%87%E7%AB%A0.eth/", b"<h1>other</h1>"),
        ("demo.eth.localhost", "/", b"<h1>home</h1>"),
        ("demo-eth.ipns.localhost:8080", "/docs/", b"<h1>docs</h1>"),
        ("demo.eth.ipns.localhost:8080", "/docs/", b"<h1>docs</h1>"),
        ("en-wikipedia--on--ipfs-org.ipns.gate.example", "/docs/", b"<h1>docs</h1>"),
        ("EN-Wikipedia--on--IPFS-org.ipns.Gate.example", "/docs/", b"<h1>docs</h1>"),
        ("my-site.ipns.localhost", "/", b"<h1>other</h1>"),
        ("blog.example.org", "/", b"<h1>other</h1>"),
        ("gate.example", "/", b"<h1>other</h1>"),
        (f"{ROOT}.ipfs.gate.example", "/docs/", b"<h1>docs</h1>"),
    ],
)
def test_a_site_by_its_name(host: str, path: str, says: bytes) -> None:
    response = ask(path, host)
    assert (response.status, body(response)) == (200, says)


@pytest.mark.parametrize(
    ("host", "path", "status", "location"),
    [
        (LOCAL, "/ipns/demo.eth/docs?x", 301, "http://demo-eth.ipns.localhost:8080/docs?x"),
        (LOCAL, "/ipns/en.wikipedia-on-ipfs.org/", 301, "http://en-wikipedia--on--ipfs-org.ipns.localhost:8080/"),
        (LOCAL, "/ipns/%E6%96%87%E7%AB%A0.eth/x", 301, "http://xn--7dv288b.eth.ipns.localhost:8080/x"),
        (LOCAL, "/ipns/www.%E6%96%87%E7%AB%A0.eth/", 301, "http://www-xn----7dv288b-eth.ipns.localhost:8080/"),
        (PUBLIC, "/ipns/demo.eth", 301, "http://demo-eth.ipns.gate.example/"),
        (PUBLIC, f"/ipfs/{ROOT}/docs?x", 301, f"http://{ROOT}.ipfs.gate.example/docs?x"),
        (PATH, f"/ipns/{HELD}/x?y", 302, f"/ipns/{KEY}/x?y"),
        (LOCAL, f"/ipns/{HELD}", 301, f"http://{KEY}.ipns.localhost:8080/"),
        (PUBLIC, f"/ipns/{KEY}/x", 301, f"http://{KEY}.ipns.gate.example/x"),
        (PATH, f"/ipns/{RSA}/", 302, "/ipns/k2k4r8ol4m8kkcqz509c1rcjwunebj02gcnm5excpx842u736nja8ger/"),
        (PATH, "/ipns/demo.eth/docs?x", 301, "/ipns/demo.eth/docs/?x"),
        ("demo-eth.ipns.localhost", "/docs", 301, "/docs/"),
        ("demo-eth.ipns.localhost", "/old", 301, "/docs/"),
        (PATH, "/ipfs/?uri=ipns%3A%2F%2Fdemo.eth%2Fa%20b", 301, "/ipns/demo.eth/a%20b"),
        (PATH, f"/ipfs/ipns/{KEY}?x", 301, f"/ipns/{KEY}?x"),
    ],
)
def test_the_one_address_of_a_name(host: str, path: str, status: int, location: str) -> None:
    response = ask(path, host)
    assert (response.status, response.headers.get("Location")) == (status, location)


@pytest.mark.parametrize(
    ("host", "path", "status", "says"),
    [
        (PATH, f"/ipns/{KEY}/", 501, "key of IPNS"),
        (PATH, f"/ipns/{KEY}?format=ipns-record", 406, "ipns-record is not offered"),
        (f"{KEY}.ipns.localhost", "/", 501, "key of IPNS"),
        (PATH, "/ipns/nobody.eth/", 404, "nobody.eth"),
        ("nobody-eth.ipns.gate.example", "/", 404, "nobody.eth"),
        (PATH, "/ipns/", 400, "/ipns/NAME/"),
        (PATH, "/ipns/?uri=http%3A%2F%2Fx", 400, "ipfs:// or ipns://"),
        (PATH, "/ipns/?uri=ipfs%3A%2F%2F%5Bx", 400, "address"),
        (PATH, f"/ipns/{'a.' * 127}eth", 400, "253"),
        (LOCAL, f"/ipns/{'a.' * 40}eth", 400, "length limit of 63"),
        (f"{'a.' * 40}ipns.localhost", "/", 404, "nothing is known"),
        ("plain.example", "/", 404, "/ipfs/CID/"),
        ("x.gate.example", "/", 403, "x.gate.example"),
        ("evil.example", "/ipns/demo.eth/", 403, "evil.example"),
        (f"{ROOT}.ipfs.plain.example", "/", 403, "plain.example"),
        (PATH, "/ipns/demo.eth/absent", 404, "absent"),
    ],
)
def test_refusals_say_why(host: str, path: str, status: int, says: str) -> None:
    response = ask(path, host)
    assert response.status == status
    assert says in body(response).decode()


def test_redirects_count_where_a_name_has_an_origin_of_its_own() -> None:
    for host in ("demo.eth.localhost", "demo-eth.ipns.localhost", "demo-eth.ipns.gate.example"):
        response = ask("/absent", host)
        assert (response.status, body(response)) == (404, b"<h1>not here</h1>")
        assert "immutable" not in response.headers["Cache-Control"]
    assert body(ask("/ipns/demo.eth/absent")) != b"<h1>not here</h1>"


@pytest.mark.parametrize(
    ("host", "path", "told"),
    [
        (PATH, "/ipns/demo.eth/docs/", "/ipns/demo.eth/docs/"),
        ("demo-eth.ipns.localhost", "/docs/", "/ipns/demo.eth/docs/"),
        ("my-site.ipns.localhost", "/", "/ipns/my-site/"),
        ("blog.example.org:443", "/", "/ipns/blog.example.org/"),
        (f"{ROOT}.ipfs.gate.example", "/docs/", f"/ipfs/{ROOT}/docs/"),
    ],
)
def test_what_was_asked_is_told_by_its_path(host: str, path: str, told: str) -> None:
    response = ask(path, host)
    assert response.headers["X-Ipfs-Path"] == told
    assert response.headers["Cache-Control"].startswith(
        "public, max-age=60" if "ipns" in told else "public, max-age=29"
    )


@pytest.mark.parametrize(
    ("peer", "scheme", "host"),
    [("10.0.0.1", "https", "gate.example"), ("10.0.0.2", "http", "localhost"), ("", "http", "localhost")],
)
def test_a_proxy_is_believed_when_it_is_trusted(peer: str, scheme: str, host: str) -> None:
    response = ask(
        f"/ipfs/{ROOT}/", "localhost", peer, x_forwarded_host="gate.example, a.example", x_forwarded_proto="https"
    )
    assert response.headers["Location"] == f"{scheme}://{ROOT}.ipfs.{host}/"


def test_behind_tls_a_name_is_one_label() -> None:
    response = ask("/x?y", "a-b.eth.ipns.gate.example", "10.0.0.1", x_forwarded_proto="https")
    assert response.headers["Location"] == "https://a--b-eth.ipns.gate.example/x?y"


def test_a_client_may_take_the_gateway_for_its_proxy() -> None:
    response = ask(f"http://{ROOT}.ipfs.gate.example/docs/")
    assert (response.status, body(response)) == (200, b"<h1>docs</h1>")
    assert ask("http://demo.eth.localhost").status == 200
    for path in ("ftp://demo.eth.localhost/", "x", "", "http:", "*"):
        assert ask(path).status == 400


def test_a_public_gateway_may_serve_every_host() -> None:
    open_to_all = Gateway(PlainReader(BLOCKS.get), NAMES.get, frozenset({ANY}))
    assert body(respond(get("/", "en.wikipedia-on-ipfs.org"), open_to_all)) == b"<h1>home</h1>"
    assert respond(get(f"/ipfs/{ROOT}/", "any.example"), open_to_all).status == 200


def test_a_name_that_cannot_be_resolved_says_so() -> None:
    def failing(name: str) -> Cid | None:
        raise NameUnusable(name, "its record is no root")

    response = respond(get("/ipns/demo.eth/"), Gateway(PlainReader(BLOCKS.get), failing))
    assert (response.status, "no root" in body(response).decode()) == (404, True)


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("demo-eth", ("demo.eth", "demo-eth")),
        ("en-wikipedia--on--ipfs-org", ("en.wikipedia-on-ipfs.org", "en-wikipedia--on--ipfs-org")),
        ("a---b", ("a-.b", "a---b")),
        ("a--b", ("a-b", "a--b")),
        ("blog", ("blog",)),
        ("demo.eth", ("demo.eth",)),
    ],
)
def test_what_a_label_stands_for(label: str, names: tuple[str, ...]) -> None:
    assert subdomains.names(label) == names


@pytest.mark.parametrize("name", ["demo.eth", "en.wikipedia-on-ipfs.org", "a-b--c.d-.e", "x"])
def test_a_name_survives_its_label(name: str) -> None:
    assert subdomains.names(subdomains.of_name(name))[0] == name


def test_the_codec_of_a_key_says_nothing() -> None:
    digest = b"\x12\x20" + bytes(range(32))
    forms = [b"\x01\x72", b"\x01\x70", b"\x01\x55", b"\x01\xa9\x02"]
    assert {subdomains.key(str(Cid(form + digest))) for form in forms} == {Cid(b"\x01\x72" + digest)}
    assert subdomains.key(str(Cid(digest))) == Cid(b"\x01\x72" + digest)


@pytest.mark.parametrize(
    "text", [HELD, KEY, f"{ROOT}", "bafzaajaiaejcbzdibmxyzdjbbehgvizh6g5tikvy47mshdy6gwbruvgwvd24seje"]
)
def test_a_key_in_any_form_is_one_key(text: str) -> None:
    key = subdomains.key(text)
    assert key is not None
    assert subdomains.key(key.base36()) == key
    assert subdomains.key(str(key)) == key


@pytest.mark.parametrize("text", ["demo.eth", "blog", "my-site", "Qm", "1", "12D3KooW", "k", "b", "z" * 200, "1" * 200])
def test_a_name_is_no_key(text: str) -> None:
    assert subdomains.key(text) is None


@pytest.mark.parametrize(("scope", "status"), [("", 400), ("/", 200), ("/plain/digits.txt", 200)])
def test_no_worker_may_serve_all_sites_of_a_path_gateway(scope: str, status: int) -> None:
    assert ask(f"/ipfs/{ROOT}{scope}", service_worker="script").status == status


NO_NAMES = [
    *("xn--a@evil.com%23", "[v6]%23", "%5B::1%5D", "3405803781%23", "a%0ab.example", "a%0d%0aSet-Cookie:x", "a%09b"),
    *(
        "evil.com%3F",
        "evil.com%5C",
        "user:pw@evil.com",
        "evil.com:80",
        "a%20b.example",
        "a%22b",
        "a%3Cb",
        "%7F",
        "a%25b",
    ),
    *("3405803781", "127.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001", "1.0x", "a.1", "127.1.", "a..b", ".a", "-%00"),
    *("%E4%B8%AD@evil.com%23", "xn--%E4%B8%AD@x", "%E4%B8%AD..eth", "a%5Cb.example", "a%7Cb", "a%5Eb"),
]


@pytest.mark.parametrize("host", [PATH, LOCAL, PUBLIC])
@pytest.mark.parametrize("name", NO_NAMES)
def test_what_no_host_can_be_called_leads_to_none_and_is_asked_of_nobody(host: str, name: str) -> None:
    asked: list[str] = []

    def resolve(name: str) -> Cid | None:
        asked.append(name)
        return None

    gateway = Gateway(PlainReader(BLOCKS.get), resolve, subdomains=frozenset({PUBLIC}))
    response = respond(get(f"/ipns/{name}/x", host), gateway)
    assert (response.status, response.headers.get("Location")) == (400, None)
    assert not asked


@pytest.mark.parametrize("host", ["a#b", "a?b", "a\\b", "a b", "a%b", 'a"b', "a<b", "a@b", "a\x01b", "é", "[x]", "a:b"])
@pytest.mark.parametrize("zone", ["", ".localhost", ".ipns.localhost", ".ipfs.gate.example"])
def test_a_host_with_other_characters_is_none(host: str, zone: str) -> None:
    for headers in ({}, {"x_forwarded_host": f"{host}{zone}"}):
        asked = PATH if headers else f"{host}{zone}"
        response = ask("/ipns/demo.eth", asked, "10.0.0.1", **headers)
        assert (response.status, response.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    "name", ["a_b.example", "$x.eth", "demo.eth.", "xn--fiq228c.example", "1.eth", "0x7f.eth", "-a"]
)
def test_a_name_that_a_host_can_have_is_looked_up(name: str) -> None:
    assert ask(f"/ipns/{name}/").status in (200, 404)
    location = ask(f"/ipns/{name}/x", LOCAL).headers["Location"]
    assert re.fullmatch(r"http://[a-z0-9_$.-]+\.ipns\.localhost:8080/x", location)


def test_no_part_of_a_name_that_stays_in_several_labels_is_too_long() -> None:
    assert ask(f"/ipns/xn--a.{'b' * 63}.eth", LOCAL).status == 301
    assert ask(f"/ipns/xn--a.{'b' * 64}.eth", LOCAL).status == 400


@pytest.mark.parametrize("label", ["a-", "-a", "a---", "-"])
def test_a_label_stands_for_no_name_with_an_empty_part(label: str) -> None:
    asked: list[str] = []

    def resolve(name: str) -> Cid | None:
        asked.append(name)
        return None

    respond(get("/", f"{label}.ipns.localhost"), Gateway(PlainReader(BLOCKS.get), resolve))
    assert asked
    assert all(subdomains.is_name(name) for name in asked)


@pytest.mark.parametrize("uri", ["ipfs://a%5C%5Cevil.example", "ipns://evil.example%5C..%5C..", "ipfs://x/%5C/y?%5C"])
def test_an_address_of_another_scheme_stays_on_this_host(uri: str) -> None:
    location = ask(f"/ipfs/?uri={quote(uri.replace('%5C', chr(92)), safe='')}").headers["Location"]
    assert location.startswith(("/ipfs/", "/ipns/"))
    assert chr(92) not in location
