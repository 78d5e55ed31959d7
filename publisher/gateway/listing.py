"""Make the page of a folder that has no index.html."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from urllib.parse import quote

from publisher.dag.cid import Cid
from publisher.dag.unixfs import Link
from publisher.gateway.own_pages import beginning
from publisher.gateway.path import ContentPath, encoded, joined

VERSION = 3
"""A part of the entity tag of a listing. Raise this number after a change of the code that changes the HTML."""

LONGEST = 20_000
"""The largest number of entries on a page. A page with so many entries has 8 MB."""

_NUMBERS = re.compile("([0-9]+)")

_STYLE = """body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; margin-bottom: 0 }
table { width: 100%; border-collapse: collapse; margin-top: 1rem }
td { padding: .2rem 0; overflow-wrap: anywhere }
td + td { text-align: right; white-space: nowrap; padding-left: 1rem }
tr + tr { border-top: 1px solid #8884 }
.ipfs-hash { font: .8rem ui-monospace, monospace; color: inherit; opacity: .7; overflow-wrap: anywhere }
@media (max-width: 30rem) { td .ipfs-hash { display: none } }
"""
_TOP = """<h1>Index of {crumbs}</h1>
<div class="ipfs-hash" translate="no">{cid}</div>
<table>
"""


def page(content_path: ContentPath, cid: Cid, entries: Iterable[tuple[str, Link]]) -> Iterator[bytes]:
    """Yield the HTML of a listing. It has a row for each of the first LONGEST entries.

    The rows are sorted by name, and numbers in names by value. Nothing is yielded until these entries are read. The
    size of an entry is its Tsize, because the gateway would have to fetch a file to know the length of the file.
    Exceptions of reading `entries` pass through.
    """
    reading = iter(entries)
    shown = sorted(islice(reading, LONGEST), key=lambda entry: _order(entry[0]))
    more = next(reading, None) is not None
    here = content_path.url(slash=True)
    title = escape(_text("/".join([content_path.space, *content_path.segments, ""])))
    yield (beginning(title, _STYLE) + _TOP.format(crumbs=_crumbs(content_path), cid=cid)).encode()
    if content_path.segments:
        yield f'<tr><td><a href="{escape(here)}..">..</a><td><td>\n'.encode()
    for name, link in shown:
        said = escape(_text(name))
        address = escape(here + encoded(name))
        row = f'<tr><td><a href="{address}">{said}</a><td>{_hash(content_path, name, link.cid)}<td>{size(link.size)}\n'
        yield row.encode()
    if not shown:
        yield b"<tr><td>this folder is empty<td><td>\n"
    if more:
        yield f"<tr><td>and more: the list is cut after {LONGEST:,} entries<td><td>\n".encode()
    yield b"</table>\n"


def size(count: int) -> str:
    """Return a number of bytes as text, such as "1.5 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000  # type: ignore[assignment]
    return f"{count:.1f} TB"


def _order(name: str) -> list[tuple[int, str]]:
    """Return a sort key for a name. `9` comes before `10`, because the lengths of numbers are compared first."""
    parts = _NUMBERS.split(name)
    return [(len(digits := part.lstrip("0")), digits) if number % 2 else (0, part) for number, part in enumerate(parts)]


def _crumbs(content_path: ContentPath) -> str:
    """Return `/ipfs/CID/a/b` as HTML. Each part except the first is a link.

    The links lead to the path gateway. If the site is served at its own host, the links lead to this host instead.
    """
    _, kind, root = content_path.space.split("/")
    top = content_path.cid_base + content_path.space if content_path.cid_base is not None else content_path.origin
    words = [f'<a href="{escape(top)}{"/" if content_path.cid_base is None else ""}">{escape(root)}</a>']
    for count, name in enumerate(content_path.segments, 1):
        address = joined(top, content_path.segments[:count], slash=False)
        words.append(f'<a href="{escape(address)}">{escape(_text(name))}</a>')
    return f"/{kind}/" + "/".join(words)


def _hash(content_path: ContentPath, name: str, cid: Cid) -> str:
    """Return a CID as HTML with a link to the content of this CID.

    On a host that does not serve other CIDs, the link leads to a page of another site that explains the CID. In a
    preview, there is no link, because the link would reveal an unpublished CID to others.
    """
    text = str(cid)
    short = text if len(text) < 12 else f"{text[:4]}…{text[-4:]}"
    if content_path.alone:
        return f'<span class="ipfs-hash" translate="no" title="{text}">{short}</span>'
    if content_path.cid_base is None:
        href = f'"https://cid.ipfs.tech/#{text}" target="_blank" rel="noreferrer noopener"'
    else:
        twice = quote(encoded(name), safe="")
        href = f'"{escape(content_path.cid_base)}/ipfs/{text}?filename={twice}"'
    return f'<a class="ipfs-hash" translate="no" href={href}>{short}</a>'


def _text(name: str) -> str:
    """Return a name as text for people. Bytes that are not UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode(errors="replace")
