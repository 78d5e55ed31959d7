"""Count the changed pages and files of a comparison."""

from __future__ import annotations

from publisher.diff.compare import Difference
from publisher.formatting import count


def summary(found: Difference) -> str:
    """Return the counts of changed files, as in `1 page changed, 2 pages and 1 file added`."""
    parts = []
    for what in ("changed", "added", "removed", "moved"):
        files = found.only(what)
        pages = sum(file.kind == "page" for file in files)
        nouns = [count(number, noun) for number, noun in ((pages, "page"), (len(files) - pages, "file")) if number]
        if nouns:
            parts.append(f"{' and '.join(nouns)} {what}")
    return ", ".join(parts)
