"""Write the comment about the preview of a pull request as Markdown.

Pages and names of files come from a stranger, so every such text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from publisher.ci.escaping import code, markdown
from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass

LONGEST = 40_000
"""The largest number of characters of the changes. GitHub refuses a comment above 65,536 characters."""

URL_CHARS = ":/?#[]@!$&'*+,;=%~"


@dataclass(frozen=True, slots=True)
class Preview:
    """A pinned preview of a pull request, as the comment reports it."""

    site: str
    """The name of the site, or its title if it has no name."""
    number: int
    commit: str
    root: Cid
    address: str
    """The URL of the preview, or an empty string if no gateway is configured."""
    size: str
    """The counts of pages, files and bytes."""
    stores: tuple[str, ...]
    """For each store, its label and the status of the preview there."""
    until: date
    """The day on which the preview is unpinned."""
    day: date
    """The day for which the site was built."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a preview differs from the root that a name shows."""

    name: str
    old: Cid | None
    """The root that the name shows, or None if it shows none or cannot be read."""
    summary: str
    """The counts of changed pages, or the reason why nothing was compared."""
    lines: tuple[str, ...] = ()
    """The changes in words, as Markdown in which every text of the site is escaped."""


def marker(name: str) -> str:
    """Return the first line of the comment about the name `name`. It is an HTML comment, so readers do not see it."""
    return f"<!-- publish preview {quote(name, safe='.')} -->"


def comment(preview: Preview, changes: Comparison, page: str) -> str:
    """Return the text of the comment, without its marker.

    `page` is the URL of the page of the run, or an empty string.
    """
    return "\n".join([*_table(preview, page), "", *_changes(preview, changes), "", *_checks(), "", *_rebuild(preview)])


def _table(preview: Preview, page: str) -> Iterator[str]:
    target = quote(preview.address, safe=URL_CHARS + "-._")
    address = (
        f"[{markdown(preview.address)}](<{target}>)"
        if preview.address
        else f"no gateway is configured: run {code(f'publish gateway {preview.root}')}"
    )
    run = f" ([log](<{quote(page, safe=URL_CHARS + '-._')}>))" if page else ""
    yield f"### Preview of {markdown(preview.site)}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| address | {address} |"
    yield f"| root | {code(str(preview.root))} |"
    yield f"| commit | {code(preview.commit)}{run} |"
    yield f"| size | {markdown(preview.size)} |"
    yield f"| stored | {markdown(', '.join(preview.stores))}, until {preview.until.isoformat()} |"


def _changes(preview: Preview, changes: Comparison) -> Iterator[str]:
    against = f", which shows {code(str(changes.old))}" if changes.old is not None else ""
    yield f"**Changes against {markdown(changes.name)}**{against}: {markdown(changes.summary)}"
    if changes.lines:
        yield ""
        yield from changes.lines
    if changes.old is not None:
        yield ""
        yield f"All of it: {code(f'publish diff {changes.old} {preview.root}')}"


def _checks() -> Iterator[str]:
    yield "**Checks**: every block was hashed, and no file holds a key or a known secret. Nobody has checked what the"
    yield "pages say and what their scripts do. They are the work of the author of the pull request."


def _rebuild(preview: Preview) -> Iterator[str]:
    yield "**Build it again**: these commands print the same root."
    yield ""
    yield "```sh"
    yield f"git fetch origin refs/pull/{preview.number}/head && git checkout {preview.commit}"
    yield f"publish build --fresh --now {preview.day.isoformat()}"
    yield "```"
