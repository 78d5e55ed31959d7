"""Errors as people see them in a browser, and as programs get them."""

import re

import pytest

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch, PublishError, StoreUnreachable
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.error_page import dressed
from publisher.gateway.message import Response, plain
from publisher.gateway.respond import respond
from tests.gateway.sites import SITE, Blocks, body, get

BLOCKS = Blocks()
ROOT = BLOCKS.add({**SITE, "_redirects": b"/gone /plain/digits.txt 410\n/* /404.html 404\n"})
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
ORIGIN = f"{ROOT}.ipfs.localhost"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_gets_a_page_and_a_program_a_sentence(method: str) -> None:
    path = f"/ipfs/{ROOT}/<b>&"
    page = respond(get(path, method=method, accept=BROWSER), Gateway(PlainReader(BLOCKS.get)))
    text = respond(get(path, method=method), Gateway(PlainReader(BLOCKS.get)))
    assert (page.status, text.status) == (404, 404)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert page.headers["Vary"] == text.headers["Vary"] == "Accept"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    whole = body(respond(get(path, accept=BROWSER), Gateway(PlainReader(BLOCKS.get)))).decode()
    assert page.headers["Content-Length"] == str(len(whole.encode()))
    assert "<h1>Nothing is here.</h1>" in whole
    assert "&lt;b&gt;&amp;" in whole
    assert "<b>" not in whole
    assert body(page) == (b"" if method == "HEAD" else whole.encode())


@pytest.mark.parametrize(
    ("error", "status"), [(CidMismatch("node", "lies"), 502), (StoreUnreachable("node", "slow", hint="wait"), 504)]
)
def test_what_may_be_better_soon_can_be_tried_again(error: PublishError, status: int) -> None:
    def failing(cid: Cid) -> bytes:
        raise error

    page = respond(get(f"/ipfs/{ROOT}/", accept=BROWSER), Gateway(PlainReader(failing)))
    said = body(page).decode()
    assert (page.status, '<a href="">Try again</a>' in said, error.message in said) == (status, True, True)
    assert "Try again" not in body(respond(get("/ipfs/x", accept=BROWSER), Gateway(PlainReader(failing)))).decode()


def test_the_pages_of_a_site_and_all_that_is_no_error_stay_as_they_are() -> None:
    gateway = Gateway(PlainReader(BLOCKS.get))
    for path, status, said in (("/absent", 404, b"<h1>not here</h1>"), ("/gone", 410, b"0123456789")):
        answer = respond(get(path, ORIGIN, accept=BROWSER), gateway)
        assert (answer.status, body(answer), "Vary" in answer.headers) == (status, said, False)
    moved = respond(get(f"/ipfs/{ROOT}", accept=BROWSER), gateway)
    assert (moved.status, "Vary" in moved.headers) == (301, False)
    empty = Response(404, {})
    assert dressed(get("/", accept=BROWSER), empty) == empty


def test_every_status_that_is_given_has_words_of_its_own() -> None:
    for status in (400, 403, 404, 405, 406, 412, 414, 416, 500, 501, 502, 503, 504):
        said = body(dressed(get("/", accept=BROWSER), plain(status, "why"))).decode()
        assert re.search(r"<h1>[A-Z][a-z ]+\.</h1>\n<p dir=\"auto\">why</p>", said), status
