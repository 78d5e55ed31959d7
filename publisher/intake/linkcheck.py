"""Check the links of foreign pages at a gateway: those that leave the site, and those that lead nowhere.

A page is searched by patterns, which is far faster than parsing its HTML. A match may be text in a sample of code. So
the suspected pages are parsed until some suspicions were right; after that, the same links are believed on all pages.
Of a large site only some pages are searched, spread over all of it: most faults come from a template and so are on most
pages.

Links to the root of the host are sought in every form that HTML has (see html/url_attributes.py), other links in `href`
and `src`. The patterns here parse nothing: they only choose the pages that html/places.py parses, and count what it
found.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote_to_bytes

from publisher.html.places import Place, css_places, manifest_places, places
from publisher.intake.root_links import WORTH, is_rooted, unusual

PAGES = (".html", ".htm", ".xhtml")
DRAWINGS = (".svg",)
MANIFESTS = (".webmanifest", "manifest.json")
READ = 30
"""How many pages with a true suspicion of a kind are parsed, at a millisecond each. Later ones are counted."""

SOME = 500
"""How many pages of a site are searched, unless all are wanted: 5,000 pages take a second or two."""

FEW = 50
"""How many of them are searched for links to the root of the host in other forms than `href` and `src`."""

_HEAD = 4 << 10
"""Bytes of a page in which a <base> is sought: it has to come before the links that it applies to."""

FORMS = 100_000
"""How many spellings of links to the root of the host are remembered."""

_FORMS = "forms"
"""The key under which pages are counted that were parsed for these spellings."""

LONGEST = 200
"""Characters of a link that are shown."""

SHOWN = 3
"""How many links of each kind are listed one by one."""

# Without links within the page and links with a scheme, which are most links.
_HREF = re.compile(rb"href=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_SRC = re.compile(rb"src=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_DRAWN = re.compile(rb"=\s*[\"']?\s*[/\\&]|url\(", re.IGNORECASE)
"""Matches in a drawing what may lead anywhere but below it."""
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_NO_LINK = re.compile(rb"[{}<>$\\]|\A[+&]")
"""Matches what stands in scripts and in templates that run in the browser."""

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
    """Where it was first seen in a parsed page; empty while it is a suspicion."""
    text: str = ""

    def see(self, path: str, place: tuple[int, int], text: str) -> None:
        """Note where it was first seen."""
        shown = " ".join(text.split()).encode("utf-8", "backslashreplace").decode()
        self.place, self.text = f"{path}:{place[0]}:{place[1]}", shown[:LONGEST]


class Pages:
    """Checks one page of a site after another."""

    def __init__(self, files: Collection[str], folders: Collection[str], own: str = "", *, every: bool = False) -> None:
        self._files, self._folders = files, folders
        pages = sorted(path for path in files if path.endswith(PAGES))
        step = 1 if every else -(-len(pages) // SOME) or 1
        self._every = every
        # Unusual forms of a link come from a template and so are on many pages: few pages are enough.
        self._searched = frozenset(pages[:: 1 if every else -(-len(pages) // FEW) or 1])
        self._looked = frozenset(pages[::step]) | ({"index.html", "404.html"} & set(pages))
        self._pages = len(pages)
        self._own = re.compile(re.escape(own.rstrip("/").encode()) + rb"/[^\"' ><]*+") if own else None
        self._known: set[bytes] = set()
        self._good: set[bytes] = set()
        """What a link may lead to, as written: files, and folders with an index.html, with and without a slash."""
        self._bare: set[bytes] = set()
        self._fine: dict[int, set[bytes]] = {}
        """Depth -> links up to the root and down to something that exists: right on every page of that depth."""
        self._suspects: dict[tuple[str, bytes], _Suspect] = {}
        self._false: set[tuple[str, bytes]] = set()
        self._read: dict[str, int] = {}
        self._forms: dict[bytes, bytes] = {}
        """The spelling of a link to the root of the host -> what it leads to."""

    def look(self, path: str, data: bytes) -> None:
        """Check a file of the site. A file without links is skipped."""
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
            if path != "404.html" and path in self._searched:
                self._rooted(path, data, {target for kind, target, _ in found if kind == "rooted"})
        elif path.endswith(".css"):
            self._style(path, data)
        elif path.endswith(DRAWINGS):
            if _DRAWN.search(data):
                self._tell_rooted(path, data, places(data, WORTH), set())
        elif path.endswith(MANIFESTS):
            self._tell_rooted(path, data, manifest_places(data), set())

    def _rooted(self, path: str, data: bytes, told: set[bytes]) -> None:
        """Note links to the root of the host that the search does not find. `told` are those that it found."""
        forms = unusual(data)
        if not forms:
            return
        known = {self._forms.get(form, b"") for form in forms}
        if self._read.get(_FORMS, 0) >= READ and all(known):
            for target in known:
                self._suspects["rooted", target].pages += 1
            return
        if self._tell_rooted(path, data, places(data, WORTH), told):
            self._read[_FORMS] = self._read.get(_FORMS, 0) + 1

    def _tell_rooted(self, path: str, data: bytes, found: Iterable[Place], told: set[bytes]) -> int:
        """Note each link to the root of the host, and return how many are new on this page."""
        counted, lines = set(told), _Lines(data)
        for place in found:
            target = is_rooted(place.text)
            if not target or place.tag == "base" or place.home:
                continue
            suspect = self._suspects.setdefault(("rooted", target), _Suspect())
            suspect.pages += target not in counted or not suspect.pages
            counted.add(target)
            if len(self._forms) < FORMS:
                self._forms[place.written] = self._forms[place.text.encode("utf-8", "replace")] = target
            if not suspect.place:
                suspect.see(path, lines.at(place.start), place.text)
        return len(counted) - len(told)

    def warnings(self) -> Iterator[str]:
        """Yield what was found, a few lines for each kind."""
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
        """Yield kind, target and spelling of each link that does not lead to a page or file of the site."""
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
        """Return what is wrong with a link that is not clearly right, and where it leads; empty if it is right."""
        value = unescape(written.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        value = value.translate(None, b"\t\n\r")  # as browsers do
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
        """List what exists. It is done at the first page."""
        files = {path.encode() for path in self._files}
        folders = {path.rstrip("/").encode() for path in self._folders}
        indexed = {path for path in folders if (path + b"/index.html").lstrip(b"/") in files}
        self._bare = {path or b"." for path in folders - indexed}
        self._good = files | indexed | {path + b"/" for path in indexed if path}
        self._known = files | {path or b"." for path in folders}

    def _note(self, path: str, data: bytes, found: list[tuple[str, bytes, bytes]]) -> None:
        fresh: dict[bytes, tuple[str, _Suspect]] = {}
        for kind, target, written in found:
            if (kind, target) in self._false:
                continue
            suspect = self._suspects.setdefault((kind, target), _Suspect())
            suspect.pages += 1
            if not suspect.place and self._read.get(kind, 0) < READ:
                fresh[written] = kind, suspect
        if not fresh:
            return
        for kind in {self._seen(path, fresh, place, lines) for lines in [_Lines(data)] for place in places(data)} - {
            ""
        }:
            self._read[kind] = self._read.get(kind, 0) + 1
        self._doubt(found, fresh.keys())

    def _seen(self, path: str, fresh: dict[bytes, tuple[str, _Suspect]], place: Place, lines: _Lines) -> str:
        """Return the kind of a suspicion that was right; empty for a link that was not suspected."""
        if not place.plain or place.home or place.written not in fresh:
            return ""
        kind, suspect = fresh.pop(place.written)
        suspect.see(path, lines.at(place.start), place.text)
        return kind

    def _doubt(self, found: list[tuple[str, bytes, bytes]], wrong: Collection[bytes]) -> None:
        """Drop suspicions that were text on this page; if not all pages are parsed, drop them for all pages."""
        for kind, target, written in found:
            if written in wrong and (kind, target) in self._suspects:
                self._suspects[kind, target].pages -= 1
                if not self._every:
                    self._false.add((kind, target))
                    self._suspects.pop((kind, target))

    def _style(self, path: str, data: bytes) -> None:
        lines = _Lines(data)
        for place in css_places(data):
            for kind, target, _ in self._judged(path, [place.text.strip().encode("utf-8", "surrogatepass")]):
                suspect = self._suspects.setdefault((kind, target), _Suspect())
                suspect.pages += 1
                if not suspect.place:
                    suspect.see(path, lines.at(place.start), place.text)


class _Lines:
    """Line and column of positions in a text, asked for in order: each byte is counted once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at, self._line, self._col = 0, 1, 1

    def at(self, start: int) -> tuple[int, int]:
        """Return line and column, both from 1. For a position before the last one, those of the last one."""
        if start > self._at:
            passed = self._data[self._at : start]
            self._line += passed.count(b"\n")
            last = passed.rfind(b"\n")
            self._col = len(passed[last + 1 :].decode("utf-8", "replace")) + (self._col if last < 0 else 1)
            self._at = start
        return self._line, self._col


def _address(path: str) -> bytes:
    return path.removesuffix("index.html").encode()
