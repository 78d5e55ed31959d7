"""Inline Markdown without the patterns that cannot match.

The library tries each of some twenty patterns on each run of text. A pattern needs certain characters to match at all,
and most runs have none of them; so one search says which patterns are worth trying. The output is the same to the byte,
which the tests hold by building with and without.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.attr_list import AttrListTreeprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import InlineProcessor, Treeprocessor, UnescapeTreeprocessor
from markdown.util import AtomicString, Registry

# What has to stand in a text for the pattern of this name to match; a name that is not here is always tried.
_NEEDS: dict[str, tuple[str, ...]] = {
    "backtick": ("`",),
    "arithmatex-inline": ("$", "\\"),
    "keys-custom": ("+",),
    "escape": ("\\",),
    "footnote": ("[",),
    "reference": ("[",),
    "link": ("[",),
    "image_link": ("[",),
    "image_reference": ("[",),
    "short_reference": ("[",),
    "short_image_ref": ("[",),
    "autolink": ("<",),
    "automail": ("<",),
    "linebreak": ("  \n",),
    "html": ("<",),
    "magic-link": (":", "www."),
    "magic-mail": ("@",),
    "entity": ("&",),
    "emoji": (":",),
    "keys": ("+",),
    "delimiter": ("*", "_", "~", "^", "="),
}
_ANY = re.compile(r"[`$\\+\[<:@&*_~^=]|[wW]{3}\.|  \n")  # every sign of the table

_SYMBOL = re.compile(r"[(/=c0-9-](?:tm\)|[cr]\)|[/-]|st|nd|rd|th)")  # whatever has none of these has no symbol


class GuardedInline(InlineProcessor):
    """The library's inline stage; it hands each run of text only to the patterns that could match there."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._apply: Any = getattr(self, "_InlineProcessor__applyPattern")  # noqa: B009  a private name of the library
        self._plans: dict[frozenset[str], list[tuple[int, Any]]] = {}
        patterns: Any = self.inlinePatterns
        names = [item.name for item in sorted(patterns._priority, key=lambda item: -item.priority)]
        self._all = [(names[index], index, pattern) for index, pattern in enumerate(self.inlinePatterns)]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        if isinstance(data, AtomicString):
            return data
        signs = frozenset(_ANY.findall(data))
        plan = self._plans.get(signs)
        if plan is None:
            plan = self._plans[signs] = self._plan({sign.lower() for sign in signs})
        for index, pattern in plan:
            if index >= patternIndex:
                matched, start = True, 0
                while matched:
                    data, matched, start = self._apply(pattern, data, index, start)
        return data

    def _plan(self, signs: set[str]) -> list[tuple[int, Any]]:
        return [
            (index, pattern)
            for name, index, pattern in self._all
            if name not in _NEEDS or not signs.isdisjoint(_NEEDS[name])
        ]


class GuardedSymbols(Treeprocessor):
    """(c), 1/2, --> and the like: the patterns of pymdownx.smartsymbols, on the few texts that have any."""

    def __init__(self, md: Markdown, patterns: Registry[Any]) -> None:
        super().__init__(md)
        self._patterns = patterns

    def run(self, root: Element) -> None:
        """Replace in every text but those that are done with."""
        if not _SYMBOL.search("\n".join(root.itertext())):
            return
        for element in root.iter():
            text, tail = element.text, element.tail
            if text and _SYMBOL.search(text) and not isinstance(text, AtomicString):
                element.text = self._replace(text)
            if tail and _SYMBOL.search(tail) and not isinstance(tail, AtomicString):
                element.tail = self._replace(tail)

    def _replace(self, text: str) -> str:
        for pattern in self._patterns:

            def put(match: re.Match[str], own: Any = pattern) -> str:
                return str(own.handleMatch(match, match.string)[0])

            text = pattern.getCompiledRegExp().sub(put, text)
        return text


class _Source(Preprocessor):
    """Keeps the text of the article, to be asked what does not occur in it."""

    text = ""

    def run(self, lines: list[str]) -> list[str]:
        self.text = "\n".join(lines)
        return lines


class _Attributes(AttrListTreeprocessor):
    """`{#id .class}`: nothing to do without a brace."""

    source: _Source

    def run(self, doc: Element) -> None:
        if "{" in self.source.text:
            super().run(doc)


class _Unescape(UnescapeTreeprocessor):
    """Escaped characters come back: there are none without a backslash."""

    source: _Source

    def run(self, root: Element) -> None:
        if "\\" in self.source.text:
            super().run(root)


def guard(md: Markdown) -> None:
    """Put the guarded stages in the place of the library's."""
    stages: Any = md.treeprocessors
    source = _Source(md)
    md.preprocessors.register(source, "source", 40)
    stages.register(GuardedInline(md), "inline", 20)
    stages.register(GuardedSymbols(md, stages["smart-symbols"].inlinePatterns), "smart-symbols", 6.1)
    attributes, escapes = _Attributes(md), _Unescape(md)
    attributes.source = escapes.source = source
    stages.register(attributes, "attr_list", 8)
    stages.register(escapes, "unescape", 0)
    md.is_block_level = cache(md.is_block_level)  # type: ignore[method-assign]  # asked 500 times an article
