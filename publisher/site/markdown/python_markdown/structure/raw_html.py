"""Where a block of raw HTML begins and ends, by CommonMark's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLOCKS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt"
    "|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu"
    "|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr"
    "|track|ul"
)
BLOCK = re.compile(rf"<(/?)({_BLOCKS})(?=[\s/>]|$)", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>")
MARKDOWN = re.compile(r"<([a-zA-Z][\w-]*)(?:\s[^<>]*)?\smarkdown(?:\s*=\s*[\"']?(\w*)[\"']?)?(?=[\s/>])", re.IGNORECASE)
"""An element whose content is Markdown."""

VERBATIM: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
)
"""How blocks begin that may have blank lines, and how they end."""
COMMENT = 1

VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
_INLINE_MARKDOWN = frozenset(
    ("address", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "li", "p", "summary", "td", "th")
)
"""Elements in which `markdown="1"` means a line of text, without blocks."""


def opened(line: str) -> int:
    """Return how many more elements this line opens than it closes."""
    return sum(
        (-1 if closing else 1) for closing, name, single in TAG.findall(line) if not single and name.lower() not in VOID
    )


def is_whole(line: str) -> bool:
    """Return whether this line closes all elements that it opens."""
    return opened(line) <= 0 and line.rfind("<") < line.rfind(">")


def takes_blocks(name: str, value: str) -> bool:
    """Return whether the content of an element `name` with `markdown="value"` is blocks."""
    return value == "block" or (value != "span" and name.lower() not in _INLINE_MARKDOWN)


class LastEnds:
    """The last line of a text on which each kind of VERBATIM may end. A block that never ends is no block."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._known: dict[int, int] = {}

    def after(self, kind: int, number: int) -> bool:
        """Return whether a block of this kind, which begins on line `number`, ends on it or later."""
        if kind not in self._known:
            end = VERBATIM[kind][1]
            last = (at for at in range(len(self._lines) - 1, -1, -1) if end.search(self._lines[at]))
            self._known[kind] = next(last, -1)
        return number <= self._known[kind]
