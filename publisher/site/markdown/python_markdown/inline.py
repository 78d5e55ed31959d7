"""Parse inline Markdown without trying patterns that cannot match.

The library tries about twenty patterns on each text. A pattern matches only a text with certain characters, and most
texts have none of them. So one search decides which patterns are tried. The output is the same to the byte. Tests
convert articles with and without this module.
"""

from __future__ import annotations

import inspect
import re
from collections import deque
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

from publisher.site.markdown.python_markdown.attributes import AttributeLists
from publisher.site.markdown.python_markdown.structure.writer import LIST

# Maps the name of a pattern to parts of a text. The pattern can match only a text that has one of these parts. A
# pattern that is not in this table is always tried.
_NEEDS: dict[str, tuple[str, ...]] = {
    "backtick": ("`",),
    "backslash-break": ("\\",),
    "formula-code": ("$",),
    "formula": ("$", "\\"),
    "equation-reference": ("\\",),
    "keys-custom": ("++",),
    "escape": ("\\",),
    "footnote": ("[^",),
    "reference": ("[",),
    "link": ("](",),
    "image_link": ("](",),
    "image_reference": ("![",),
    "short_reference": ("[",),
    "short_image_ref": ("![",),
    "autolink": ("<",),
    "automail": ("<",),
    "linebreak": ("  \n",),
    "html": ("<",),
    "magic-link": ("://", "www."),
    "magic-mail": ("@",),
    "entity": ("&",),
    "emoji": (":",),
    "keys": ("++",),
    "delimiter": ("*", "_", "~", "^", "=="),
}
_REFERENCES = frozenset({"reference", "image_reference", "short_reference", "short_image_ref"})
"""Patterns that change nothing in an article without definitions of links."""

_SIGN = re.compile(r"[`$\\+\[<:@&*_~^=]")  # the first characters of the parts in _NEEDS, except "  \n" and "www."
_LONGER = (("+", "++"), ("[", "[^"), ("[", "]("), ("[", "!["), (":", "://"), ("=", "=="))
_NONE: frozenset[str] = frozenset()
_EMOJI = re.compile(r":[+\-\w]+:")

_PRIVATE = {
    "_InlineProcessor__applyPattern": ("self", "pattern", "data", "patternIndex", "startIndex"),
    "_InlineProcessor__handleInline": ("self", "data", "patternIndex"),
    "_InlineProcessor__processPlaceholders": ("self", "data", "parent", "isText"),
}
"""The private methods of the library's stage on which GuardedInline depends, with their parameters."""


class GuardedInline(InlineProcessor):
    """The library's inline stage. Unlike the library, it tries only the patterns that may match a text."""

    def __init__(self, md: Markdown, source: _SourceText) -> None:
        super().__init__(md)
        self._source = source
        self._apply: Any = getattr(self, "_InlineProcessor__applyPattern")  # noqa: B009  private names of the library
        self._place: Any = getattr(super(), "_InlineProcessor__processPlaceholders")  # noqa: B009
        self._plans: dict[tuple[frozenset[str], bool], list[tuple[int, Any]]] = {}
        patterns: Any = self.inlinePatterns
        names = {patterns.get_index_for_name(name): name for name in _NEEDS if name in patterns}
        self._all = [(names.get(index, ""), index, pattern) for index, pattern in enumerate(patterns)]
        self._always = any(not name for name, _, _ in self._all)
        self._code = patterns.get_index_for_name("backtick")

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        """Apply the patterns to all texts below `tree`, as the library does. Skip texts that no pattern can match.

        `ancestors` are the tags of the elements around `tree`.
        """
        self.stashed_nodes = {}
        waiting = deque([(tree, [*(ancestors or ()), tree.tag.lower()])])
        while waiting:
            parent, self.ancestors = waiting.popleft()
            if parent is not tree:
                self.ancestors.append(parent.tag.lower())
            found: list[tuple[Element, list[Any]]] = []
            for child in parent:
                if (text := child.text) and not isinstance(text, AtomicString) and not self._stays(text):
                    self.ancestors.append(child.tag.lower())
                    child.text = None
                    placed = self._InlineProcessor__processPlaceholders(
                        self._InlineProcessor__handleInline(text), child
                    )
                    waiting += placed
                    found.append((child, placed))
                    self.ancestors.pop()
                if child.tail and not self._stays(child.tail):
                    self._tail(parent, child)
                if len(child):
                    waiting.append((child, self.ancestors[:]))
            for child, placed in found:  # these elements are inserted after the loop, so it does not reach them
                for number, (element, _) in enumerate(placed):
                    child.insert(number, element)
        return tree

    def _tail(self, parent: Element, child: Element) -> None:
        text, holder = self._InlineProcessor__handleInline(child.tail or ""), Element("d")
        child.tail = None
        placed = self._InlineProcessor__processPlaceholders(text, holder, isText=False)
        child.tail = holder.tail
        at = list(parent).index(child) + 1
        for element, _ in reversed(placed):
            parent.insert(at, element)

    def _stays(self, text: str) -> bool:
        """Return whether a text has no placeholder, and no pattern can match it."""
        return STX not in text and self._is_plain(text)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        if isinstance(data, AtomicString) or self._is_plain(data):
            return data
        for index, pattern in self._plan(data):
            if index < patternIndex:
                continue
            before, matched, start = data, True, 0
            while matched:
                data, matched, start = self._apply(pattern, data, index, start)
            if index == self._code and data is not before:  # without the replaced code, fewer patterns may match
                return self._InlineProcessor__handleInline(data, index + 1)
        return data

    def _InlineProcessor__processPlaceholders(self, data: str, parent: Element, isText: bool = True) -> list[Any]:  # noqa: N802, N803
        if STX in data or not data:
            placed: list[Any] = self._place(data, parent, isText)
            return placed
        if isText:
            parent.text = parent.text + data if parent.text else data
        else:
            parent.tail = parent.tail + data if parent.tail else data
        return []

    def _is_plain(self, data: str) -> bool:
        """Return whether no pattern can match this text. This is a quick check, which most texts pass."""
        return not (self._always or self._source.www or _SIGN.search(data) or "  \n" in data)

    def _plan(self, data: str) -> list[tuple[int, Any]]:
        """Return the patterns that may match in this text, with their indexes."""
        key = self._signs(data), bool(self.md.references)
        if key not in self._plans:
            self._plans[key] = [(index, pattern) for name, index, pattern in self._all if _may(name, *key)]
        return self._plans[key]

    def _signs(self, data: str) -> frozenset[str]:
        found = set(_SIGN.findall(data))
        if found:
            self._look_closer(found, data)
        if "  \n" in data:
            found.add("  \n")
        if self._source.www and "www." in data.lower():
            found.add("www.")
        return frozenset(found) if found else _NONE

    @staticmethod
    def _look_closer(found: set[str], data: str) -> None:
        """Add the longer parts of _NEEDS that `data` has. Remove characters that alone have no meaning."""
        found.update([longer for sign, longer in _LONGER if sign in found and longer in data])
        found -= {"+", "="}  # a single `+` or `=` has no meaning
        if ":" in found and not _EMOJI.search(data):
            found.discard(":")


def _fits() -> bool:
    """Return whether the library's inline stage has the private methods that GuardedInline needs."""
    methods = [(getattr(InlineProcessor, name, None), parameters) for name, parameters in _PRIVATE.items()]
    return all(callable(own) and tuple(inspect.signature(own).parameters) == asked for own, asked in methods)


def _may(name: str, signs: frozenset[str], references: bool) -> bool:
    """Return whether the pattern `name` may change a text that has the parts `signs` of _NEEDS.

    `references` says whether the article has definitions of links.
    """
    if name in _REFERENCES and not references:
        return False
    return name not in _NEEDS or not signs.isdisjoint(_NEEDS[name])


_ENDS_OF_WWW = ("ww.", "Ww.", "wW.", "WW.")


_HIDDEN = f"{LIST}text"
"""The beginning of the mark of an element whose text is stored outside of the article's lines (see source.py)."""


class _SourceText(Preprocessor):
    """Finds out what the article may have outside of blocks of code and HTML."""

    www = False
    """Whether the article may have an address such as `www.example.org`."""
    escapes = False
    """Whether the article may have an escaped character."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        hidden = _HIDDEN in text
        self.www = hidden or any(end in text for end in _ENDS_OF_WWW)
        self.escapes = hidden or "\\" in text
        return lines


class _Attributes(AttributeLists):
    """The stage for `{#id .class}`. It does nothing for an article without a brace outside of code."""

    def run(self, doc: Element) -> None:
        if "{" in "".join(doc.itertext()):
            super().run(doc)


class _Unescape(UnescapeTreeprocessor):
    """Restores escaped characters. It does nothing for an article without a backslash outside of blocks of code."""

    source: _SourceText

    def run(self, root: Element) -> None:
        if self.source.escapes:
            super().run(root)


def guard(md: Markdown) -> None:
    """Replace stages of the library with the stages of this module.

    If the library's inline stage has an unknown form, it is not replaced. Then the conversion is slower.
    """
    stages: Any = md.treeprocessors
    source = _SourceText(md)
    md.preprocessors.register(source, "source", 29)  # after the stage that stores blocks of code and HTML
    if _fits():
        stages.register(GuardedInline(md, source), "inline", 20)
    stages.register(_Attributes(md), "attr_list", 8)
    escapes = _Unescape(md)
    escapes.source = source
    stages.register(escapes, "unescape", 0)
    md.is_block_level = cache(md.is_block_level)  # type: ignore[method-assign]  # it is called 500 times per article
