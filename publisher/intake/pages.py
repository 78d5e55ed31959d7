"""What the links of other tools' pages do at a gateway: those that leave the site, and those that lead nowhere.

A page is searched, which takes a hundredth of the time of reading it as HTML. What the search finds may be text in a
sample of code, so some of the pages it suspects are read: links that were seen in one page so are believed in all. Of a
large site some pages are searched, spread over all of it: what is wrong there is mostly in a template, and so in most.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote_to_bytes

from publisher.site import rawhtml

PAGES = (".html", ".htm", ".xhtml")
READ = 30
"""So many pages are read as HTML for each kind of link, at some milliseconds each."""

SOME = 500
"""So many pages of a site are searched, unless all are wanted: then 5,000 of them take a third of a second."""

_HEAD = 4 << 10
"""Bytes of a page among which a <base> is looked for: it has to stand before all that it is for."""

SHOWN = 3
"""Links of each kind that are told one by one."""

# Neither what leads to a place of the same page nor what names its scheme: most links there are.
_HREF = re.compile(rb"href=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_SRC = re.compile(rb"src=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_NO_LINK = re.compile(rb"[{}<>$\\]|\A[+&]")
"""What stands in scripts and templates that run in the browser."""

_WHAT = {
    "rooted": "leads out of the site where a gateway shows it below /ipfs/ROOT/; write it relative to the page",
    "base": "is a <base> from which a gateway that shows the site below /ipfs/ROOT/ counts every link; take it out",
    "leaves": "leads out of the site",
    "nowhere": "leads nowhere",
    "listing": "leads to a folder without index.html: visitors get a bare listing",
    "own": "leads to the site's own address, away from this copy; write it relative to the page",
}
_MANY = {
    "rooted": "links that begin with /",
    "base": "<base> elements",
    "leaves": "links that lead out of the site",
    "nowhere": "links that lead nowhere",
    "listing": "links to folders without index.html",
    "own": "links to the site's own address",
}


@dataclass(slots=True)
class _Suspect:
    """One target of one kind."""

    pages: int = 0
    place: str = ""
    """Where it was seen first, once a page was read; until then it is a suspicion."""
    text: str = ""


class Pages:
    """Looks at page after page of one site."""

    def __init__(self, files: Collection[str], folders: Collection[str], own: str = "", *, every: bool = False) -> None:
        self._files, self._folders = files, folders
        pages = sorted(path for path in files if path.endswith(PAGES))
        step = 1 if every else -(-len(pages) // SOME) or 1
        self._looked = frozenset(pages[::step]) | ({"index.html", "404.html"} & set(pages))
        self._pages = len(pages)
        self._own = re.compile(re.escape(own.rstrip("/").encode()) + rb"/[^\"' ><]*+") if own else None
        self._known: set[bytes] = set()
        self._good: set[bytes] = set()
        """What a link may lead to as it is written: files, and folders with an index.html, with a slash or without."""
        self._bare: set[bytes] = set()
        self._fine: dict[int, set[bytes]] = {}
        """Depth -> links that go up to the root and down to something: right in every page of that depth."""
        self._suspects: dict[tuple[str, bytes], _Suspect] = {}
        self._false: set[tuple[str, bytes]] = set()
        self._read: dict[str, int] = {}

    def look(self, path: str, data: bytes) -> None:
        """Look at a file of the site; what is no page and no style sheet is passed over."""
        if path in self._looked:
            values = set(_HREF.findall(data))
            values.update(_SRC.findall(data))
            found = list(self._judged(path, values))
            base = data.find(b"<base", 0, _HEAD)
            if base >= 0 and (value := _HREF.search(data, base, base + 1024)):
                found.append(("base", value[1], value[1]))
            if self._own is not None:
                here = _address(path)
                found += (("own", url, url) for url in set(self._own.findall(data)) if not url.endswith(b"/" + here))
            if found:
                self._note(path, data, found)
        elif path.endswith(".css"):
            self._style(path, data)

    def warnings(self) -> Iterator[str]:
        """What was found, a few lines for each kind."""
        if any(found.place for found in self._suspects.values()) and len(self._looked) < self._pages:
            yield f"of {self._pages:,} pages, the links of {len(self._looked):,} were looked at; --check looks at all"
        for kind, what in _WHAT.items():
            all_of_it = [found for (sort, _), found in self._suspects.items() if sort == kind and found.pages]
            seen = sorted((one for one in all_of_it if one.place), key=lambda one: (-one.pages, one.place))
            for one in seen[:SHOWN]:
                more = f" (and on {one.pages - 1:,} more pages)" if one.pages > 1 else ""
                yield f"{one.place}: {one.text} {what}{more}"
            if seen and len(all_of_it) > SHOWN:
                yield f"{len(all_of_it) - SHOWN:,} more {_MANY[kind]}"

    def _judged(self, path: str, values: Iterable[bytes]) -> Iterator[tuple[str, bytes, bytes]]:
        """Kind, what it leads to and what is written, of each link that does not lead to a page or file of the site."""
        if not self._known:
            self._learn()
        depth = path.count("/")
        fine = self._fine.setdefault(depth, set())
        folders = path.encode().split(b"/")[:-1]
        bases = [b"".join(name + b"/" for name in folders[: depth - up]) for up in range(depth + 1)]
        for written in values:
            if written in fine:
                continue
            up = 0
            while written.startswith(b"../", 3 * up):
                up += 1
            if up <= depth and bases[up] + written[3 * up :].partition(b"#")[0] in self._good:
                if up == depth:
                    fine.add(written)
            elif written:
                kind, target = self._judge(path, bases[0], written)
                if kind:
                    yield kind, target, written

    def _judge(self, path: str, here: bytes, written: bytes) -> tuple[str, bytes]:
        """What is wrong with a link that is not plainly right, and where it leads."""
        value = unescape(written.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if value[:1] in (b"", b"#", b"?") or value.startswith(b"//") or _NO_LINK.search(value) or _SCHEME.match(value):
            return "", b""
        if value.startswith(b"/"):
            return ("", b"") if path == "404.html" else ("rooted", value)
        value = value.partition(b"#")[0].partition(b"?")[0]
        target = posixpath.normpath(posixpath.join(here, unquote_to_bytes(value)))
        if target == b".." or target.startswith(b"../"):
            return "leaves", value
        if target in self._bare:
            return "listing", target
        return ("", b"") if target in self._known else ("nowhere", target)

    def _learn(self) -> None:
        """What is there; only a folder that holds a page is asked for this."""
        files = {path.encode() for path in self._files}
        folders = {path.rstrip("/").encode() for path in self._folders}
        indexed = {path for path in folders if (path + b"/index.html").lstrip(b"/") in files}
        self._bare = {path or b"." for path in folders - indexed}
        self._good = files | indexed | {path + b"/" for path in indexed if path}
        self._known = files | {path or b"." for path in folders}

    def _note(self, path: str, data: bytes, found: list[tuple[str, bytes, bytes]]) -> None:
        fresh: dict[bytes, _Suspect] = {}
        kinds: set[str] = set()
        for kind, target, written in found:
            if (kind, target) in self._false:
                continue
            suspect = self._suspects.setdefault((kind, target), _Suspect())
            suspect.pages += 1
            if not suspect.place and self._read.get(kind, 0) < READ:
                fresh[written] = suspect
                kinds.add(kind)
        if not fresh:
            return
        for kind in kinds:
            self._read[kind] = self._read.get(kind, 0) + 1
        html = data.decode("utf-8", "replace")
        for link in rawhtml.links(html):
            written = html[link.start : link.end].encode()
            if written in fresh and not _names_itself(html, link.start):
                _place(fresh.pop(written), path, html, link)
        for kind, target, written in found:
            if written in fresh:  # text, or what a search engine is told
                self._false.add((kind, target))
                self._suspects.pop((kind, target), None)

    def _style(self, path: str, data: bytes) -> None:
        css = data.decode("utf-8", "replace")
        for link in rawhtml.style_links(css):
            for kind, target, _ in self._judged(path, [link.text.strip().encode("utf-8", "surrogatepass")]):
                suspect = self._suspects.setdefault((kind, target), _Suspect())
                suspect.pages += 1
                if not suspect.place:
                    _place(suspect, path, css, link)


def _place(suspect: _Suspect, path: str, text: str, link: rawhtml.Link) -> None:
    line, col = text.count("\n", 0, link.start) + 1, link.start - text.rfind("\n", 0, link.start)
    suspect.place, suspect.text = f"{path}:{line}:{col}", link.text.strip()


def _names_itself(html: str, start: int) -> bool:
    """Whether the link stands in a <link> that says where the page is at home or in other forms: that is right."""
    tag = html[html.rfind("<", 0, start) : start + 200].partition(">")[0].lower()
    return tag.startswith("<link") and ("canonical" in tag or "alternate" in tag or "preconnect" in tag)


def _address(path: str) -> bytes:
    return path.removesuffix("index.html").encode()
