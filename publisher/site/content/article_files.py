"""Which files are articles; all others are copied as they are."""

from __future__ import annotations

import re

from publisher.site.file_names import is_html, is_markdown

HEAD = 64 * 1024
"""Bytes at the beginning of an HTML file in which its front matter has to end."""

_CLOSED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:---[ \t]*[\r\n].*?^(?:---|\.\.\.)|\+\+\+[ \t]*[\r\n].*?^\+\+\+)[ \t]*(?:[\r\n]|\Z)",
    re.DOTALL | re.MULTILINE,
)


def is_article(path: str, head: bytes = b"") -> bool:
    """Whether a file is an article: by its ending, or as HTML that begins with a closed block of front matter.

    `head` is the beginning of the file, up to HEAD bytes; it is only looked at where the name ends as HTML does.
    """
    return is_markdown(path) or (is_html(path) and bool(_CLOSED.match(head[:HEAD].replace(b"\r", b"\n"))))
