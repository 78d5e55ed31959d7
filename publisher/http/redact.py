"""Remove keys from texts of nodes and services, so that messages can repeat these texts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 300
"""At most this many characters are repeated, because an answer may be a long HTML page."""


def short(text: str) -> str:
    """Return a text on one short line. A URL in it is cut after its host, because the rest may contain a key."""
    text = re.sub(r"(https?://)(?:[^\s/\"'@]*@)?([^\s/\"']+)[^\s\"']*", r"\1\2", text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def host_of(url: str) -> str:
    """Return the scheme, host and port of a URL, or `(no URL)` for a text that is not a URL.

    No other part is shown, because it may contain a key.
    """
    try:
        place = urlsplit(url)
    except ValueError:
        return "(no URL)"
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}" if place.netloc else "(no URL)"
