"""The page of a folder: what tools find in it, and that it is whole and harmless."""

import re
from html.parser import HTMLParser

import pytest

from publisher.dag import dag_pb, tree, unixfs
from publisher.dag.unixfs import MODERN, Link, seal
from publisher.gateway import listing
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.respond import respond
from tests.gateway.sites import Blocks, body, get

TEXT = "zażółć".encode()
BLOCKS = Blocks()
ROOT = BLOCKS.add({"ą/ę/file-źł.txt": TEXT, 'ą/ę/<b>&".txt': b"x", "ipfs/ipns/bar": b"text", "empty/": b""})
FILE = unixfs.add_file([TEXT], MODERN, BLOCKS.emit).cid
NAMES = {"site.example": ROOT, "demo.eth": ROOT}
GATEWAY = Gateway(
    PlainReader(BLOCKS.get), NAMES.get, frozenset({"site.example"}), subdomains=frozenset({"gate.example"})
)
DEEP = "/%C4%85/%C4%99/"


def page(path: str, host: str) -> str:
    response = respond(get(path, host), GATEWAY)
    assert response.status == 200
    return body(response).decode()


def marks(space: str, top: str, root: str, base: str, cid: str) -> list[str]:
    """What tools look for: the crumbs, the way up, an entry, the link of its hash."""
    return [
        f'{space}<a href="{top}{"" if root.startswith("b") else "/"}">{root}</a>/<a href="{top}/%C4%85">ą</a>/'
        f'<a href="{top}/%C4%85/%C4%99">ę</a>',
        f'<a href="{base}/%C4%85/%C4%99/..">..</a>',
        f'<a href="{base}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>',
        f'<a class="ipfs-hash" translate="no" href="{cid}">',
    ]


NAMED = "?filename=file-%25C5%25BA%25C5%2582.txt"
PATH = marks("/ipfs/", f"/ipfs/{ROOT}", str(ROOT), f"/ipfs/{ROOT}", f"/ipfs/{FILE}{NAMED}")
SUBDOMAIN = marks("/ipfs/", f"//gate.example:80/ipfs/{ROOT}", str(ROOT), "", f"//gate.example:80/ipfs/{FILE}{NAMED}")
EXPLORER = f'https://cid.ipfs.tech/#{FILE}" target="_blank" rel="noreferrer noopener'
DNSLINK = marks("/ipns/", "//site.example:80", "site.example", "", EXPLORER)


@pytest.mark.parametrize(
    ("host", "base", "wanted"),
    [
        ("127.0.0.1", f"/ipfs/{ROOT}", PATH),
        (f"{ROOT}.ipfs.gate.example:80", "", SUBDOMAIN),
        ("site.example:80", "", DNSLINK),
    ],
)
def test_where_a_listing_leads(host: str, base: str, wanted: list[str]) -> None:
    text = page(base + DEEP, host)
    assert "Index of" in text
    for mark in wanted:
        assert mark in text
    assert '">..</a>' not in page(base + "/", host)


def test_a_name_on_its_own_label_leads_on_by_the_gateway() -> None:
    text = page("/%C4%85/", "demo-eth.ipns.gate.example")
    assert '/ipns/<a href="//gate.example/ipns/demo.eth">demo.eth</a>/' in text
    assert '<a href="//demo.eth.localhost:9/">demo.eth</a>' in page("/", "demo.eth.localhost:9")


class Tags(HTMLParser):
    """Every tag, and what attributes it has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_name_is_text_whatever_it_says() -> None:
    parser = Tags()
    parser.feed(page(f"/ipfs/{ROOT}{DEEP}", "127.0.0.1"))
    assert {tag for tag, _ in parser.seen} <= {"html", "meta", "title", "style", "h1", "a", "div", "table", "tr", "td"}
    assert f"/ipfs/{ROOT}{DEEP}%3Cb%3E&%22.txt" in [attrs.get("href") for _, attrs in parser.seen]


def test_a_listing_runs_and_loads_nothing() -> None:
    headers = respond(get(f"/ipfs/{ROOT}/"), GATEWAY).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["Referrer-Policy"], headers["X-Content-Type-Options"]) == ("no-referrer", "nosniff")
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("tag", [f'"{ROOT}"', f'W/"{ROOT}"', "{own}", "W/{own}", '"a", {own}', "*"])
def test_who_has_the_folder_has_its_listing(tag: str) -> None:
    own = respond(get(f"/ipfs/{ROOT}/"), GATEWAY).headers["ETag"]
    assert respond(get(f"/ipfs/{ROOT}/", if_none_match=tag.replace("{own}", own)), GATEWAY).status == 304


@pytest.mark.parametrize("tag", [f'"{FILE}"', '"DirIndex-0_CID-x"', "x", ""])
def test_who_has_another_has_not(tag: str) -> None:
    assert respond(get(f"/ipfs/{ROOT}/", if_none_match=tag), GATEWAY).status == 200


def test_entries_are_in_the_order_of_their_names_and_of_bytes_that_are_no_utf_8() -> None:
    blocks = Blocks()
    leaf = unixfs.add_file([b"x"], MODERN, blocks.emit)
    names = [b"a", b"B", b"\xff\xfe", "中".encode()]
    links = b"".join(dag_pb.encode_link(name, leaf.cid.raw, leaf.size) for name in names)
    root = seal(links + dag_pb.encode_data(b"\x08\x01"), 4, MODERN, blocks.emit).cid
    text = body(respond(get(f"/ipfs/{root}/"), Gateway(PlainReader(blocks.get)))).decode()
    assert re.findall(r'href="[^"]*/([^"/?]*)">[^<…]*<', text)[1:] == ["B", "a", "%E4%B8%AD", "%FF%FE"]


@pytest.mark.parametrize("extra", [0, 1])
def test_a_list_is_cut_where_nobody_reads_on(extra: int) -> None:
    blocks = Blocks()
    leaf = Link(FILE, 1)
    root = tree.add_folder({f"{n:06}": leaf for n in range(listing.LONGEST + extra)}, MODERN, blocks.emit).cid
    text = body(respond(get(f"/ipfs/{root}/"), Gateway(PlainReader(blocks.get)))).decode()
    assert text.count('class="ipfs-hash" translate="no" href') == listing.LONGEST
    assert ("the list is cut after 20,000 entries" in text) == bool(extra)


def test_a_shard_that_is_missing_is_told_before_the_status_goes_out() -> None:
    blocks = Blocks()
    root = tree.add_folder({f"{n:06}-{'x' * 60}": Link(FILE, 1) for n in range(5000)}, MODERN, blocks.emit).cid
    del blocks.held[next(cid for cid in blocks.held if cid != root)]
    assert respond(get(f"/ipfs/{root}/"), Gateway(PlainReader(blocks.get))).status == 404


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (10_400, "10 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3.0 TB")],
)
def test_a_size_is_for_people(count: int, said: str) -> None:
    assert listing.size(count) == said


def test_numbers_in_names_count_as_people_count() -> None:
    wanted = ["a", "a1", "a2", "a010", "a11", f"b{'9' * 30}", f"b1{'0' * 30}", "第1章", "第2章", "第10章"]
    blocks = Blocks()
    root = blocks.add(dict.fromkeys(reversed(wanted), b""))
    text = body(respond(get(f"/ipfs/{root}/"), Gateway(PlainReader(blocks.get)))).decode()
    assert re.findall(r'<a href="[^"]*">([^<]*)</a><td>', text) == wanted


def test_the_title_is_readable_and_an_empty_folder_says_so() -> None:
    blocks = Blocks()
    root = blocks.add({"文章/a<b/x": b"x", "empty/": b""})
    gateway = Gateway(PlainReader(blocks.get))
    title = body(respond(get(f"/ipfs/{root}/%E6%96%87%E7%AB%A0/a%3Cb/"), gateway)).decode()
    assert f"<title>/ipfs/{root}/文章/a&lt;b/</title>" in title
    assert b"this folder is empty" in body(respond(get(f"/ipfs/{root}/empty/"), gateway))
    assert "this folder is empty" not in title
