"""A page of a root as one text that needs nothing else: style sheets, pictures and fonts of the same root within it.

This is for the eye alone. What keeps a page from doing harm is the sandbox and the policy of the document around it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.diff.text import resolved
from publisher.errors import BlockMissing

LARGEST = 512 << 10
"""Bytes of a picture, font or style sheet that is taken along."""
TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "otf": "font/otf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
}
NOTHING = "data:,"
"""In the place of what is not taken along."""

_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)|<base\b[^>]*(?:>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(link|img|source|video|audio|image|input)\b((?:[^>\"']|\"[^\"]*\"?|'[^']*'?)*+)>?", re.IGNORECASE)
_VALUE = re.compile(
    r"(?<![\w-])(src|href|xlink:href|poster|srcset)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I
)
_REL = re.compile(r"(?<![\w-])rel\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_MEDIA = re.compile(r"(?<![\w-])media\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_URL = re.compile(r"url\(\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'()]+))\s*\)", re.IGNORECASE)


@dataclass(slots=True)
class Root:
    """The files of a root, each read once."""

    get: Get
    root: Cid
    left: int
    """Bytes that may still be taken along."""
    _known: dict[str, bytes | None] = field(default_factory=dict)

    def file(self, path: str, largest: int = LARGEST) -> bytes | None:
        """A file's bytes; None when it is not there or too large."""
        if path not in self._known:
            self._known[path] = self._read(path, largest)
        return self._known[path]

    def _read(self, path: str, largest: int) -> bytes | None:
        try:
            cid = walk.resolve(self.get, self.root, path)
            if walk.node(self.get, cid).size > largest:
                return None
            return b"".join(walk.cat(self.get, cid, 0, largest))
        except (BlockMissing, walk.Malformed, walk.PathMissing):
            return None

    def page(self, path: str, largest: int) -> str | None:
        """A page with all it needs. None when it is not there, or no room is left for it."""
        data = self.file(path, largest)
        if data is None or len(data) > self.left:
            return None
        html = self._spent(_SCRIPT.sub("", data.decode("utf-8-sig", "replace")))
        return _TAG.sub(lambda tag: self._tag(tag[0], tag[1].lower(), tag[2], path), html)

    def _tag(self, whole: str, name: str, attributes: str, path: str) -> str:
        if name != "link":
            return _VALUE.sub(lambda value: self._attribute(value, path), whole)
        found = next((value for value in _VALUE.finditer(attributes) if value[1].lower() == "href"), None)
        rel = _REL.search(attributes)
        if found is None or rel is None or "stylesheet" not in _chosen(rel).lower().split():
            return ""  # icons, feeds, preloads: nothing that is seen
        sheet = _inside(_chosen(found), path)
        data = self.file(sheet) if sheet is not None else None
        if data is None or sheet is None or len(data) > self.left:
            return ""
        css = _URL.sub(self._css(sheet), data.decode("utf-8-sig", "replace"))
        media = _MEDIA.search(attributes)
        opened = f'<style media="{escape(_chosen(media))}">' if media else "<style>"
        return self._spent(opened + css.replace("</", r"<\/") + "</style>")

    def _attribute(self, value: re.Match[str], path: str) -> str:
        if value[1].lower() == "srcset":
            return ""
        return f'{value[1]}="{escape(self._data(_chosen(value), path))}"'

    def _css(self, sheet: str) -> Callable[[re.Match[str]], str]:
        return lambda found: f'url("{self._data(found[found.lastindex or 1], sheet)}")'

    def _data(self, target: str, path: str) -> str:
        """What a link within the root leads to, as an address that holds it."""
        if target.startswith("data:"):
            return target.replace('"', "%22")
        inner = _inside(target, path)
        kind = TYPES.get(inner.rpartition(".")[2].lower()) if inner is not None else None
        data = self.file(inner) if inner is not None and kind else None
        if data is None or len(data) > self.left:
            return NOTHING
        return self._spent(f"data:{kind};base64,{base64.b64encode(data).decode()}")

    def _spent(self, text: str) -> str:
        self.left -= len(text)
        return text


def _chosen(value: re.Match[str]) -> str:
    return unescape(value[value.lastindex or 1])


def _inside(target: str, path: str) -> str | None:
    """The path below the root that a link leads to; None for one that leaves it."""
    whole = resolved(target, path)
    if not whole.startswith("/") or whole.startswith("//"):
        return None
    return _percent(re.split(r"[?#]", whole, maxsplit=1)[0][1:])


def _percent(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
