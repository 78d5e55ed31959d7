"""Remove line breaks between two wide characters, because Chinese and Japanese have no spaces between words."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from xml.etree.ElementTree import Element

from publisher.site.text import CJK

WIDE = CJK + "\u3000-\u3020\ufe10-\ufe1f\ufe30-\ufe4f\uff01-\uff65\uffe0-\uffe6"
"""The ranges of Han, kana, their punctuation and full-width forms in a character class.

Hangul is missing, because Korean has spaces between words.
"""

# Other scripts use these characters too, so they count as wide only next to a character of WIDE.
SHARED = "“”‘’—…·"

_WIDE_OR_SHARED = re.compile(f"[{WIDE}{SHARED}]")
_VERBATIM = frozenset({"pre", "code", "script", "style", "textarea", "math", "kbd", "samp"})
_INLINE = frozenset(
    {"a", "abbr", "b", "cite", "del", "em", "i", "ins", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u"}
)

_Piece = tuple[Element, bool]


@cache
def _wide() -> re.Pattern[str]:
    """Return the pattern for one wide character. A text in Latin letters does not need it."""
    return re.compile(f"[{WIDE}]")


@cache
def _break() -> re.Pattern[str]:
    """Return the pattern for a line break between wide characters. To compile it takes longer than to use it."""
    return re.compile(f"(?<=[{WIDE}{SHARED}]) *\n *(?=[{WIDE}])|(?<=[{WIDE}]) *\n *(?=[{SHARED}])")


def _is_pair(left: str, right: str) -> bool:
    """Return whether no space belongs between these two characters. One is wide, and the other is wide or in SHARED."""
    wide = bool(_wide().match(left)), bool(_wide().match(right))
    return all(wide) or (wide[0] and right in SHARED) or (wide[1] and left in SHARED)


def columns(text: str) -> int:
    """Return the width of a line of code in columns. A wide character takes two columns."""
    return len(text) if text.isascii() else len(text) + len(_wide().findall(text))


def may_join(text: str) -> bool:
    """Return whether `join` might change a text, because a line begins or ends with a wide or shared character."""
    if text.isascii():
        return False
    lines = [line.strip(" ") for line in text.split("\n")]
    return any(_WIDE_OR_SHARED.search(above[-1:] + below[:1]) for above, below in pairwise(lines))


def join(root: Element) -> None:
    """Remove each line break between two wide characters, even if emphasis or a link begins or ends at the break."""
    for block in root.iter():
        if block.tag in _INLINE or block.tag in _VERBATIM:
            continue
        if "\n" in "".join(block.itertext()):
            _join_pieces(_pieces(block))


def _pieces(block: Element) -> list[_Piece | None]:
    """Return the pieces of text of a block in reading order.

    A piece is an element and a flag. If the flag is set, the piece is the text after the element (its tail). Otherwise
    it is the text at the beginning of the element. None stands for an element that is not inline.
    """
    found: list[_Piece | None] = [(block, False)]

    def walk(parent: Element) -> None:
        for child in parent:
            if child.tag in _INLINE:
                found.append((child, False))
                walk(child)
            else:
                found.append(None)
            found.append((child, True))

    walk(block)
    return found


def _join_pieces(pieces: list[_Piece | None]) -> None:
    run: list[_Piece] = []  # the last piece that is not blank, and the blank pieces after it
    for piece in pieces:
        if piece is None:
            run = []
            continue
        text = _get(piece)
        if "\n" in text and (joined := _break().sub("", text)) != text:
            _set(piece, joined)
            text = joined
        if not text.strip(" \n"):
            if run and text:
                run.append(piece)
            continue
        if run:
            _join_across(run, piece)
        run = [piece]


def _join_across(run: list[_Piece], right: _Piece) -> None:
    left, *blank = run
    before, after = _get(left), _get(right)
    head, tail = before.rstrip(" \n"), after.lstrip(" \n")
    gap = before[len(head) :] + "".join(map(_get, blank)) + after[: len(after) - len(tail)]
    if "\n" in gap and _is_pair(head[-1], tail[0]):
        _set(left, head)
        _set(right, tail)
        for piece in blank:
            _set(piece, "")


def _get(piece: _Piece) -> str:
    element, is_tail = piece
    return (element.tail if is_tail else element.text) or ""


def _set(piece: _Piece, text: str) -> None:
    element, is_tail = piece
    if is_tail:
        element.tail = text
    else:
        element.text = text
