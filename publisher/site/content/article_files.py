"""Which files are articles. All others are copied unchanged."""

from __future__ import annotations

import re

from publisher.site.file_names import is_html, is_markdown

HEAD = 64 * 1024
"""The front matter of an HTML file has to end within these bytes."""

_CLOSED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:---[ \t]*[\r\n].*?^(?:---|\.\.\.)|\+\+\+[ \t]*[\r\n].*?^\+\+\+)[ \t]*(?:[\r\n]|\Z)",
    re.DOTALL | re.MULTILINE,
)


def is_article(path: str, head: bytes = b"") -> bool:
    """Return whether a file is an article: by its ending, or as HTML that begins with a closed block of front matter.

    `head` is the beginning of the file, up to HEAD bytes. It is read only for HTML.
    """
    return is_markdown(path) or (is_html(path) and bool(_CLOSED.match(head[:HEAD].replace(b"\r", b"\n"))))
