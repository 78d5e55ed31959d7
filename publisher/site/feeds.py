"""The Atom feed (RFC 4287), sitemap.xml (sitemaps.org 0.9) and robots.txt (RFC 9309): values to bytes, no clock.

The id of an entry must outlive its title, its date, its address and the mount of the site. So it is a UUID made from
the site's id or address, and the article's place in the content folder (RFC 9562, version 5). A `tag:` URI would need a
year in which the author owned the host, which the program does not know.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from publisher.errors import Problem
from publisher.site.file_names import without_ending
from publisher.site.model import Article, ArticleMetadata, SiteSettings
from publisher.site.urls import Address, absolute, encode

# XML 1.0 cannot hold these characters, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The empty link in a heading of an article. The theme writes a sign into it, and a feed reader has no theme.
_PERMALINK = re.compile(r'<a aria-hidden="true" class="headerlink" href="[^"]*" tabindex="-1"></a>')

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Atom needs a time. A feed without entries has this one."""


def atom(
    site: SiteSettings,
    articles: Iterable[Article],
    body: Callable[[Article], str],
    address: Callable[[Article], Address],
) -> bytes:
    """Return the newest `site.feed_items` posts with their whole text. Links and images have complete addresses.

    `body` returns an article's HTML with marked links; `address` returns where its links lead, as in urls.py. A site
    without an address has a feed with relative links: a reader resolves them against the feed at the site's root.

    Raises ValueError for a mark that does not end.
    """
    base = site.url or "./"
    posts = newest(articles)[: site.feed_items]
    author = site.author or site.title
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(site.language)}>',
        _element("id", permanent_id(site, "")),
        _element("title", site.title),
        _element("subtitle", site.description) if site.description else "",
        _element("updated", _stamp(max(map(_changed, posts), default=_BEGINNING))),
        f"<author>{_element('name', author)}</author>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(base + "feed.xml")}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(base)}/>',
        *(_entry(site, post, base, absolute(_PERMALINK.sub("", body(post)), base, address(post))) for post in posts),
        "</feed>",
    ]
    return _bytes(lines)


def sitemap(site: SiteSettings, articles: Iterable[ArticleMetadata], lists: Iterable[str] = ()) -> bytes | None:
    """Return every page's address, sorted as written; None for a site without an address.

    Articles have their last change; the URLs of `lists` have none. A sitemap must not hold relative addresses.
    """
    if not site.url:
        return None
    changed = dict.fromkeys(lists, "")
    for article in articles:
        if not article.draft:
            changed[article.url] = _stamp(_changed(article)) if article.date or article.updated else ""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    for url in sorted(changed, key=encode):
        last = _element("lastmod", changed[url]) if changed[url] else ""
        lines.append(f"<url>{_element('loc', site.url + encode(url))}{last}</url>")
    return _bytes([*lines, "</urlset>"])


def robots(site: SiteSettings) -> bytes:
    """Return robots.txt: all robots may read all pages. It names the sitemap if there is one."""
    return _bytes(["User-agent: *", "Allow: /", f"Sitemap: {site.url}sitemap.xml" if site.url else ""])


def newest(articles: Iterable[Article]) -> list[Article]:
    """Return the posts with a date that are no drafts, newest first.

    Those of one moment are in the order of addresses.
    """
    posts = [a for a in articles if a.kind == "post" and a.date and not a.draft]
    posts.sort(key=lambda a: a.url.encode())
    return sorted(posts, key=lambda a: _utc(a.date or _BEGINNING), reverse=True)


def permanent_id(site: SiteSettings, source: str) -> str:
    """Return the id of an article by its content path, or of the feed for an empty path: a URN of RFC 9562, version 5.

    With `site.id` the id stays when title, date and addresses change. Without one it is made from host and path of the
    site's address, so that two sites with a `posts/hello.md` differ. Two sites without an address share all their ids.
    `posts/first.md` and `posts/first/index.md` are one article. A file that is moved is a new article.
    """
    path = without_ending(source).removesuffix("/index")
    if site.id:
        return uuid5(uuid5(NAMESPACE_URL, f"urn:gazeth:{site.id}"), path).urn
    where = urlsplit(site.url)
    return uuid5(NAMESPACE_URL, f"//{where.netloc.lower()}{where.path}#{path}").urn


def missing_id(site: SiteSettings, config: str) -> Problem | None:
    """Return a problem for a site whose feed ids depend on its address; None for a site with an id.

    `config` is the name of the settings file.
    """
    if site.id:
        return None
    what = "the site has no id, so the ids of its feed change with its address"
    if not site.url:
        what = "the site has neither an id nor an address, so its feed has the ids of every other such site"
    hint = 'add id = "..." to [site], with a text that no other site has; feed readers show old posts as new, once'
    return Problem(config, 0, 0, what, hint, kind="feed-id")


def _entry(site: SiteSettings, article: Article, base: str, html: str) -> str:
    parts = [
        f"<entry xml:lang={_attribute(article.language)}>",
        _element("id", permanent_id(site, article.source)),
        _element("title", article.title),
        f'<link rel="alternate" type="text/html" href={_attribute(base + encode(article.url))}/>',
        _element("published", _stamp(article.date)) if article.date else "",
        _element("updated", _stamp(_changed(article))),
        *(f"<author>{_element('name', name)}</author>" for name in article.authors),
        *(f"<category term={_attribute(tag)}/>" for tag in article.tags),
        _element("summary", article.summary) if article.summary else "",
        f'<content type="html">{_text(html)}</content>',
        "</entry>",
    ]
    return "\n".join(part for part in parts if part)


def _changed(article: ArticleMetadata) -> datetime:
    """Return the article's last change, but never a time before its publication."""
    return max((_utc(moment) for moment in (article.updated, article.date) if moment), default=_BEGINNING)


def _utc(moment: datetime) -> datetime:
    """Return a moment in UTC.

    Old zones have offsets of seconds, which RFC 3339 cannot write. Without a zone it counts as UTC.
    """
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return _utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("", text))


def _bytes(lines: Iterable[str]) -> bytes:
    return ("\n".join(line for line in lines if line) + "\n").encode()
