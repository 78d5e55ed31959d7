"""Make links of addresses in the text, such as `https://example.org`.

Chinese and Japanese punctuation may be directly before an address. Such punctuation also ends an address.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from pymdownx.magiclink import MagiclinkExtension, MagiclinkPattern

_LINK = r"""(?x)(?ai:
    (?<![^\s*_~^\[('"\x03\u0080-\U0010ffff])(?:
        (?:ht|f)tps?://|
        (?P<www>w{3}\.)
    )
)
"""
"""Matches the beginning of an address.

Capital and small letters count as equal only in ASCII. Otherwise `k` and `s` would be in the set of characters that may
be before an address: they would be equal to two characters of this set, the Kelvin sign and the long s.
"""
_END = re.compile(
    "[\u3000-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3d\uff3f\uff40\uff5b-\uff65"
    "\u2014\u2018\u2019\u201c\u201d\u2026\ufe30-\ufe4f]|[\\s<]|\x02[a-z]"
)
"""Matches the end of an address: punctuation, a blank, or the placeholder of an element such as a link."""


class _Link(MagiclinkPattern):
    """The library's pattern. It gets only the text before the end of the address."""

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        """Return the link, or None if the text is no address."""
        end = _END.search(data, m.end())
        handle: Any = super().handleMatch  # the library declares no type
        return handle(m, data[: end.start()] if end else data)


class BareLinks(MagiclinkExtension):
    """Registers the pattern instead of the library's pattern."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the patterns. Python-Markdown calls this once."""
        extend: Any = super().extendMarkdown  # the library declares no type
        extend(md)
        make: Any = _Link
        pattern = make(_LINK, md)
        pattern.config = self.getConfigs()
        md.inlinePatterns.register(pattern, "magic-link", 85)


def bare_links() -> Extension:
    """Return the extension of Python-Markdown that makes links of addresses in the text."""
    make: Any = BareLinks
    made: Extension = make()
    return made
