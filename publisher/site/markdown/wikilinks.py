"""`[[name]]`, `[[name|text]]` and `[[name#heading]]`: links to an article by its name, as other tools know them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor

from publisher.site import urls

SIGN = "\x03[["
"""Begins the destination of such a link until it is marked. The library lets no source hold the first character."""

# No embed (`![[x]]`), no link whose text is in brackets (`[[1]](x)`, `[[1]][x]`).
_LINK = r"(?<!!)\[\[([^\[\]|\\\n]+)(?:\\?\|([^\[\]\n]+))?\]\](?!\(|\[(?!\[))"


class WikiLinks(InlineProcessor):
    """Registers itself before links, and before escapes: in a table the bar has a backslash."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(_LINK, md)
        md.inlinePatterns.register(self, "wikilink", 185)

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """The link, with its destination as it was written."""
        written, text = str(self.unescape(m[1])).strip(), (m[2] or "").strip()  # code in a heading's words
        if not written:
            return None, None, None
        link = Element("a", {"href": SIGN + written})
        link.text = text or written.lstrip("#").replace("#", " > ")
        return link, m.start(0), m.end(0)


def target(written: str, path: str, anchor: Callable[[str], str]) -> str:
    """The target (see urls.py) of what stands between the brackets, in the article at this content path.

    `anchor` makes the id of a heading of its words. A block (`#^id`) has no id here: its article is meant.
    """
    name, _, rest = written.partition("#")
    heading = rest.rpartition("#")[2].strip()
    fragment = "" if not heading or heading.startswith("^") else anchor(heading)
    return urls.target(f"[[{name.strip()}]]" if name.strip() else path, fragment)
