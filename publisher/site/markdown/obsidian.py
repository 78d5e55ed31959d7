"""Find the syntax of Obsidian inside a text: `#tag`, and `^id` at the end of a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG = re.compile(r"(?<!\S)#([\w/-]*[^\W\d_/-][\w/-]*)")
_BLOCK = re.compile(r"(?:(?<=\s)|(?<=\]\])|\A)\^([A-Za-z0-9-]+)\s*\Z")

BLOCK = "^"
"""The character that begins the id of a block, both at the block and in links to the block."""


def tags(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the index of the beginning, the index of the end, and the name of each tag.

    A tag has at least one letter.
    """
    for match in _TAG.finditer(text):
        name = match[1].rstrip("/-")
        yield match.start(), match.start() + 1 + len(name), name


def block_id(text: str) -> tuple[str, str]:
    """Return the text of a block without the `^id` at its end, and the id with the `^`.

    If there is no id, return the text and "".
    """
    match = _BLOCK.search(text)
    return (text[: match.start()].rstrip(), f"{BLOCK}{match[1]}") if match else (text, "")
