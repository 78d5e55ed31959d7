"""Sites in a real browser: what keeps one from reading what another has stored."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from publisher.dag.cid import Cid
from publisher.gateway.caches.block_cache import BlockCache as Memory
from publisher.gateway.context import Gateway
from publisher.gateway.respond import respond
from publisher.gateway.serve.server import Server, ServerOptions
from tests.gateway.sites import Blocks
from tests.services.browser import Browser, browser

__all__ = ["browser"]

PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title><link rel="icon" href="dot.svg">
<h1>{title}</h1><img src="dot.svg">
<script>document.cookie = "who={title};path=/"; localStorage.setItem("who", "{title}")</script>
"""
READER = '<!doctype html><meta charset="utf-8"><title>reader</title><p>reads'
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
STORED = "return localStorage.getItem('who')"

BLOCKS = Blocks()
FIRST = BLOCKS.add({"index.html": PAGE.format(title="第一").encode(), "dot.svg": DOT})
SECOND = BLOCKS.add({"index.html": READER.encode(), "dot.svg": DOT})
NAMES = {"first.eth": FIRST, "second.eth": SECOND}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    memory = Memory(BLOCKS.get)
    base = Gateway(memory, NAMES.get, name_seconds=0)
    made = Server(
        lambda: contextlib.nullcontext(partial(respond, gateway=base)),
        options=ServerOptions(
            readers=4, from_memory=lambda request: respond(request, replace(base, get=memory.near()))
        ),
    )
    made.start()
    yield made
    made.stop()


def subdomain(server: Server, root: Cid) -> str:
    return server.named(f"{root}.ipfs")


def test_a_site_at_its_own_subdomain_reads_nothing_of_another(browser: Browser, server: Server) -> None:
    browser.open(subdomain(server, FIRST))
    assert browser.driver.title == "第一"
    assert browser.failed() == []
    assert browser.driver.execute_script(STORED) == "第一"
    browser.open(subdomain(server, SECOND))
    assert browser.driver.execute_script(STORED) is None
    assert browser.driver.execute_script("return document.cookie") == ""
    browser.open(subdomain(server, FIRST))
    assert browser.driver.execute_script(STORED) == "第一"


def test_a_site_under_its_name_reads_nothing_of_another(browser: Browser, server: Server) -> None:
    browser.open(server.named("first.eth"))
    assert browser.driver.execute_script(STORED) == "第一"
    browser.open(server.named("second.eth"))
    assert browser.driver.execute_script(STORED) is None
    assert browser.driver.execute_script("return document.cookie") == ""


def test_on_a_path_gateway_they_share_everything_which_is_why_localhost_leads_elsewhere(
    browser: Browser, server: Server
) -> None:
    browser.open(f"{server.address}ipfs/{FIRST}/")
    assert browser.driver.execute_script(STORED) == "第一"
    browser.open(f"{server.address}ipfs/{SECOND}/")
    assert browser.driver.execute_script(STORED) == "第一"
    browser.open(f"http://localhost:{server.port}/ipfs/{SECOND}/")
    assert browser.driver.current_url == subdomain(server, SECOND)
    assert browser.driver.execute_script(STORED) is None


def test_a_page_is_shown_from_what_was_kept_as_it_was_at_first(browser: Browser, server: Server) -> None:
    for _ in range(3):
        browser.open(subdomain(server, FIRST))
        assert browser.driver.title == "第一"
        browser.wait("return document.images[0].naturalWidth > 0")
        assert browser.failed() == []
