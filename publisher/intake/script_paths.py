"""Find addresses in scripts that may begin at the root of the host.

A script can put an address together in any way. So these addresses are a guess: texts that begin with a slash and are
the path of a file or a folder of the site, texts that are given to a function that loads something, and the base paths
that bundlers write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote_to_bytes

from publisher.formatting import count
from publisher.intake.lines import Lines, located

SCRIPTS = (".js", ".mjs")

_SCRIPT = re.compile(rb"<script\b[^>]*+>?+((?:[^<]++|<(?!/script))*+)", re.IGNORECASE)
_TEXT = re.compile(rb"[\"'`](/(?!/)[^\"'`\s\\<>${}]*+)\\?[\"'`]")
_LOADS = re.compile(
    rb"(?:\b(?:fetch|import|importScripts|register|require)\(|\bnew\s+(?:Shared)?Worker\(|\bEventSource\()\s*+\Z"
)
_BASE = re.compile(rb"(?:\.p|publicPath|assetPrefix|basePath|baseUrl)\"?\s*+[=:]\s*+\Z|\breturn\s*+\Z")
_BEFORE = 40
"""The number of bytes before a text in which the call of a function or the name of a base path is searched."""

MOST = 10_000
"""The largest number of different addresses of a site that are counted."""


class ScriptPaths:
    """Collects the addresses in the scripts of a site. `known` are the paths of its files and folders."""

    def __init__(self, known: Collection[bytes]) -> None:
        self._known = known
        self._texts: set[bytes] = set()
        self._files = 0
        self._first = "", ""
        """The path of the first file with an address, and the position and the text of this address."""

    def script(self, path: str, data: bytes) -> None:
        """Search a script."""
        self._search(path, data, ((0, len(data)),), Lines(data))

    def page(self, path: str, data: bytes, lines: Lines) -> None:
        """Search the scripts in a page. `lines` finds the line of an offset in `data`."""
        self._search(path, data, (match.span(1) for match in _SCRIPT.finditer(data)), lines)

    def warnings(self) -> Iterator[str]:
        """Yield a line if any address was found."""
        if self._texts:
            some = "a path" if len(self._texts) == 1 else f"{len(self._texts):,} paths"
            files = "a file" if self._files == 1 else count(self._files, "file")
            yield (
                f"{self._first[1]}: scripts in {files} contain {some} at the root of the host, which may fail where a"
                " gateway shows the site below /ipfs/ROOT/; this is a guess, so try the site there, or build it with"
                " relative paths"
            )

    def _search(self, path: str, data: bytes, spans: Iterable[tuple[int, int]], lines: Lines) -> None:
        found = False
        for start, stop in spans:
            for match in _TEXT.finditer(data, start, stop):
                text = match[1]
                if not self._is_address(text, data[max(start, match.start() - _BEFORE) : match.start()]):
                    continue
                found = True
                if not self._texts or path < self._first[0]:
                    shown = text.decode("utf-8", "backslashreplace")
                    self._first = path, located(path, lines.at(match.start(1)), shown)
                if len(self._texts) < MOST:
                    self._texts.add(text)
        self._files += found

    def _is_address(self, text: bytes, before: bytes) -> bool:
        if text == b"/":
            return _BASE.search(before) is not None
        path = unquote_to_bytes(text.partition(b"#")[0].partition(b"?")[0])[1:]
        return path in self._known or path.removesuffix(b"/") in self._known or _LOADS.search(before) is not None
