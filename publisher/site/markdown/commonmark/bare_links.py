"""Make links of addresses such as `https://example.org/a` that have Chinese or Japanese characters beside them."""

from __future__ import annotations

import re

from publisher.site.markdown.cjk import WIDE
from publisher.site.markdown.commonmark.links import address
from publisher.site.markdown.commonmark.writer import Writer

_STOP = "，。、；：！？…—（）「」『』【】《》〈〉“”‘’\u3000"
ENDED = re.compile(f"[{_STOP}]")
"""Matches a punctuation character of Chinese or Japanese text. An address ends before this character."""
_BARE = re.compile(rf"(?<=[{WIDE}“”‘’])https?://[^\s<>{_STOP}]+")
_TRAILING = re.compile(r"[.,;:!?'\"*_~)\]]+\Z")


def write_text(w: Writer, text: str) -> None:
    """Write a text, and make links of addresses that directly follow a wide character. GFM does not find them."""
    done = 0
    for match in _BARE.finditer(text) if not w.no_links else ():
        found = _TRAILING.sub("", match[0])
        w.text(text[done : match.start()])
        write_link(w, found, found)
        done = match.start() + len(found)
    w.text(text[done:])


def write_link(w: Writer, href: str, text: str) -> None:
    """Write a link to the address `href`. `text` is the address as the author wrote it."""
    w.out.append(f'<a href="{address(href)}">')
    w.text(text)
    w.out.append("</a>")
