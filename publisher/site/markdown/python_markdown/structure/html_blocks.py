"""Find blocks of HTML: the lines that stay as they are, and the elements that contain Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.site.markdown.python_markdown.structure import raw_html
from publisher.site.markdown.python_markdown.structure.leaves import Html


class HtmlBlocks:
    """Finds the blocks of HTML in one article, and records which elements are open. `lines` is the article."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._ends = raw_html.LastEnds(lines)
        self._open: list[tuple[str, bool]] = []
        """The name of each open element, and whether its content is Markdown.

        The first one always contains Markdown.
        """

    def begin(self, number: int, text: str) -> Html | None:
        """Return the block of HTML that begins with this text, or None if none does.

        `number` is the index of the line.
        """
        for kind, (start, end) in enumerate(raw_html.VERBATIM):
            if start.match(text):
                whole = self._ends.after(kind, number)
                after = end.split(text, maxsplit=1)[1:] if kind == raw_html.COMMENT else []
                return None if not whole or any(part.strip() for part in after) else Html(end=end)
        found = raw_html.BLOCK.match(text)
        if not found:
            return None
        name = found[2].lower()
        if found[1]:
            return self._closing(name)
        given = raw_html.MARKDOWN.match(text)
        if given:
            return self._markdown(name, given[2] or "", text)
        if raw_html.is_whole(text) and not text.rstrip().endswith(">"):
            return None  # Python-Markdown reads the text after the element
        return Html()

    def _closing(self, name: str) -> Html:
        plain = bool(self._open) and self._open[-1] == (name, True)
        if plain:
            self._open.pop()
        return Html(plain=plain)

    def _markdown(self, name: str, value: str, text: str) -> Html:
        if raw_html.opened(text) <= 0:
            return Html(plain=True)
        if raw_html.takes_blocks(name, value):
            self._open.append((name, True))
            return Html(plain=True, depth=-1)
        return Html(plain=True, end=re.compile(f"</{name}>", re.IGNORECASE))

    def ends(self, leaf: Html) -> bool:
        """Return whether the block ends with its last line."""
        line = leaf.lines[-1]
        if leaf.end is not None:
            return bool(leaf.end.search(line))
        if leaf.tag or line.rfind("<") > line.rfind(">"):
            leaf.tag.append(line)  # a tag of several lines
            if ">" not in line:
                return False
            line = " ".join(leaf.tag)
            leaf.tag.clear()
        leaf.depth += raw_html.opened(line)
        return leaf.depth <= 0

    def close(self, leaf: Html) -> None:
        """End a block, and record the elements that are still open at its end."""
        if self._open and not leaf.plain:
            self._follow("\n".join(leaf.lines))

    def text(self, line: str) -> None:
        """Record the elements that end in a line of text."""
        if self._open and "</" in line:
            self._follow(line)

    def _follow(self, text: str) -> None:
        for closing, name, single in raw_html.TAG.findall(text):
            one = name.lower()
            if closing:
                known = [number for number, (each, _) in enumerate(self._open) if each == one]
                del self._open[known[-1] if known else len(self._open) :]
            elif not single and one not in raw_html.VOID:
                self._open.append((one, False))
