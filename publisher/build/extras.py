"""The files that no template makes: feed, sitemap, robots.txt, and the rule for addresses that are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

from publisher.build.pages import FetchBody, PageMemo
from publisher.build.plan import Made, Plan
from publisher.dag.unixfs import Link, add_file
from publisher.memo import Reader, digest
from publisher.site.collect import Site
from publisher.site.model import SiteSettings
from publisher.site.records import Piece, whole
from publisher.site.urls import targets

REDIRECTS = b"/* /404.html 404\n"
"""Origins that honour the file show our own page for an address that is not there."""

NAMES = ("_redirects", "feed.xml", "robots.txt", "sitemap.xml")


def names(site: SiteSettings) -> tuple[str, ...]:
    """The files that this site gets. A sitemap needs complete addresses, so a site without one has none."""
    return NAMES if site.url else NAMES[:-1]


def make_extras(
    wanted: Iterable[str], lists: Iterable[str], plan: Plan, stamp: bytes, memo: PageMemo, body: FetchBody
) -> dict[str, Link]:
    """Those of them that the author has not written; `lists` are the URLs of all pages that are no article."""
    links: dict[str, Link] = {}
    for name in wanted:
        content, key = _content(name, sorted(lists), plan, body)
        key = digest("extra", stamp, plan.profile.name, repr(plan.site.settings), name, key)
        link = memo.recall(name, key)
        if link is None:
            made = Made(0)
            reader = Reader()
            made.link = link = add_file([content(reader)], plan.profile, made.blocks.append)
            made.reads = reader.reads()
            memo.keep(name, key, made)
        links[name] = link
    return links


Content = Callable[[Reader], bytes]


def _content(name: str, lists: list[str], plan: Plan, body: FetchBody) -> tuple[Content, bytes]:
    """How to make a file, and the digest of what it is made from."""
    site = plan.site
    if name == "feed.xml":
        newest = _newest(site)
        return lambda reader: _feed(newest, plan, body, reader), digest(*(piece.key for piece in newest))
    if name == "sitemap.xml":
        cards = sha256(b"".join([piece.card for piece in (*site.posts, *site.pages)])).digest()
        return lambda _: _sitemap(site, lists), digest(cards, *lists)
    if name == "robots.txt":
        return lambda _: _robots(site), b""
    return lambda _: REDIRECTS, digest(REDIRECTS)


def _newest(site: Site) -> list[Piece]:
    return [piece for piece in site.posts if not piece.article.draft][: site.settings.feed_items]


def _feed(pieces: list[Piece], plan: Plan, body: FetchBody, reader: Reader) -> bytes:
    from publisher.site.feeds import atom

    parsed = [whole(piece, body(piece)) for piece in pieces]
    html = {one.article.source: one.html for one in parsed}
    for text in html.values():
        for target in targets(text):
            reader.note(f"@{target}")
    articles = [one.article for one in parsed]
    return atom(plan.site.settings, articles, lambda article: html[article.source], plan.addresses.of)


def _sitemap(site: Site, lists: list[str]) -> bytes:
    from publisher.site.feeds import sitemap

    articles = [piece.article for piece in (*site.posts, *site.pages)]
    return sitemap(site.settings, articles, lists) or b""


def _robots(site: Site) -> bytes:
    from publisher.site.feeds import robots

    return robots(site.settings)
