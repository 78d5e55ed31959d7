"""Find the formulas of an article with patterns, and replace all formulas with MathML in one stage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, HTML_PLACEHOLDER_RE, STX, AtomicString

from publisher.site.markdown.accessibility import formula_scrolls
from publisher.site.markdown.math import dollars
from publisher.site.markdown.math.formula import BadFormula, Formula, Shown
from publisher.site.markdown.math.guard import restored
from publisher.site.markdown.python_markdown.carried import carried
from publisher.site.markdown.python_markdown.positions import Wrong

_NUMBER = "formula"
"""The attribute of an element that a formula replaces. Its value is the number of the formula."""
_LABEL = "equation"
"""The attribute of an element that is a reference to an equation. Its value is the label of the equation."""
_FENCE = re.compile(rf"{STX}formula:(\d+){ETX}")
_REFERENCE = r"(?<!\\)\\(?P<form>eqref|ref)\{(?P<label>[^{}\n\x02\x03]++)\}"
_ESCAPES = r"(?<!\\)(?P<escapes>(?:\\\\)++)(?=\$|\\[(\[])"
_BACKSLASH = f"{STX}{ord(chr(92))}{ETX}"
_BLOCK_GROUPS = ("block", "square", "environment")


class Formulas(Treeprocessor):
    r"""Finds `$x$`, `$$x$$`, environments and `math` fences, and replaces them. `wrong` has the formulas with a fault.

    `macros` are the macros of the site. If `brackets` is set, `\(x\)` and `\[x\]` are formulas too.
    """

    def __init__(self, macros: Mapping[str, str] | None = None, *, brackets: bool = False) -> None:
        super().__init__()
        self._macros, self._brackets = macros, brackets
        self._found: list[Formula] = []
        self.wrong: list[Wrong] = []
        self.note_raw: Callable[[int], None] = lambda _: None
        """This function gets the number of each stashed formula that has ids or links, so Marking finds them."""

    def join(self, md: Markdown) -> None:
        """Register the patterns, and register this stage after the inline stage."""
        self.md = md
        md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "$"]
        md.inlinePatterns.register(_Inline(dollars.CODE, self.add), "formula-code", 190.1)
        patterns = [_ESCAPES, dollars.BLOCK, dollars.INLINE]
        if self._brackets:
            patterns += [dollars.SQUARE, dollars.ROUND]
        md.inlinePatterns.register(_Inline("|".join(patterns), self.add), "formula", 189.9)
        self._references = _Reference(_REFERENCE)
        md.inlinePatterns.register(self._references, "equation-reference", 189.8)
        blocks = [dollars.BLOCK, dollars.ENVIRONMENT, *([dollars.SQUARE] if self._brackets else [])]
        md.parser.blockprocessors.register(_Block(blocks, self.add, md.parser), "formula-block", 79.9)
        md.treeprocessors.register(self, "formulas", 12)

    def begin(self, text: str) -> None:
        """Forget the previous article, and begin the article `text`."""
        self._found.clear()
        self.wrong.clear()
        self._references.active = "\\label{" in text

    def add(self, tex: str, display: bool) -> str:
        """Store a formula, and return its number. If `display` is set, the formula is a block."""
        self._found.append(Formula(restored(tex).strip(), display))
        return str(len(self._found) - 1)

    def fence(self) -> dict[str, Any]:
        """Return the setting of the extension superfences that makes a `math` fence a formula."""

        def write(source: str, *_: object, **__: object) -> str:
            with carried():
                return f"{STX}formula:{self.add(source, True)}{ETX}"

        return {"name": "math", "class": "math", "format": write}

    def run(self, root: Element) -> None:
        """Replace all formulas, in the order of the article."""
        assert self.md is not None
        if not self._found and not self._references.active:
            return
        from publisher.site.markdown.math.show import show

        stash: list[Any] = self.md.htmlStash.rawHtmlBlocks
        fences = {
            number: int(match[1])
            for number, piece in enumerate(stash)
            if isinstance(piece, str) and (match := _FENCE.fullmatch(piece))
        }
        elements = list(root.iter())
        order = list(dict.fromkeys([*_in_order(elements, fences), *fences.values()]))
        shown = show([self._found[number] for number in order], self._macros)
        html = dict(zip(order, map(self._html, order, shown.results), strict=True))
        for number, formula in fences.items():
            focus = ' tabindex="0"' if formula_scrolls(html[formula]) else ""
            stash[number] = f'<div class="math"{focus}>{html[formula]}</div>'
            self._note(number)
        for element in elements:
            if (written := element.attrib.pop(_NUMBER, None)) is not None:
                shown_html = html[int(written)]
                element.text = AtomicString(self._stash(shown_html))
                if self._found[int(written)].display and formula_scrolls(shown_html):
                    element.set("tabindex", "0")
            elif (label := element.attrib.pop(_LABEL, None)) is not None:
                self._refer(element, label, shown)

    def _html(self, number: int, result: str | BadFormula) -> str:
        if isinstance(result, str):
            return result
        self.wrong.append(Wrong(self._found[number].tex, result.reason, result.at))
        return ""

    def _stash(self, html: str) -> str:
        assert self.md is not None
        placeholder = self.md.htmlStash.store(html)
        self._note(self.md.htmlStash.html_counter - 1)
        return placeholder

    def _note(self, number: int) -> None:
        assert self.md is not None
        piece = self.md.htmlStash.rawHtmlBlocks[number]
        if ' id="eq-' in piece or "<a href=" in piece:
            self.note_raw(number)

    def _refer(self, element: Element, label: str, shown: Shown) -> None:
        """Turn a reference in the text into a link. If no equation has the label, keep the source and add a fault."""
        found = shown.labels.get(label)
        if found is None:
            self.wrong.append(Wrong(element.text or "", f"no equation has the label {label}"))
            return
        element.tag = "a"
        element.set("href", f"#{found.anchor}")
        number = f"({found.number})" if (element.text or "").startswith("\\eqref") else found.number
        element.text = AtomicString(number)


def _in_order(elements: list[Element], fences: Mapping[int, int]) -> Iterator[int]:
    """Yield the numbers of all formulas in the order of the article."""
    for element in elements:
        if (number := element.get(_NUMBER)) is not None:
            yield int(number)
        elif fences:
            for text in filter(None, (element.text, element.tail)):
                for match in HTML_PLACEHOLDER_RE.finditer(text):
                    if int(match[1]) in fences:
                        yield fences[int(match[1])]


class _Inline(InlineProcessor):
    """Finds formulas inside a text."""

    def __init__(self, pattern: str, add: Callable[[str, bool], str]) -> None:
        super().__init__(pattern)
        self._add = add

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        groups = m.groupdict()
        if escapes := groups.get("escapes"):
            return escapes.replace("\\\\", _BACKSLASH), m.start(), m.end()
        kind, tex = next((name, text) for name, text in groups.items() if text and name != "ticks")
        display = kind in _BLOCK_GROUPS
        element = Element("span", {"class": "math display" if display else "math", _NUMBER: self._add(tex, display)})
        element.text = AtomicString("")
        return element, m.start(), m.end()


class _Reference(InlineProcessor):
    r"""Finds `\ref{x}` and `\eqref{x}` in the text of an article that has labels."""

    active = False

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # type: ignore[override]  # noqa: N802
        if not self.active:
            return None, None, None
        element = Element("span", {_LABEL: m["label"].strip()})
        element.text = AtomicString(m[0])
        return element, m.start(), m.end()


class _Block(BlockProcessor):
    """Finds blocks that are one formula."""

    def __init__(self, patterns: list[str], add: Callable[[str, bool], str], parser: BlockParser) -> None:
        super().__init__(parser)
        self._patterns = [re.compile(rf"{pattern}[ ]*\Z", re.DOTALL) for pattern in patterns]
        self._add = add

    def test(self, parent: Element, block: str) -> bool:
        return any(pattern.match(block) for pattern in self._patterns)

    def run(self, parent: Element, blocks: list[str]) -> None:
        block = blocks.pop(0)
        match = next(filter(None, (pattern.match(block) for pattern in self._patterns)))
        tex = next(text for name, text in match.groupdict().items() if text and name in _BLOCK_GROUPS)
        SubElement(parent, "div", {"class": "math", _NUMBER: self._add(tex, True)}).text = AtomicString("")
