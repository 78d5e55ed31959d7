"""Write the Atom feed (RFC 4287), sitemap.xml (sitemaps.org 0.9) and robots.txt (RFC 9309). No clock is used.

The id of an entry must not change when the title, date or address of its article changes. So the id is a UUID (RFC
9562, version 5) that is made from the id or address of the site, and from the article's path in the content folder. A
`tag:` URI would need a year in which the author owned the host, and the program does not know such a year.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from publisher.errors import Problem
from publisher.site.file_names import without_ending
from publisher.site.model import Article, ArticleMetadata, Channel
from publisher.site.settings import SiteSettings
from publisher.site.urls import Address, absolute, encode

# XML 1.0 forbids these characters, even if they are escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Matches the empty link in a heading. The style sheet of the site shows a character in this link. Feed readers do not
# use the style sheet, so the link has no purpose in a feed.
_PERMALINK = re.compile(r'<a aria-hidden="true" class="headerlink" href="[^"]*" tabindex="-1"></a>')

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a feed without entries. Atom requires a time."""


def atom(
    site: SiteSettings,
    articles: Iterable[Article],
    body: Callable[[Article], str],
    address: Callable[[Article], Address],
    channel: Channel | None = None,
) -> bytes:
    """Return the Atom feed with the whole texts of the newest `site.feed_items` posts.

    If `channel` is given, return the feed of this section or term, with all `articles` in their order.

    `body` returns the HTML of an article with link marks. `address` returns the function that finds the URLs of an
    article's links (see urls.py). Links and images get absolute URLs. If the site has no URL, they are relative to the
    feed. Raises ValueError if a link mark does not end.
    """
    depth = channel.feed.count("/") if channel else 0
    base = site.url or "../" * depth or "./"
    # The articles of a section or a term may be plain pages. The caller has sorted them.
    posts = list(articles) if channel else newest(articles)[: site.feed_items]
    url, feed = (encode(channel.url), encode(channel.feed)) if channel else ("", "feed.xml")
    title = f"{channel.title} · {site.title}" if channel else site.title
    author = site.author or site.title
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(site.language)}>',
        _element("id", permanent_id(site, channel.feed if channel else "")),
        _element("title", title),
        _element("subtitle", site.description) if site.description else "",
        _element("updated", _stamp(max(map(_changed, posts), default=_BEGINNING))),
        f"<author>{_element('name', author)}</author>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(base + feed)}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(base + url)}/>',
        *(_entry(site, post, base, absolute(_PERMALINK.sub("", body(post)), base, address(post))) for post in posts),
        "</feed>",
    ]
    return _bytes(lines)


def sitemap(site: SiteSettings, articles: Iterable[ArticleMetadata], lists: Iterable[str] = ()) -> bytes | None:
    """Return the sitemap with the URLs of all articles except drafts, and of `lists`, sorted.

    An article with `date` or `updated` also has the time of its last change. Return None if the site has no URL,
    because a sitemap must have absolute URLs.
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
    """Return robots.txt. It lets all robots read all pages, and names the sitemap if the site has one."""
    return _bytes(["User-agent: *", "Allow: /", f"Sitemap: {site.url}sitemap.xml" if site.url else ""])


def newest(articles: Iterable[Article]) -> list[Article]:
    """Return the posts that have a date and are no drafts, newest first. Posts with the same date are sorted by URL."""
    posts = [a for a in articles if a.kind == "post" and a.date and not a.draft]
    posts.sort(key=lambda a: a.url.encode())
    return sorted(posts, key=lambda a: _utc(a.date or _BEGINNING), reverse=True)


def permanent_id(site: SiteSettings, source: str) -> str:
    """Return the id of the article with the content path `source`, or the id of the feed if `source` is "".

    The id is a URN with a UUID (RFC 9562, version 5). It is made from `site.id` and `source`, so it does not change
    with the title, date or address. If `site.id` is "", the host and path of the site's URL replace it. Two sites that
    have neither an id nor a URL share all ids. `posts/first.md` and `posts/first/index.md` are the same article. A file
    that is moved is a new article.
    """
    path = without_ending(source).removesuffix("/index")
    if site.id:
        return uuid5(uuid5(NAMESPACE_URL, f"urn:gazeth:{site.id}"), path).urn
    where = urlsplit(site.url)
    return uuid5(NAMESPACE_URL, f"//{where.netloc.lower()}{where.path}#{path}").urn


def missing_id(site: SiteSettings, config: str) -> Problem | None:
    """Return a problem if the site has no id, because the ids of its feed then depend on its URL. Else return None.

    `config` is the name of the settings file in the message.
    """
    if site.id:
        return None
    what = "the site has no id, so the ids of its feed change with its address"
    if not site.url:
        what = "the site has neither an id nor an address, so every other such site has the same feed ids"
    hint = (
        'add id = "..." to [site], with a text that no other site has; feed readers then show all old posts as new, but'
        " only once"
    )
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
    """Return the time of an article's last change. It is never before the date of the article."""
    return max((_utc(moment) for moment in (article.updated, article.date) if moment), default=_BEGINNING)


def _utc(moment: datetime) -> datetime:
    """Return a time in UTC. A time without a zone is taken as UTC.

    The conversion is necessary because some historical zones have offsets with seconds. RFC 3339 has no form for them.
    """
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return _utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text), quote=False)


def _attribute(text: str) -> str:
    """Return `text` as the value of an XML attribute, in double quotes.

    An XML parser turns line breaks and tabs in an attribute into spaces. So they are written as character references.
    """
    return f'"{_text(text).translate(_IN_ATTRIBUTES)}"'


_IN_ATTRIBUTES = str.maketrans({'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _bytes(lines: Iterable[str]) -> bytes:
    return ("\n".join(line for line in lines if line) + "\n").encode()
