"""Find links in pages of other tools that fail on a gateway: links that leave the site, and links to missing files.

Pages are searched with patterns, because parsing their HTML takes far longer. A match may be text in a sample of code.
So a page with a match is parsed, until READ parsed pages had a true fault of the same kind. After that, pages with a
match of this kind are only counted. On a large site, only some pages are searched, spread over the whole site. Most
faults come from a template, so they are on most pages.

Links to the root of the host are searched in every attribute that may hold a URL (see html/url_attributes.py). Other
links are searched in `href` and `src`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from html import unescape
from urllib.parse import unquote_to_bytes

from publisher.fast_dataclass import dataclass
from publisher.formatting import count
from publisher.html.places import Place, css_places, manifest_places, places
from publisher.intake.lines import Lines, located
from publisher.intake.link_faults import MANY, WHAT
from publisher.intake.root_links import WORTH, is_rooted, unusual
from publisher.intake.script_paths import SCRIPTS, ScriptPaths

PAGES = (".html", ".htm", ".xhtml")
DRAWINGS = (".svg",)
MANIFESTS = (".webmanifest", "manifest.json")
READ = 30
"""After this many parsed pages with a true fault of one kind, no more pages are parsed for this kind.

Parsing a page takes a millisecond.
"""

SOME = 500
"""The largest number of pages that are searched if `every` is not set. `index.html` and `404.html` are searched too.

Searching 5,000 pages takes a second or two.
"""

FEW = 50
"""The largest number of pages that are searched for links to the root of the host in unusual attributes.

If `every` is set, all pages are searched.
"""

_HEAD = 4 << 10
"""A `<base>` element after this number of bytes is not found. It must come before the links for which it is valid."""

FORMS = 100_000
"""The largest number of remembered spellings of links to the root of the host."""

_FORMS = "forms"
"""The key of `_read` for pages that were parsed because of unusual links to the root of the host."""

SHOWN = 3
"""The number of links of each kind that are listed one by one."""

# These patterns skip links within the page and links with a scheme. Most links are of these two kinds.
_HREF = re.compile(rb"href=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_SRC = re.compile(rb"src=[\"']?([^\"' >#:][^\"' >:]*+)[\"' >]")
_DRAWN = re.compile(rb"=\s*[\"']?\s*[/\\&]|url\(", re.IGNORECASE)
"""Matches an SVG file that may have a link to the root of the host."""
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_LEAVES = re.compile(rb"[/\\]|" + _SCHEME.pattern)
"""Matches the address of a `<base>` that does not depend on the address of the page."""
_NO_LINK = re.compile(rb"[{}<>$\\]|\A[+&]")
"""Matches text of scripts and of templates that run in the browser. Such text is not a link."""


@dataclass(slots=True)
class _Suspect:
    """A possible fault: one link target, with one kind of fault."""

    pages: int = 0
    """The number of pages with a match."""
    first: str = ""
    """The first position in a parsed page and the link there (`path:line:col: text`), or "" if there is none."""


class Pages:
    """Checks the pages of a site, one after the other.

    `files` and `folders` are all paths of the site. `own` is the `https://` URL of the site, or "". If `every` is set,
    all pages are searched.
    """

    def __init__(self, files: Collection[str], folders: Collection[str], own: str = "", *, every: bool = False) -> None:
        self._files, self._folders = files, folders
        pages = sorted(path for path in files if path.endswith(PAGES))
        step = 1 if every else -(-len(pages) // SOME) or 1
        self._every = every
        # Unusual forms of a link come from a template and are on many pages, so a search of few pages finds them.
        self._searched = frozenset(pages[:: 1 if every else -(-len(pages) // FEW) or 1])
        self._looked = frozenset(pages[::step]) | ({"index.html", "404.html"} & set(pages))
        self._pages = len(pages)
        self._own = re.compile(re.escape(own.rstrip("/").encode()) + rb"/[^\"' ><]*+") if own else None
        self._known: set[bytes] = set()
        self._good: set[bytes] = set()
        """The targets that a good link may have: files, and folders with an index.html, with and without a slash."""
        self._bare: set[bytes] = set()
        """The folders without an index.html."""
        self._fine: dict[int, set[bytes]] = {}
        """Maps a depth of pages to links that are good on every page of this depth.

        Such a link leads up to the root of the site and from there down to a good target.
        """
        self._suspects: dict[tuple[str, bytes], _Suspect] = {}
        self._false: set[tuple[str, bytes]] = set()
        self._read: dict[str, int] = {}
        self._forms: dict[bytes, bytes] = {}
        """Maps each spelling of a link to the root of the host to its target."""
        self._scripts = ScriptPaths(self.targets())
        self._lines = Lines(b"")
        """The lines of the file that is searched at the moment."""

    def targets(self) -> set[bytes]:
        """Return the paths of all files and folders of the site, without a slash at their ends."""
        return {path.encode("utf-8", "surrogateescape").removesuffix(b"/") for path in (*self._files, *self._folders)}

    def rooted(self) -> int:
        """Return the number of links to the root of the host on the pages that were searched."""
        return sum(found.pages for (kind, _), found in self._suspects.items() if kind == "rooted" and found.pages > 0)

    def look(self, path: str, data: bytes, lines: Lines | None = None) -> None:
        """Check the links of a file of the site. `data` are its bytes. Files that cannot have links are skipped.

        `lines` finds the line of an offset in `data` if the file on the disk has other bytes.
        """
        self._lines = lines or Lines(data)
        if path in self._looked:
            self._page(path, data)
        elif path.endswith(".css"):
            self._style(path, data)
        elif path.endswith(SCRIPTS):
            self._scripts.script(path, data)
        elif path.endswith(DRAWINGS):
            if _DRAWN.search(data):
                self._tell_rooted(path, data, places(data, WORTH), set())
        elif path.endswith(MANIFESTS):
            self._tell_rooted(path, data, manifest_places(data), set())

    def _page(self, path: str, data: bytes) -> None:
        self._scripts.page(path, data, self._lines.again())
        values = set(_HREF.findall(data))
        values.update(_SRC.findall(data))
        at = data.find(b"<base", 0, _HEAD)
        base = match[1] if at >= 0 and (match := _HREF.search(data, at, at + 1024)) else b""
        found = list(self._judged(_based(path, base) if base else path, values - {base}))
        if base and _LEAVES.match(base):
            found.append(("base", base, base))
        if self._own is not None:
            here = _address(path)
            found += (("own", url, url) for url in set(self._own.findall(data)) if not url.endswith(b"/" + here))
        if found:
            self._note(path, data, found)
        if path != "404.html" and path in self._searched:
            self._rooted(path, data, {target for kind, target, _ in found if kind == "rooted"})

    def _rooted(self, path: str, data: bytes, told: set[bytes]) -> None:
        """Record links to the root of the host in unusual attributes.

        `told` are the targets that are already recorded.
        """
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
        """Record each link to the root of the host. Return the number of targets that are not in `told`."""
        counted = set(told)
        for place in found:
            target = is_rooted(place.text)
            if not target or place.tag == "base" or place.home:
                continue
            suspect = self._suspects.setdefault(("rooted", target), _Suspect())
            suspect.pages += target not in counted or not suspect.pages
            counted.add(target)
            if len(self._forms) < FORMS:
                self._forms[place.written] = self._forms[place.text.encode("utf-8", "replace")] = target
            if not suspect.first:
                suspect.first = located(path, self._lines.at(place.start), place.text)
        return len(counted) - len(told)

    def warnings(self) -> Iterator[str]:
        """Yield a few lines for each kind of fault that was found."""
        if any(found.first for found in self._suspects.values()) and len(self._looked) < self._pages:
            yield f"of {self._pages:,} pages, the links of {len(self._looked):,} were looked at; --check looks at all"
        yield from self._scripts.warnings()
        for kind, what in WHAT.items():
            all_of_it = [found for (sort, _), found in self._suspects.items() if sort == kind and found.pages]
            seen = sorted((one for one in all_of_it if one.first), key=lambda one: (-one.pages, one.first))
            for one in seen[:SHOWN]:
                more = f" (and on {count(one.pages - 1, 'more page')})" if one.pages > 1 else ""
                yield f"{one.first} {what}{more}"
            if seen and (others := len(all_of_it) - SHOWN) > 0:
                yield f"{others:,} more {MANY[kind][others > 1]}"

    def _judged(self, path: str, values: Iterable[bytes]) -> Iterator[tuple[str, bytes, bytes]]:
        """Yield the kind of fault, the target and the spelling of each faulty link among `values`."""
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
        """Return the kind of fault of a link and its target, or "" and b"" if the link is good."""
        value = unescape(written.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        value = value.translate(None, b"\t\n\r")  # browsers remove these characters too
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
        """Fill the sets of existing targets. This happens at the first page."""
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
            if not suspect.first and self._read.get(kind, 0) < READ:
                fresh[written] = kind, suspect
        if not fresh:
            return
        for kind in {self._seen(path, fresh, place) for place in places(data)} - {""}:
            self._read[kind] = self._read.get(kind, 0) + 1
        self._doubt(found, fresh.keys())

    def _seen(self, path: str, fresh: dict[bytes, tuple[str, _Suspect]], place: Place) -> str:
        """Return the kind of fault, and record the position, if the link at `place` is in `fresh`. Else return ""."""
        if not place.plain or place.home or place.written not in fresh:
            return ""
        kind, suspect = fresh.pop(place.written)
        suspect.first = located(path, self._lines.at(place.start), place.text)
        return kind

    def _doubt(self, found: list[tuple[str, bytes, bytes]], wrong: Collection[bytes]) -> None:
        """Drop matches that are only text on this page. If not all pages are searched, drop them for all pages.

        `wrong` are the spellings that are only text.
        """
        for kind, target, written in found:
            if written in wrong and (kind, target) in self._suspects:
                self._suspects[kind, target].pages -= 1
                if not self._every:
                    self._false.add((kind, target))
                    self._suspects.pop((kind, target))

    def _style(self, path: str, data: bytes) -> None:
        for place in css_places(data):
            for kind, target, _ in self._judged(path, [place.text.strip().encode("utf-8", "surrogatepass")]):
                suspect = self._suspects.setdefault((kind, target), _Suspect())
                suspect.pages += 1
                if not suspect.first:
                    suspect.first = located(path, self._lines.at(place.start), place.text)


def _address(path: str) -> bytes:
    return path.removesuffix("index.html").encode()


def _based(path: str, base: bytes) -> str:
    """Return a path that stands for the page at `path` with the base `base`.

    From the returned path, without a base, all links lead to the same targets.
    """
    folder = base.partition(b"#")[0].partition(b"?")[0].rpartition(b"/")[0] + b"/"
    joined = posixpath.normpath(
        posixpath.join("/", posixpath.dirname(path), unquote_to_bytes(folder).decode("utf-8", "replace"))
    )
    return joined.strip("/") + "/x" if joined.strip("/") else "x"
