"""Find the character for the name of an emoji, such as `:smile:`. The names are those of GitHub."""

from __future__ import annotations

from functools import cache


@cache
def character(name: str) -> str | None:
    """Return the character for a name such as `:smile:`, or None if no emoji has this name."""
    from pymdownx import gemoji_db

    entry = gemoji_db.emoji.get(gemoji_db.aliases.get(name, name), {})
    points = entry.get("unicode_alt") or entry.get("unicode")
    return "".join(chr(int(point, 16)) for point in points.split("-")) if points else None
