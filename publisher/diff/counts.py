"""Count the changed pages and files of a comparison."""

from __future__ import annotations

from publisher.diff.compare import TOO_MUCH, Difference
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


def left_out(found: Difference) -> str:
    """Return a sentence without its full stop that says how many files were not compared, or "" if all were."""
    number = sum(file.note == TOO_MUCH for file in found.files)
    files = f"{count(number, 'file')} {'is' if number == 1 else 'are'}"
    changes = "its changes" if number == 1 else "their changes"
    return f"too much has changed: {files} listed without {changes}" if number else ""
