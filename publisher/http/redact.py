"""What a node or service said in its own words, as it may be repeated."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 300
"""Characters of it that are repeated; an HTML page is not a message."""


def short(text: str) -> str:
    """One line of it, of a length that a person reads; of a URL only scheme and host, for the rest may hold a key."""
    text = re.sub(r"(https?://)(?:[^\s/\"'@]*@)?([^\s/\"']+)[^\s\"']*", r"\1\2", text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def host_of(url: str) -> str:
    """Scheme, host and port of a URL: all that may be shown of it, for the rest may hold a key."""
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}" if place.netloc else "(no URL)"
