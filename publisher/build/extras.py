"""Make the files that need no template: the feed, the sitemap, robots.txt, and `_redirects` for old addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from publisher.build.embedding import bodies_of_embeds, with_embeds
from publisher.build.pages import FetchBody, PageMemo
from publisher.build.plan_values import BuildPlan, BuiltPage, with_our_ids
from publisher.dag.unixfs import Link, add_file
from publisher.errors import Problem, recording_problems
from publisher.fast_dataclass import dataclass
from publisher.hashing import digest
from publisher.site.content.records import ArticleRecord, whole
from publisher.site.model import Article, Channel, Parsed
from publisher.site.recorded_reads import Reader
from publisher.site.settings import SiteSettings
from publisher.site.structure.all_pages import ListFeed
from publisher.site.structure.collect import Site
from publisher.site.structure.old_addresses import redirects
from publisher.site.urls import Address, absolute, targets

NAMES = ("_redirects", "feed.xml", "robots.txt", "sitemap.xml")


def names(site: SiteSettings) -> tuple[str, ...]:
    """Return the names of the files that `make_extras` makes for a site.

    A site without a URL has no sitemap, because a sitemap needs URLs.
    """
    return NAMES if site.url else NAMES[:-1]


def make_extras(
    wanted: Iterable[str],
    feeds: Mapping[str, ListFeed],
    lists: Iterable[str],
    plan: BuildPlan,
    stamp: bytes,
    memo: PageMemo,
    body: FetchBody,
) -> tuple[dict[str, Link], list[Problem]]:
    """Make the files with the names in `wanted`. Return their links by name, and their problems.

    `wanted` must not have files that the author has written. `feeds` are the feeds of sections and terms, by URL.
    `lists` are the URLs of all pages except those of single articles and the page for missing addresses.
    Raises MemoryError, and StateError if the cache cannot be written. Exceptions of `body` pass through.
    """
    links: dict[str, Link] = {}
    problems: list[Problem] = []
    for name in wanted:
        extra = _list_feed(name, feeds[name], plan, body) if name in feeds else _extra(name, sorted(lists), plan, body)
        key = digest("extra", stamp, plan.profile.name, repr(plan.site.settings), name, extra.key)
        known = memo.recall(name, key)
        if known is not None:
            links[name], _ = known
            continue
        made = _make(name, extra, plan)
        memo.keep(name, key, made)
        problems += made.problems
        if made.link is not None:
            links[name] = made.link
    return links, problems


@dataclass(frozen=True, slots=True)
class _Extra:
    """One file: the function that writes it, its articles, and a digest of everything that it is made from."""

    write: Callable[[Sequence[ArticleRecord], Reader], bytes]
    records: Sequence[ArticleRecord]
    key: bytes


def _make(name: str, extra: _Extra, plan: BuildPlan) -> BuiltPage:
    made, reader = BuiltPage(0), Reader()
    whole_file: list[Problem] = []
    with recording_problems(name, whole_file):
        made.link = add_file([extra.write(extra.records, reader)], plan.profile, made.blocks.append)
        made.reads = reader.reads()
    if whole_file:
        for record in extra.records:  # write each article alone, to find the one that causes the problem
            with recording_problems(f"{plan.content}/{record.article.source}", made.problems):
                extra.write([record], Reader())
        made.problems = made.problems or whole_file
    return made


def _extra(name: str, lists: list[str], plan: BuildPlan, body: FetchBody) -> _Extra:
    site = plan.site
    if name == "feed.xml":
        newest = _newest(site)
        key = digest(*(record.key for record in newest))
        return _Extra(lambda records, reader: _feed(records, plan, body, reader), newest, key)
    if name == "sitemap.xml":
        every = (*site.posts, *site.pages)
        cards = sha256(b"".join([piece.card for piece in every])).digest()
        return _Extra(lambda records, _: _sitemap(site, records, lists), every, digest(cards, *lists))
    if name == "robots.txt":
        return _Extra(lambda *_: _robots(site), (), b"")
    rules = redirects(plan.old)
    return _Extra(lambda *_: rules, (), digest(rules))


def _list_feed(name: str, feed: ListFeed, plan: BuildPlan, body: FetchBody) -> _Extra:
    """Return the feed of a section or of a term, with its newest articles. `name` is the URL of the feed."""
    shown = feed.records[: plan.site.settings.feed_items]
    of = Channel(feed.title, feed.list_url, name)
    key = digest(repr(of), *(record.key for record in shown))
    return _Extra(lambda records, reader: _feed(records, plan, body, reader, of), shown, key)


def _newest(site: Site) -> list[ArticleRecord]:
    return [record for record in site.posts if not record.article.draft][: site.settings.feed_items]


def _feed(
    records: Iterable[ArticleRecord],
    plan: BuildPlan,
    body: FetchBody,
    reader: Reader,
    channel: Channel | None = None,
) -> bytes:
    from publisher.site.feeds import atom

    base = plan.site.settings.url or "./"

    def shown(record: ArticleRecord) -> Parsed:
        bodies = bodies_of_embeds(record, plan, body)
        written = whole(record, body(record))
        return with_embeds(written, bodies, plan, lambda html, address: absolute(html, base, address), reader)

    parsed = [shown(record) for record in records]
    html = {one.article.source: one.html for one in parsed}
    bases = {one.article.source: plan.addresses.base(one.article) for one in parsed}
    for source, text in html.items():
        pointed = dict.fromkeys(targets(text))
        for target in pointed:
            for name in plan.addresses.asked(target, bases[source]):
                reader.note(f"@{name}")
        html[source] = with_our_ids(text, pointed, plan.addresses, bases[source])

    def address(article: Article) -> Address:
        return lambda path: plan.addresses.of(path, bases[article.source])

    articles = [one.article for one in parsed]
    return atom(plan.site.settings, articles, lambda article: html[article.source], address, channel)


def _sitemap(site: Site, records: Iterable[ArticleRecord], lists: list[str]) -> bytes:
    from publisher.site.feeds import sitemap

    return sitemap(site.settings, [record.article for record in records], lists) or b""


def _robots(site: Site) -> bytes:
    from publisher.site.feeds import robots

    return robots(site.settings)
