"""Read the syntax of Obsidian: `![[name]]`, `%%comment%%`, `#tag`, and `^id` at the end of a block."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from publisher.site.markdown import obsidian
from publisher.site.markdown.python_markdown.wikilinks import SIGN
from publisher.site.markdown.wikilinks import is_picture

TAG = "\x03#"
"""The destination of a tag begins with this text until a link mark replaces it. See SIGN in wikilinks.py."""

_EMBED = r"!\[\[([^\[\]|\\\n]+)(?:\\?\|([^\[\]\n]+))?\]\]"
_COMMENT = r"%%[^%]*(?:%(?!%)[^%]*)*%%"
_TAG = r"(?<!\S)#[\w/-]*[^\W\d_/-][\w/-]*"
_SIZE = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")
_BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6"))


class Obsidian:
    """Registers the patterns of this module. `tags` has the names of the tags of the last article, in their order."""

    def __init__(self, md: Markdown) -> None:
        self.tags: list[str] = []
        md.inlinePatterns.register(_Comment(_COMMENT, md), "obsidian-comment", 186)
        md.inlinePatterns.register(_Embed(_EMBED, md), "obsidian-embed", 185.5)
        md.inlinePatterns.register(_Tag(_TAG, md, self.tags), "obsidian-tag", 82)
        md.treeprocessors.register(_BlockIds(md), "obsidian-ids", 21)

    def begin(self) -> None:
        """Forget the previous article."""
        self.tags.clear()


class _Comment(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        return AtomicString(""), m.start(), m.end()


class _Embed(InlineProcessor):
    """Makes a picture of `![[x.png|200]]`, and a link with the class `embed` of `![[name]]`."""

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        written, text = str(self.unescape(m[1])).strip(), (m[2] or "").strip()
        if not written:
            return None, None, None
        if not is_picture(written):
            link = Element("a", {"href": SIGN + written, "class": "embed"})
            link.text = text or written.lstrip("#").replace("#", " > ")
            return link, m.start(), m.end()
        size = _SIZE.fullmatch(text)
        picture = Element("img", {"src": SIGN + written, "alt": "" if size else text})
        if size:
            picture.attrib.update({"width": size[1], **({"height": size[2]} if size[2] else {})})
        return picture, m.start(), m.end()


class _Tag(InlineProcessor):
    """Makes a link of `#tag`, and records the tag."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, pattern: str, md: Markdown, tags: list[str]) -> None:
        super().__init__(pattern, md)
        self._tags = tags

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        found = next(obsidian.tags(m[0]), None)
        if found is None:
            return None, None, None
        _, end, name = found
        self._tags.append(name)
        link = Element("a", {"class": "tag", "href": TAG + name})
        link.text = AtomicString(m[0][:end])
        return link, m.start(), m.start() + end


class _BlockIds(Treeprocessor):
    """Gives blocks their ids, before the inline stage. If a paragraph is only an id, the block before gets the id."""

    def run(self, root: Element) -> None:
        for parent in list(root.iter()):
            before: Element | None = None
            for child in list(parent):
                rest, wanted = obsidian.block_id(child.text or "") if child.tag in _BLOCKS else ("", "")
                if wanted and not rest and before is not None and not len(child):
                    before.set("id", wanted)
                    parent.remove(child)
                    continue
                if wanted and rest:
                    child.text = rest
                    child.set("id", wanted)
                before = child
