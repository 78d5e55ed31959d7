"""Make a rule in `_redirects` and a small page for each old address of an article.

An IPFS gateway uses `_redirects` only if the root has a separate origin, and only for missing paths. So it shows the
small page. The links of this page are relative, so they also work if the site is served below a path such as
`/ipfs/CID/`. The rules are for hosts that serve plain files. Some of these hosts apply the rules before they look for a
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord
from publisher.site.permalinks import alias_urls
from publisher.site.urls import encode, file_of, relative

MISSING = "/* /404.html 404\n"
"""The rule that shows `404.html` at missing addresses. This rule matches every address, so it is the last rule."""

MOST = 64 << 10
"""The largest size of `_redirects` in bytes. If the file is larger, gateways answer every missing path with 500.

Source: https://specs.ipfs.tech/http-gateways/web-redirects-file/#file-size
"""

_NO_RULE = re.compile(r"[\s*]|/:")
"""Matches parts of an address that have a special meaning in a rule. The format has no escapes for them."""


@dataclass(frozen=True, slots=True, order=True)
class OldAddress:
    """An old address of an article."""

    url: str
    """The old URL."""
    source: str
    """The content path of the article."""
    now: str
    """The present URL of the article."""
    title: str
    language: str
    place: tuple[int, int]
    """The line and column of the aliases in the file of the article."""

    @property
    def file(self) -> str:
        """The path in the site of the small page at the old address."""
        return file_of(self.url)


def old_addresses(records: Iterable[ArticleRecord]) -> tuple[OldAddress, ...]:
    """Return all old addresses of these articles, sorted by URL."""
    return tuple(
        sorted(
            OldAddress(url, of.source, of.url, of.title, of.language, of.aliases_at)
            for of in (record.article for record in records)
            for url in alias_urls(of.aliases, of.url)
        )
    )


def redirects(old: Iterable[OldAddress]) -> bytes:
    """Return the `_redirects` file of a site.

    Rules that do not fit into MOST bytes are left out, because the small pages lead to the articles too.
    """
    lines: list[bytes] = []
    room = MOST - len(MISSING)
    for each in old:
        line = f"/{each.url} /{encode(each.now)} 301\n".encode()
        if not _NO_RULE.search(f"/{each.url}") and len(line) <= room:
            lines.append(line)
            room -= len(line)
    return b"".join([*lines, MISSING.encode()])


def stub(old: OldAddress, home: str) -> bytes:
    """Return the small page at an old address, which leads to the article.

    `home` is the URL of the site, or "" if it is unknown. Without it, the page has no canonical link, because a
    canonical link cannot be relative.
    """
    way = relative(old.url, old.now)
    title = escape(old.title)
    lines = (
        "<!doctype html>",
        f'<html lang="{escape(old.language)}">',
        '<meta charset="utf-8">',
        f"<title>{title}</title>",
        '<meta name="robots" content="noindex">',
        f'<link rel="canonical" href="{home + encode(old.now)}">' if home else "",
        f'<meta http-equiv="refresh" content="0; url={way}">',
        f'<p><a href="{way}">{title}</a></p>',
    )
    return ("\n".join(line for line in lines if line) + "\n").encode()
