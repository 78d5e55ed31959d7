"""The old addresses of articles. Each gets a rule in `_redirects` and a small page that leads to the article.

An IPFS gateway reads `_redirects` only if the root has its own origin, and only for missing paths. So at most gateways
the page answers, under any prefix. The rules are for hosts of plain files, which read them first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from publisher.site.content.records import ArticleRecord
from publisher.site.permalinks import alias_urls
from publisher.site.urls import encode, file_of, relative

MISSING = "/* /404.html 404\n"
"""The rule that shows our own page for a missing address. It is the last rule, since it matches every address."""

MOST = 64 << 10
"""The largest number of bytes of `_redirects`. Above it gateways answer with 500 at every missing path.

Source: https://specs.ipfs.tech/http-gateways/web-redirects-file/#file-size
"""

_NO_RULE = re.compile(r"[\s*]|/:")
"""Parts of an address to which a rule gives another meaning, without a way to escape them."""


@dataclass(frozen=True, slots=True, order=True)
class OldAddress:
    """An old address of an article, and the article."""

    url: str
    source: str
    now: str
    title: str
    language: str
    place: tuple[int, int]

    @property
    def file(self) -> str:
        """The file of its small page."""
        return file_of(self.url)


def old_addresses(records: Iterable[ArticleRecord]) -> tuple[OldAddress, ...]:
    """Return all old addresses, in order."""
    return tuple(
        sorted(
            OldAddress(url, of.source, of.url, of.title, of.language, of.aliases_at)
            for of in (record.article for record in records)
            for url in alias_urls(of.aliases, of.url)
        )
    )


def redirects(old: Iterable[OldAddress]) -> bytes:
    """Return the `_redirects` of a site.

    Rules beyond the largest size are left out, since the small pages lead on as well.
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
    """Return the small page at an old address.

    `home` is the site's own address, for the only link that is not relative.
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
