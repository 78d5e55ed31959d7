"""Define where a block of HTML begins and ends, by the rules of CommonMark."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLOCKS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt"
    "|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu"
    "|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr"
    "|track|ul|canvas|group|hgroup|map|math|noscript|object|output|progress|video"
)
BLOCK = re.compile(rf"<(/?)({_BLOCKS})(?=[\s/>]|$)", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>")
MARKDOWN = re.compile(r"<([a-zA-Z][\w-]*)(?:\s[^<>]*)?\smarkdown(?:\s*=\s*[\"']?(\w*)[\"']?)?(?=[\s/>])", re.IGNORECASE)
"""Matches the start tag of an element whose content is Markdown."""

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
"""Pairs of patterns for blocks that may have empty lines. They match the beginning and the end of the block."""
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
"""Elements whose content is text without blocks if they have the attribute `markdown="1"`."""


def open_after(line: str, before: int = 0) -> int:
    """Return the number of elements that are open at the end of a line.

    `before` is the number at the beginning of the line. An end tag without an element closes nothing, as in
    `</div><div>`.
    """
    count = before
    for closing, name, single in TAG.findall(line):
        if not single and name.lower() not in VOID:
            count = max(count - 1, 0) if closing else count + 1
    return count


def whole_size(line: str) -> int:
    """Return the length of the HTML with which a line begins, if all its elements are closed and text follows.

    Python-Markdown reads the text that follows as Markdown. In all other cases, return the length of the line.
    """
    end = line.rfind(">") + 1
    text_follows = 0 < end < len(line.rstrip()) and line.rfind("<") < end
    return end if text_follows and open_after(line) == 0 else len(line)


def takes_blocks(name: str, value: str) -> bool:
    """Return whether the element `name` contains blocks. `value` is the value of its attribute `markdown`."""
    return value == "block" or (value != "span" and name.lower() not in _INLINE_MARKDOWN)


class LastEnds:
    """Finds the last line on which each kind of block of VERBATIM may end.

    A line begins a block of VERBATIM only if an end of the block follows.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._known: dict[int, int] = {}

    def after(self, kind: int, number: int) -> bool:
        """Return whether a block of the kind `kind` that begins on the line with the index `number` has an end.

        `kind` is an index of VERBATIM.
        """
        if kind not in self._known:
            end = VERBATIM[kind][1]
            last = (at for at in range(len(self._lines) - 1, -1, -1) if end.search(self._lines[at]))
            self._known[kind] = next(last, -1)
        return number <= self._known[kind]
