"""Where articles were: for each old address a rule in `_redirects`, and a small page that leads on.

A gateway of IPFS reads `_redirects` only where an origin stands for the root, and only for what is not there. So the
page answers at most of them, under any prefix; the rules are for hosts of plain files, which read them first.
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
"""Origins that honour the file show our own page for an address that is not there. It stands last: it takes all."""

MOST = 64 << 10
"""Bytes of `_redirects`: gateways answer with 500 at every missing path where it is larger.
https://specs.ipfs.tech/http-gateways/web-redirects-file/#file-size"""

_NO_RULE = re.compile(r"[\s*]|/:")
"""What a rule would read as something else; it has no way to write it."""


@dataclass(frozen=True, slots=True, order=True)
class OldAddress:
    """An address at which an article was, and the article."""

    url: str
    source: str
    now: str
    title: str
    language: str
    place: tuple[int, int]

    @property
    def file(self) -> str:
        """The file that its small page is."""
        return file_of(self.url)


def old_addresses(records: Iterable[ArticleRecord]) -> tuple[OldAddress, ...]:
    """All of them, in order."""
    return tuple(
        sorted(
            OldAddress(url, of.source, of.url, of.title, of.language, of.aliases_at)
            for of in (record.article for record in records)
            for url in alias_urls(of.aliases, of.url)
        )
    )


def redirects(old: Iterable[OldAddress]) -> bytes:
    """The `_redirects` of a site. Rules for which there is no room are left out: the small pages lead on as well."""
    lines: list[bytes] = []
    room = MOST - len(MISSING)
    for each in old:
        line = f"/{each.url} /{encode(each.now)} 301\n".encode()
        if not _NO_RULE.search(f"/{each.url}") and len(line) <= room:
            lines.append(line)
            room -= len(line)
    return b"".join([*lines, MISSING.encode()])


def stub(old: OldAddress, home: str) -> bytes:
    """The small page at an old address; `home` is the site's own address, for the one link that is not relative."""
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
