"""Repeat the words of a node or service in our messages, without keys."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 300
"""Characters that are repeated at most. An HTML page is not a message."""


def short(text: str) -> str:
    """Return a text on one short line. Of a URL only scheme and host stay, as the rest may hold a key."""
    text = re.sub(r"(https?://)(?:[^\s/\"'@]*@)?([^\s/\"']+)[^\s\"']*", r"\1\2", text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def host_of(url: str) -> str:
    """Return scheme, host and port of a URL. No other part may be shown, as it may hold a key."""
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}" if place.netloc else "(no URL)"
