"""Turn a page into one HTML text that contains its style sheets, pictures and fonts.

The result is only for viewing. The sandbox and the policy of the surrounding document make a hostile page harmless.
"""

from __future__ import annotations

import base64
import re
from html import escape

from publisher.dag import walk
from publisher.dag.cid import Cid, Get
from publisher.diff.page_text import resolved
from publisher.errors import BlockMissing
from publisher.fast_dataclass import dataclass, field
from publisher.html.tokens import TOKEN, values
from publisher.html.url_attributes import HOLDERS, UrlForm, in_css

LARGEST = 512 << 10
"""The number of bytes of the largest picture, font or style sheet that is included."""
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
"""Replaces the address of a file that is not included."""

_SHOWN = frozenset({"audio", "image", "img", "input", "source", "video"})
"""Elements whose URLs are pictures, sound or video."""


@dataclass(slots=True)
class Root:
    """The files of a root. Each file is read once."""

    get: Get
    root: Cid
    left: int
    """The number of bytes that may still be included."""
    _known: dict[str, bytes | None] = field(default_factory=dict)

    def file(self, path: str, largest: int = LARGEST) -> bytes | None:
        """Return the bytes of a file. Return None if it is missing, malformed or larger than `largest` bytes."""
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
        """Return a page with the files that it needs.

        Return None if the page is missing, or larger than `largest` or `left`.
        """
        data = self.file(path, largest)
        if data is None or len(data) > self.left:
            return None
        html = data.decode("utf-8-sig", "replace")
        self._spent(html)
        return TOKEN.sub(lambda token: self._token(token, path), html)

    def _token(self, token: re.Match[str], path: str) -> str:
        """Return the replacement of a tag: the tag itself, "", or a tag that has its file as data."""
        name, inside = (token["name"] or token["end"] or "").lower(), token["attributes"]
        if name in ("script", "base"):
            self.left += len(token[0])
            return ""
        if name == "link":
            return self._sheet(values(inside), path) if inside else ""  # icons, feeds and preloads are left out
        if name not in _SHOWN or not inside:
            return token[0]
        said = values(inside)
        for key in [key for key in said if key in HOLDERS]:
            if HOLDERS[key].form is UrlForm.ONE:
                said[key] = self._data(said[key], path)
            elif HOLDERS[key].form is UrlForm.SET:
                del said[key]
        slash = "/" if inside.endswith("/") else ""
        return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in said.items()) + slash + ">"

    def _sheet(self, said: dict[str, str], path: str) -> str:
        sheet = _inside(said.get("href", ""), path)
        if sheet is None or "stylesheet" not in said.get("rel", "").lower().split():
            return ""
        data = self.file(sheet)
        if data is None or len(data) > self.left:
            return ""
        css = self._css(data.decode("utf-8-sig", "replace"), sheet)
        opened = f'<style media="{escape(said["media"])}">' if "media" in said else "<style>"
        return self._spent(opened + css.replace("</", r"<\/") + "</style>")

    def _css(self, css: str, sheet: str) -> str:
        parts: list[str] = []
        done = 0
        for start, stop, target, kind in in_css(css):
            if kind == "image" and not target.startswith("data:"):
                parts += (css[done:start], self._data(target, sheet))
                done = stop
        return "".join([*parts, css[done:]])

    def _data(self, target: str, path: str) -> str:
        """Return a `data:` URL with the file at `target`, or NOTHING if the file is not in the root or too large."""
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


def _inside(target: str, path: str) -> str | None:
    """Return the path below the root to which a link leads, or None if the link leaves the root."""
    whole = resolved(target, path)
    if not whole.startswith("/") or whole.startswith("//"):
        return None
    return _percent(re.split(r"[?#]", whole, maxsplit=1)[0][1:])


def _percent(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
