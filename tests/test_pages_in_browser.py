"""Every page as a visitor's browser sees it: from a plain web server, below /ipfs/ROOT/, and under a name.

Two sites: the one that `publish init` makes, with an article of extremes, and this project's own.
"""

import contextlib
import functools
import http.server
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from publisher.cache.store import Cache
from publisher.dag.cid import Cid
from publisher.gateway.context import Gateway, PlainReader
from publisher.gateway.message import Respond
from publisher.gateway.respond import respond
from publisher.gateway.serve.server import Server
from tests.services.browser import Browser, Exchange, browser
from tests.services.listening import listening

__all__ = ["browser"]

CHECKOUT = Path(__file__).resolve().parents[1]
PHONE = 360
"""Pixels: the width of a narrow telephone."""

LONG = "x" * 200
EXTREMES = f"""---
title: {LONG[:80]}
date: 2026-02-03
tags: [{"y" * 50}, 写作]
---

An address https://example.org/{LONG} and `code_{LONG}` and 很长的一段没有空格的文字{"字" * 200}。

| {" | ".join("a column" for _ in range(12))} |
|{"---|" * 12}
| {" | ".join("a long value" for _ in range(12))} |

```python
print("{LONG}")
```

$$
{" + ".join(f"x_{{{n}}}^{{{n}}}" for n in range(40))}
$$

![A wide picture](wide.svg)

<img src="wide.svg" srcset="wide.svg 1x, ../about/wide.svg 2x" alt="The same" style="background: url(wide.svg)">

{"> " * 12}quoted

{"".join(f"{'    ' * n}- deep{chr(10)}" for n in range(10))}
[^1] A note[^1].

[^1]: {LONG}
"""
WIDE = '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="20"><rect width="3000" height="20"/></svg>'

LOOK = """
const found = [];
const add = (kind, text) => { if (text) found.push([kind, new URL(text, document.baseURI).href]); };
const css = text => { for (const m of text.matchAll(/url\\((["']?)(.*?)\\1\\)/g)) add("style", m[2]); };
for (const e of document.querySelectorAll("*")) {
  const kind = e.tagName.toLowerCase() + (e.rel ? " " + e.rel : "");
  for (const name of ["href", "src", "poster", "data", "action", "formaction", "cite", "xlink:href", "background"])
    add(kind, e.getAttribute(name));
  for (const part of (e.getAttribute("srcset") || "").split(",")) add(kind, part.trim().split(/\\s+/)[0]);
  css(e.getAttribute("style") || "");
  if (kind === "meta" && e.httpEquiv === "refresh") add(kind, e.content.replace(/^.*url=/i, ""));
}
for (const sheet of document.styleSheets) for (const rule of sheet.cssRules) css(rule.cssText);
return {links: found, ids: [...document.querySelectorAll("[id]")].map(e => e.id),
        wide: document.documentElement.scrollWidth, title: document.title,
        broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)};
"""


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its root, its pages as paths below the mount."""

    folder: Path
    root: Cid
    name: str

    @property
    def pages(self) -> list[str]:
        """Addresses of all HTML files but the page for what is not there, which belongs to no address."""
        output = self.folder / "_site"
        files = sorted(file.relative_to(output).as_posix() for file in output.rglob("*.html"))
        return [quote(file.removesuffix("index.html")) for file in files if file != "404.html"]


@dataclass(frozen=True)
class Seen:
    """What the browser found on one page."""

    url: str
    failed: list[Exchange]
    console: list[str]
    page: dict[str, Any]

    def leaving(self, mount: str) -> list[str]:
        """Addresses that the page would fetch or follow outside of its mount; links to other people's sites may."""
        own = urlsplit(mount)._replace(path="/").geturl()
        wrong = []
        for kind, url in self.page["links"]:
            if url.startswith((mount, "data:")) or kind == "link canonical":
                continue
            if kind.split()[0] in ("a", "area", "blockquote", "q", "ins", "del") and not url.startswith(
                (own, "https://gazeth.eth")
            ):
                continue
            wrong.append(f"{kind} {url}")
        return wrong


def publish(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-c", "from publisher.cli import main; main()", *words]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(folder: Path, name: str) -> Site:
    return Site(folder, Cid.parse(json.loads(publish("build", "--json", cwd=folder))["root"]), name)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    folder = tmp_path_factory.mktemp("sites")
    new = folder / ("new" * 20)  # its name becomes the title of the site
    publish("init", new.name, cwd=folder)
    posts = new / "content/posts"
    (posts.parent / "in-the-menu.md").write_text(f"---\ntitle: {LONG[:70]}\n---\n", encoding="utf-8")
    (posts / "extremes").mkdir()
    (posts / "extremes/index.md").write_text(EXTREMES, encoding="utf-8")
    (posts / "extremes/wide.svg").write_text(WIDE, encoding="utf-8")
    (posts.parent / "posts/about").mkdir()
    (posts.parent / "posts/about/wide.svg").write_text(WIDE, encoding="utf-8")
    for name in ("content", "templates"):
        shutil.copytree(CHECKOUT / name, folder / "own" / name)
    shutil.copy(CHECKOUT / "publish.toml", folder / "own")
    return {"new": built(new, "new.eth"), "own": built(folder / "own", "demo.eth")}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain web server that says nothing."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def mounts(sites: dict[str, Site]) -> Iterator[dict[tuple[str, str], str]]:
    """(site, kind of mount) -> its address, with a slash at the end."""
    addresses: dict[tuple[str, str], str] = {}
    with contextlib.ExitStack() as stack:
        for key, site in sites.items():
            plain = stack.enter_context(plain_server(site.folder / "_site"))
            gateway = stack.enter_context(gateway_server(site))
            addresses[key, "plain"] = f"http://127.0.0.1:{plain}/"
            addresses[key, "path"] = f"http://127.0.0.1:{gateway}/ipfs/{site.root}/"
            addresses[key, "name"] = f"http://{site.name}.localhost:{gateway}/"
        yield addresses


@contextlib.contextmanager
def plain_server(folder: Path) -> Iterator[int]:
    with listening(functools.partial(Quiet, directory=str(folder))) as server:
        yield server.server_port


@contextlib.contextmanager
def gateway_server(site: Site) -> Iterator[int]:
    @contextlib.contextmanager
    def opening() -> Iterator[Respond]:
        with Cache(site.folder / ".publish/cache") as cache:
            gateway = Gateway(PlainReader(cache.get), {site.name: site.root}.get)
            yield lambda request: respond(request, gateway)

    server = Server(opening)
    server.start()
    yield server.port
    server.stop()


Crawl = dict[tuple[str, str], list[Seen]]


@pytest.fixture(scope="module")
def crawl(browser: Browser, sites: dict[str, Site], mounts: dict[tuple[str, str], str]) -> Crawl:
    """Every page of each site at each mount, at the width of a telephone."""
    width(browser, PHONE)
    browser.open("about:blank")
    browser.exchanges()  # those of the browser's own first page
    found: Crawl = {}
    for (key, kind), mount in mounts.items():
        found[key, kind] = [look(browser, mount + path) for path in sites[key].pages]
    width(browser, 0)
    return found


def width(browser: Browser, pixels: int) -> None:
    """The width of the window; 0 as it was."""
    if not pixels:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return
    size = {"width": pixels, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def look(browser: Browser, url: str) -> Seen:
    browser.driver.get(url)
    page = browser.driver.execute_script(LOOK)
    console = [entry["message"] for entry in browser.driver.get_log("browser")]
    return Seen(url, browser.failed(), console, page)


EACH = [(site, kind) for site in ("new", "own") for kind in ("plain", "path", "name")]
each_mount = pytest.mark.parametrize(("site", "kind"), EACH)


@each_mount
def test_no_request_fails_and_nothing_is_complained_about(crawl: Crawl, site: str, kind: str) -> None:
    seen = crawl[site, kind]
    assert [(one.url, one.failed, one.console, one.page["broken"]) for one in seen if trouble(one)] == []
    assert len({one.page["title"] for one in seen}) >= 5


def trouble(one: Seen) -> bool:
    return bool(one.failed or one.console or one.page["broken"])


@each_mount
def test_nothing_leads_out_of_the_mount(crawl: Crawl, mounts: dict[tuple[str, str], str], site: str, kind: str) -> None:
    mount = mounts[site, kind]
    assert {one.url: one.leaving(mount) for one in crawl[site, kind] if one.leaving(mount)} == {}


@each_mount
def test_every_link_leads_to_a_file_and_every_anchor_to_an_element(
    crawl: Crawl, sites: dict[str, Site], mounts: dict[tuple[str, str], str], site: str, kind: str
) -> None:
    mount, output = mounts[site, kind], sites[site].folder / "_site"
    ids = {one.url: set(one.page["ids"]) for one in crawl[site, kind]}
    dead = []
    for one in crawl[site, kind]:
        for url in {url for _, url in one.page["links"] if url.startswith(mount)}:
            address, _, anchor = url.partition("#")
            path = unquote(address.removeprefix(mount).partition("?")[0])
            file = output / path / ("index.html" if not path or path.endswith("/") else "")
            if not file.is_file() or (anchor and unquote(anchor) not in ids[address]):
                dead.append((one.url, url))
    assert dead == []


@pytest.mark.parametrize("site", ["new", "own"])
def test_no_page_is_wider_than_a_telephone(crawl: Crawl, site: str) -> None:
    assert {one.url: one.page["wide"] for one in crawl[site, "plain"] if one.page["wide"] > PHONE} == {}


@pytest.mark.parametrize("site", ["new", "own"])
def test_the_crawl_goes_where_links_go(crawl: Crawl, mounts: dict[tuple[str, str], str], site: str) -> None:
    linked = {url.partition("#")[0] for one in crawl[site, "name"] for kind, url in one.page["links"]}
    home = mounts[site, "name"]
    assert {one.url for one in crawl[site, "name"]} - linked - {home} == set(), "pages that nothing leads to"


@pytest.mark.parametrize("missing", ["nothing", "posts/gone/for/ever/", "posts/没有.html"])
def test_a_missing_address_shows_the_sites_own_page(
    browser: Browser, sites: dict[str, Site], mounts: dict[tuple[str, str], str], missing: str
) -> None:
    mount = mounts["own", "name"]
    browser.open(mount + quote(missing))
    answers = {each.url: each.status for each in browser.exchanges()}
    assert answers.pop(mount + quote(missing)) == 404
    assert set(answers.values()) <= {200}
    seen = browser.driver.execute_script(LOOK)
    assert seen["title"].endswith("Gazeth")
    assert Seen(mount, [], [], seen).leaving(mount) == []
    assert browser.driver.execute_script("return document.styleSheets[0].cssRules.length") > 20
    browser.driver.find_element("css selector", "header a").click()
    browser.wait(f"return location.href === {mount!r} && document.readyState === 'complete'")


@pytest.mark.parametrize("site", ["new", "own"])
def test_a_page_says_the_same_without_scripts(
    browser: Browser, sites: dict[str, Site], mounts: dict[tuple[str, str], str], site: str
) -> None:
    pages = [mounts[site, "name"] + path for path in sites[site].pages[:12]]
    with_scripts = [text_of(browser, page) for page in pages]
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        assert [text_of(browser, page) for page in pages] == with_scripts
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert all(len(text) > 50 for text in with_scripts)


def text_of(browser: Browser, url: str) -> str:
    browser.open(url)
    return browser.driver.find_element("css selector", "body").text
