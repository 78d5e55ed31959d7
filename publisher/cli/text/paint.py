"""Print lines that consist of styled spans, on terminals with and without colours."""

from __future__ import annotations

from typing import Literal, NamedTuple

from publisher.formatting import shown

Style = Literal["", "head", "dim", "removed", "added", "gone", "come"]
"""`gone` and `come` are the styles of removed and added words. Without colour, these words are in [- -] and {+ +}."""
CODES = {"head": "1", "dim": "2", "removed": "31", "added": "32", "gone": "31", "come": "32"}


class Span(NamedTuple):
    """A piece of text in one style."""

    style: Style
    text: str


Line = list[Span]


def painted(line: Line, *, colour: bool) -> str:
    """Return the text of a line. Control characters are escaped, so that no page can send commands to the terminal."""
    parts = []
    for style, text in line:
        text = shown(text)
        if colour and style:
            parts.append(f"\x1b[{CODES[style]}m{text}\x1b[0m")
        else:
            parts.append({"gone": f"[-{text}-]", "come": f"{{+{text}+}}"}.get(style, text))
    return "".join(parts).rstrip()
