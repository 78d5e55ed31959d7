"""The page of a folder that has no index.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from publisher.dag.unixfs import Link

VERSION = 1
"""Part of a listing's entity tag: another number for another page of the same folder."""

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Index of {title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.2rem; overflow-wrap: anywhere }}
table {{ width: 100%; border-collapse: collapse }}
td {{ padding: .2rem 0; overflow-wrap: anywhere }}
td + td {{ text-align: right; white-space: nowrap; padding-left: 1rem }}
tr + tr {{ border-top: 1px solid #8884 }}
</style>
<h1>Index of {crumbs}</h1>
<table>
"""


def page(entries: Iterable[tuple[str, Link]], crumbs: Iterable[tuple[str, str]], *, top: bool) -> Iterator[bytes]:
    """HTML, a row an entry, by name; `crumbs` are the heading's words and their addresses, `top` leaves out the way up.

    Sizes are those of all blocks below an entry, since to read more would mean to fetch every entry.
    """
    words = [(escape(word), escape(address)) for word, address in crumbs]
    title = "/".join(word for word, _ in words)
    linked = "/".join(f'<a href="{address}">{word}</a>' for word, address in words)
    yield _HEAD.format(title=title, crumbs=linked).encode()
    if not top:
        yield b'<tr><td><a href="..">..</a><td>\n'
    for name, link in sorted(entries, key=lambda entry: entry[0]):
        raw = name.encode("utf-8", "surrogateescape")  # the names of a folder need not be UTF-8
        address = escape("./" + quote(raw, safe="!$&'()*+,;=:@-._~"))
        yield f'<tr><td><a href="{address}">{escape(raw.decode(errors="replace"))}</a><td>{size(link.size)}\n'.encode()
    yield b"</table>\n"


def size(count: int) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000  # type: ignore[assignment]
    return f"{count:.1f} TB"
