"""Addresses in the text, `https://example.org/a`: where they begin beside Chinese characters, and where they end."""

from __future__ import annotations

import re

from publisher.site.markdown.cjk import WIDE
from publisher.site.markdown.commonmark.links import address
from publisher.site.markdown.commonmark.writer import Writer

_STOP = "，。、；：！？…—（）「」『』【】《》〈〉“”‘’\u3000"
ENDED = re.compile(f"[{_STOP}]")
"""A sign of Chinese or Japanese text that ends an address."""
_BARE = re.compile(rf"(?<=[{WIDE}“”‘’])https?://[^\s<>{_STOP}]+")
_TRAILING = re.compile(r"[.,;:!?'\"*_~)\]]+\Z")


def write_text(w: Writer, text: str) -> None:
    """Write a text with addresses that GFM does not see, since a wide character stands right before them."""
    done = 0
    for match in _BARE.finditer(text) if not w.in_link else ():
        found = _TRAILING.sub("", match[0])
        w.text(text[done : match.start()])
        write_link(w, found, found)
        done = match.start() + len(found)
    w.text(text[done:])


def write_link(w: Writer, href: str, text: str) -> None:
    """Write a link whose text is an address."""
    w.out.append(f'<a href="{address(href)}">')
    w.text(text)
    w.out.append("</a>")
