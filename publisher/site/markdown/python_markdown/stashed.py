"""Put the stored pieces of HTML, such as blocks of code, into the text of the article.

The library's stage searches the text with a pattern that begins with `<p>` or with the placeholder of a piece. Here,
the pattern begins with the placeholder, so the search is much faster. The output is the same to the byte.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.postprocessors import RawHtmlPostprocessor
from markdown.util import HTML_PLACEHOLDER

_BEGINNING = HTML_PLACEHOLDER.partition("%s")[0]
_PLACEHOLDER = re.compile(HTML_PLACEHOLDER % "([0-9]+)")


class _Stashed(RawHtmlPostprocessor):
    """The library's stage. A block that is alone in a paragraph replaces the whole paragraph."""

    def run(self, text: str) -> str:
        if _BEGINNING not in text:
            return text
        pieces: list[Any] = self.md.htmlStash.rawHtmlBlocks
        parts: list[str] = []
        done = 0
        for found in _PLACEHOLDER.finditer(text):
            number, (start, end) = int(found[1]), found.span()
            if number >= self.md.htmlStash.html_counter:
                continue  # the author wrote something that looks like a placeholder
            html = self.stash_to_string(pieces[number])
            if start - 3 >= done and text.startswith("<p>", start - 3) and text.startswith("</p>", end):
                start, end = start - 3, end + 4
                html = html if self.isblocklevel(html) else f"<p>{html}</p>"
            parts += (text[done:start], self.run(html))
            done = end
        return "".join([*parts, text[done:]])


def guard(md: Markdown) -> None:
    """Replace the library's stage."""
    md.postprocessors.register(_Stashed(md), "raw_html", 30)
