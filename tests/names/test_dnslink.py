"""DNSLink, asked of a real name server: what a host name shows, and everything that may be wrong with it."""

import time
from collections.abc import Iterator

import dns.exception
import dns.message
import dns.query
import dns.resolver
import dns.tsig
import pytest

from publisher.errors import ConfigError, NameUnusable, NamingError, RpcError
from publisher.names import dnslink
from publisher.names.dnslink import DEEPEST, LATEST, PATIENCE, SOONEST, DnsLink, TxtAnswer, choose, follow, txt_resolver
from tests.services.names import REFUSED, SERVFAIL, SILENT, NameServer, name_server

ROOT = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
OTHER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
KEY = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"


@pytest.fixture
def server() -> Iterator[NameServer]:
    with name_server(site__example=[f"dnslink=/ipfs/{ROOT}"]) as served:
        yield served


def look(server: NameServer, host: str) -> DnsLink:
    return follow(host, txt_resolver(("127.0.0.1", server.port)))


@pytest.mark.parametrize("host", ["site.example", "SITE.Example", "site.example."])
def test_a_host_shows_what_its_record_says_for_as_long_as_it_says(server: NameServer, host: str) -> None:
    assert look(server, host) == DnsLink(f"/ipfs/{ROOT}", 300)
    assert server.asked == ["_dnslink.site.example"]


def test_names_of_other_scripts_are_asked_for_as_dns_writes_them(server: NameServer) -> None:
    server.records["_dnslink.xn--fsqu00a.xn--0zwm56d"] = [f"dnslink=/ipfs/{ROOT}"]
    assert look(server, "例子.测试").path == look(server, "xn--fsqu00a.xn--0zwm56d").path == f"/ipfs/{ROOT}"


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        ([f"dnslink=/ipfs/{ROOT}/docs/a b"], f"/ipfs/{ROOT}/docs/a b"),
        ([f"dnslink=/ipfs/{ROOT}/"], f"/ipfs/{ROOT}"),
        ([f"dnslink=/ipns/{KEY}"], f"/ipns/{KEY}"),
        (["dnslink=/ipns/some.eth/x"], "/ipns/some.eth/x"),
        # The order of DNS means nothing: sorted, and so /ipfs/ first.
        ([f"dnslink=/ipns/{KEY}", f"dnslink=/ipfs/{ROOT}", f"dnslink=/ipfs/{OTHER}"], f"/ipfs/{OTHER}"),
        ([f"dnslink=/ipfs/{OTHER}", f"dnslink=/ipfs/{ROOT}"], f"/ipfs/{OTHER}"),
        # What is none is passed over.
        (["v=spf1 -all", "dnslink=/ipfs/", "dnslink=/ipfs/abc", f"dnslink=/ipfs/{ROOT}"], f"/ipfs/{ROOT}"),
        (["dnslink=/ipns/", "dnslink=/hyper/abc", "dnslink=ipfs", "dnslink="], ""),
        ([f"DNSLINK=/ipfs/{ROOT}", f" dnslink=/ipfs/{ROOT}", f"dnslink=/ipfs/{ROOT}\x07", "dnslink=/ipns/\xe9"], ""),
        ([], ""),
    ],
)
def test_which_of_several_records_counts(texts: list[str], path: str) -> None:
    assert choose(texts) == choose(reversed(texts)) == path


def test_a_record_longer_than_a_packet_comes_whole(server: NameServer) -> None:
    folder = "/".join(["folder"] * 100)
    server.records["_dnslink.long.example"] = [f"dnslink=/ipfs/{ROOT}/{folder}"]
    assert look(server, "long.example").path == f"/ipfs/{ROOT}/{folder}"
    assert server.by_tcp == 1


def test_a_name_that_leads_to_a_name_is_followed_with_its_path(server: NameServer) -> None:
    server.records["_dnslink.www.example"] = ["dnslink=/ipns/Docs.example/zh"]
    server.records["_dnslink.docs.example"] = [f"dnslink=/ipfs/{ROOT}/docs"]
    assert look(server, "www.example").path == f"/ipfs/{ROOT}/docs/zh"


@pytest.mark.parametrize("said", [[], ["v=spf1 -all"], None])
def test_a_host_without_a_record_shows_nothing_which_is_no_error(server: NameServer, said: list[str] | None) -> None:
    if said is not None:
        server.records["_dnslink.bare.example"] = said
    assert look(server, "bare.example") == DnsLink("", SOONEST)


@pytest.mark.parametrize(
    ("said", "told", "patience"),
    [(SERVFAIL, "refuse to answer", 20), (REFUSED, "refuse to answer", 20), (SILENT, "answered", 0.5)],
)
def test_a_server_that_fails_is_told(server: NameServer, said: int, told: str, patience: float) -> None:
    server.records["_dnslink.bad.example"] = int(said)
    begun = time.monotonic()
    with pytest.raises(RpcError, match=told) as caught:
        follow("bad.example", lambda name, _: txt_resolver(("127.0.0.1", server.port))(name, patience))
    assert "--dns" in caught.value.hint
    assert time.monotonic() - begun < patience + 2.5


def test_names_that_lead_in_a_circle_are_left(server: NameServer) -> None:
    server.records["_dnslink.a.example"] = ["dnslink=/ipns/b.example"]
    server.records["_dnslink.b.example"] = ["dnslink=/ipns/A.example/x"]
    with pytest.raises(NameUnusable, match=r"leads back to a\.example"):
        look(server, "a.example")
    assert len(server.asked) == 2


@pytest.mark.parametrize(("hops", "found"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_names_are_followed_so_far(hops: int, found: bool) -> None:
    def ask(name: str, seconds: float) -> TxtAnswer:
        number = int(name.split(".")[1])
        return TxtAnswer((f"dnslink=/ipfs/{ROOT}" if number == hops else f"dnslink=/ipns/{number + 1}.example",), 100)

    if found:
        assert follow("1.example", ask).path == f"/ipfs/{ROOT}"
    else:
        with pytest.raises(NameUnusable, match=f"longer than {DEEPEST}"):
            follow("1.example", ask)


@pytest.mark.parametrize(
    ("ttls", "seconds"),
    [((0, 500), SOONEST), ((61, 500), 61), ((500, 61), 61), ((7200, 9000), LATEST), ((59, 59), SOONEST)],
)
def test_an_answer_counts_as_long_as_the_shortest_lived_of_its_records(ttls: tuple[int, int], seconds: float) -> None:
    said = {
        "_dnslink.a.example": TxtAnswer(("dnslink=/ipns/b.example",), ttls[0]),
        "_dnslink.b.example": TxtAnswer((f"dnslink=/ipfs/{ROOT}",), ttls[1]),
    }
    assert follow("a.example", lambda name, _: said[name]).seconds == seconds


def test_there_is_one_patience_for_a_name_and_all_that_it_leads_on_to() -> None:
    now, left = [0.0], []

    def ask(name: str, seconds: float) -> TxtAnswer:
        left.append(seconds)
        now[0] += 7
        number = int(name.split(".")[1])
        return TxtAnswer((f"dnslink=/ipns/{number + 1}.example" if number < 3 else f"dnslink=/ipfs/{ROOT}",), 100)

    follow("1.example", ask, lambda: now[0])
    assert left == [PATIENCE, PATIENCE - 7, 0.1]


@pytest.mark.parametrize(
    "host",
    ["", ".", "nodots", "a..example", "a b.example", r"a\046b.example", "x@y.example", "*.example", "a/b.example"],
)
def test_what_is_no_name_is_asked_of_nobody(server: NameServer, host: str) -> None:
    for wrong in (host, f"例{host}" if ".." in host else f"{'x' * 64}.example", "a." * 130 + "example"):
        with pytest.raises(NameUnusable):
            look(server, wrong)
    assert server.asked == []


def kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


@pytest.mark.parametrize("kind", sorted({*kinds(dns.exception.DNSException), OSError, UnicodeError}, key=str))
def test_every_fault_of_the_library_is_one_of_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    told = dnslink.translate(error, "x.example")
    assert isinstance(told, NamingError)
    assert told.hint
    assert "x.example" in str(told) or "no DNS server" in str(told)


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]", "2001:db8::1", 53),
        ("[2001:DB8::1]:5353", "2001:db8::1", 5353),
    ],
)
def test_where_a_name_server_is(text: str, address: str, port: int) -> None:
    assert dnslink.server(text) == (address, port)


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:0", "192.0.2.1:65536", "1.2.3", "https://x", "[::1]:"])
def test_where_no_name_server_is(text: str) -> None:
    with pytest.raises(ConfigError, match="not the address of a DNS server"):
        dnslink.server(text)
