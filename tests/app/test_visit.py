"""What the visitor of `publish demo --once` opens."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from publisher.app.visit import links, visit
from publisher.errors import VerifyError


def test_all_that_a_page_fetches_or_leads_to_on_its_host_is_opened() -> None:
    html = (
        "<a href='../b/?q#c'><img src=d.png srcset='d.png 1x, e.png 2x'><i style='background: url(f.png)'>"
        "<a href='https://example.org/'><a href=//example.org/><a href='#g'><a href=data:,x><!-- <a href=h> -->"
        "<script>'<a href=i>'</script><meta http-equiv=refresh content='0; url=/j'>"
    )
    assert list(links(html, "/a/k/")) == ["/a/b/", "/a/k/d.png", "/a/k/d.png", "/a/k/e.png", "/a/k/f.png", "/j"]


class Site(BaseHTTPRequestHandler):
    """Answers by path: the root that it says the answer is from, and the page."""

    pages: ClassVar[dict[str, tuple[str, str]]] = {}

    def do_GET(self) -> None:
        root, page = self.pages.get(self.path, ("", ""))
        self.send_response(200 if root else 404)
        self.send_header("X-Ipfs-Roots", f"{root},other")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


def opened(pages: dict[str, tuple[str, str]]) -> int:
    handler = type("Handler", (Site,), {"pages": pages})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            return visit("127.0.0.1", server.server_port, "demo", "/a/", "root")
        finally:
            server.shutdown()
            thread.join()


HOME = ("root", "<a href=b><a href=c/>")


def test_every_page_that_can_be_reached_is_opened_once() -> None:
    assert opened({"/a/": HOME, "/a/b": ("root", "<a href=./>"), "/a/c/": ("root", "<a href=../b>")}) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"/a/b": ("", "")},
        {"/a/b": ("another", "")},
        {"/a/b": ("root", "<a href=/>")},
        {"/a/": ("another", "")},
    ],
)
def test_a_page_that_is_not_there_is_from_another_root_or_leads_away_is_a_fault(
    wrong: dict[str, tuple[str, str]],
) -> None:
    with pytest.raises(VerifyError):
        opened({"/a/": HOME, "/a/b": ("root", ""), "/a/c/": ("root", ""), **wrong})
