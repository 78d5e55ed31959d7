"""Decide which files are articles. All other files are copied unchanged."""

from __future__ import annotations

import re

from publisher.site.file_names import is_html, is_markdown

HEAD = 64 * 1024
"""An HTML file is an article only if its front matter ends within this number of bytes."""

_CLOSED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:---[ \t]*[\r\n].*?^(?:---|\.\.\.)|\+\+\+[ \t]*[\r\n].*?^\+\+\+)[ \t]*(?:[\r\n]|\Z)",
    re.DOTALL | re.MULTILINE,
)


def is_article(path: str, head: bytes = b"") -> bool:
    """Return whether a file is an article.

    A file is an article if it has an extension of Markdown, or if it is HTML and begins with complete front matter.
    `head` has the first HEAD bytes of the file. It is needed only for HTML.
    """
    return is_markdown(path) or (is_html(path) and bool(_CLOSED.match(head[:HEAD].replace(b"\r", b"\n"))))
