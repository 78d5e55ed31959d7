"""Readers: bytes that hash to what was asked for, or an error that says who did not have them."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.errors import BlockMissing, CidMismatch, ConfigError, StoreRefused, StoreUnreachable
from publisher.retrieval.trustless import LARGEST, LONGEST_PAUSE, PAUSE, TooBusy, alive, checked, pause, trustless
from tests.services.kubo import Node
from tests.services.listening import listening

TEXT = b"<p>\xe4\xbd\xa0\xe5\xa5\xbd</p>"
CID = Cid.make(Codec.RAW, sha256(TEXT))


def absent(cid: Cid) -> bytes:
    raise BlockMissing("empty", "nothing is here")


def right(cid: Cid) -> bytes:
    return TEXT


def test_bytes_that_hash_to_the_cid_are_handed_on() -> None:
    assert checked(lambda cid: TEXT, "store")(CID) == TEXT


@pytest.mark.parametrize("data", [b"", TEXT[:-1], TEXT + b"\0", TEXT.replace(b"p", b"q")])
def test_any_other_bytes_are_a_mismatch_in_the_name_of_the_source(data: bytes) -> None:
    with pytest.raises(CidMismatch, match=r"^store: "):
        checked(lambda cid: data, "store")(CID)


def test_an_identity_cid_is_its_own_data_and_nobody_is_asked() -> None:
    assert checked(absent, "store")(Cid(b"\x01\x55\x00\x02hi")) == b"hi"


def test_a_hash_that_we_cannot_compute_is_refused() -> None:
    with pytest.raises(StoreRefused, match="0x1b"):
        checked(right, "store")(Cid(b"\x01\x55\x1b\x20" + bytes(32)))


# Gateways


@contextmanager
def gateway(
    status: int, body: bytes, *, length: int | None = None, location: str = "", retry: str = "", kind: str = ""
) -> Iterator[str]:
    """A server with one answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            if location:
                self.send_header("Location", location)
            if kind:
                self.send_header("Content-Type", kind)
            if retry:
                self.send_header("Retry-After", retry)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with listening(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_real_gateway_gives_the_blocks_that_it_has(kubo: Node) -> None:
    answer = kubo.command("block", "put", "--cid-codec=raw", __file__)
    assert trustless(kubo.gateway)(Cid.parse(answer)) == Path(__file__).read_bytes()
    with pytest.raises(BlockMissing, match="412"):
        trustless(kubo.gateway, local=True)(CID)


def test_whether_a_gateway_is_there(kubo: Node) -> None:
    assert alive(kubo.gateway)()
    assert not alive("http://127.0.0.1:1")()
    with gateway(403, b"") as url:
        assert not alive(url)()


def test_a_gateway_that_lies_is_caught() -> None:
    with gateway(200, b"other bytes") as url, pytest.raises(CidMismatch, match="gateway http://127"):
        trustless(url)(CID)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, BlockMissing), (410, BlockMissing), (412, BlockMissing), (504, BlockMissing),
        (429, StoreUnreachable), (500, StoreUnreachable), (503, StoreUnreachable),
        (403, StoreRefused), (206, StoreRefused),
    ],
)  # fmt: skip
def test_each_status_of_a_gateway_is_one_of_three_errors(status: int, kind: type[Exception]) -> None:
    with gateway(status, TEXT) as url, pytest.raises(kind, match=str(status)):
        trustless(url)(CID)


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_gateway_that_is_blocked_is_told_so(status: int) -> None:
    with gateway(status, TEXT) as url, pytest.raises(StoreRefused, match="refuses to give") as caught:
        trustless(url)(CID)
    assert "another gateway" in caught.value.hint


def test_a_web_page_in_the_place_of_a_block_is_told_as_one_and_not_trusted() -> None:
    page = b"<html>log in first"
    with gateway(200, page, kind="text/html; charset=utf-8") as url, pytest.raises(CidMismatch) as caught:
        trustless(url)(CID)
    assert "web page" in caught.value.hint
    with gateway(200, TEXT, kind="text/html") as url:
        assert trustless(url)(CID) == TEXT  # what it is called does not matter where it is right


def test_why_a_gateway_does_not_answer_is_told() -> None:
    with gateway(302, b"", location="/again") as url, pytest.raises(StoreUnreachable, match="too many redirections"):
        trustless(url)(CID)
    with pytest.raises(StoreUnreachable, match="connection refused"):
        trustless("http://127.0.0.1:1")(CID)
    with pytest.raises(StoreUnreachable, match="no such host"):
        trustless("http://nowhere.invalid")(CID)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(StoreUnreachable, match="time limit reached"):
        trustless(f"http://127.0.0.1:{mute.getsockname()[1]}", timeout=0.2)(CID)
    with gateway(200, TEXT) as url, pytest.raises(StoreUnreachable, match="no secure connection"):
        trustless(url.replace("http:", "https:"))(CID)


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "", PAUSE),
        (429, "7", 7),
        (503, "7", 7),
        (429, "0", 1),
        (429, "99999", LONGEST_PAUSE),
        (429, "soon", PAUSE),
    ],
)
def test_a_gateway_that_is_asked_too_much_says_for_how_long_it_is_to_be_left_in_peace(
    status: int, said: str, seconds: float
) -> None:
    with gateway(status, b"", retry=said) as url, pytest.raises(TooBusy, match=str(status)) as caught:
        trustless(url)(CID)
    assert caught.value.seconds == seconds
    assert (f"in {seconds:.0f} seconds" in caught.value.hint) is (seconds < LONGEST_PAUSE)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:01:00 GMT", 59),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_PAUSE),
        ("²", PAUSE),
        ("9" * 400, LONGEST_PAUSE),
        ("-5", PAUSE),
    ],
)
def test_a_pause_is_a_number_or_a_date_and_never_long(said: str, seconds: float) -> None:
    assert pause({"Retry-After": said}, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_a_gateway_is_read_up_to_the_largest_block(size: int) -> None:
    body = bytes(size)
    with gateway(200, body) as url:
        get = trustless(url)
        if size > LARGEST:
            with pytest.raises(StoreRefused, match="more than"):
                get(Cid.make(Codec.RAW, sha256(body)))
        else:
            assert get(Cid.make(Codec.RAW, sha256(body))) == body


def test_an_answer_that_breaks_off_is_unreachable() -> None:
    with gateway(200, TEXT[:3], length=len(TEXT)) as url, pytest.raises(StoreUnreachable):
        trustless(url)(CID)


def test_a_redirection_to_a_subdomain_is_followed_and_one_without_end_is_not() -> None:
    with gateway(200, TEXT) as there, gateway(301, b"", location=there) as url:
        assert trustless(url)(CID) == TEXT
    with gateway(301, b"", location="/again") as url, pytest.raises(StoreUnreachable):
        trustless(url)(CID)


def test_a_gateway_that_is_down_is_unreachable_and_its_path_is_not_shown() -> None:
    with pytest.raises(StoreUnreachable) as caught:
        trustless("http://127.0.0.1:1/key-in-the-path", timeout=0.5)(CID)
    assert "key-in" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8080", "ftp://host", "http://", "http://[::1", "http://h:99999", "http://h:0"]
)
def test_what_is_no_url_is_told_before_anything_is_read(url: str) -> None:
    with pytest.raises(ConfigError):
        trustless(url)


@pytest.mark.parametrize(
    "url", ["http://me:pass-word@host/x", "https://pass-word@host", "https://host/?token=pass-word"]
)
def test_what_would_not_be_sent_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="host: ") as caught:
        trustless(url)
    assert "pass-word" not in str(caught.value) + caught.value.hint


@contextmanager
def dripping(head: bytes, piece: bytes) -> Iterator[str]:
    """A server that sends a head, and then a little at a time without end."""
    done = Event()

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            line, _ = listening.accept()
            with line:
                line.recv(1 << 16)
                line.sendall(head)
                while not done.wait(0.05):
                    line.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b"H"),
    ],
    ids=["body", "chunks", "headers", "status"],
)
def test_a_gateway_that_sends_a_byte_at_a_time_is_given_up_after_the_whole_time(head: bytes, piece: bytes) -> None:
    with dripping(head, piece) as url:
        begun = time.monotonic()
        with pytest.raises(StoreUnreachable):
            trustless(url, timeout=5, total_timeout=0.7)(CID)
        assert 0.6 < time.monotonic() - begun < 4


def test_a_proxy_is_gone_through() -> None:
    with gateway(200, TEXT) as proxy:
        assert trustless("http://nowhere.invalid", proxy=proxy)(CID) == TEXT
