"""Find the kind of a file. A comparison treats pages, other texts, and all other files differently."""

from __future__ import annotations

from typing import Literal

FileKind = Literal["page", "text", "other"]

_PAGES = (".html", ".htm", ".xhtml")
_TEXTS = tuple(
    f".{ending}"
    for ending in [
        *("css", "js", "mjs", "ts", "json", "map", "md", "txt", "csv", "tsv", "xml", "xsl", "atom", "rss", "svg"),
        *("webmanifest", "toml", "yml", "yaml", "ini", "vtt", "srt", "tex", "bib", "asc", "py", "sh"),
    ]
)
_SNIFFED = 4096
INDEX = "index.html"


def kind_of(path: str, head: bytes) -> FileKind:
    """Return the kind of a file. Its name decides, or its first bytes `head` if the name has no extension."""
    name = path.rpartition("/")[2].lower()
    if name.endswith(_PAGES):
        return "page"
    if name.endswith(_TEXTS) or name.startswith("_"):  # names such as _redirects and _headers
        return "text"
    return "other" if "." in name.strip(".") else _sniffed(head[:_SNIFFED])


def _sniffed(head: bytes) -> FileKind:
    if b"\0" in head:
        return "other"
    start = head.lstrip()[:20].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "page"
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return "text" if error.reason == "unexpected end of data" else "other"
    return "text"


def address(path: str) -> str:
    """Return the address of a page below the root of the site. For example, `posts/a/index.html` is at /posts/a/."""
    return "/" + (path.removesuffix(INDEX) if path == INDEX or path.endswith("/" + INDEX) else path)
