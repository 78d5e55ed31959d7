"""Find blocks of HTML. Some blocks are lines that stay as they are, and others are elements that contain Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.fast_dataclass import dataclass
from publisher.site.markdown.python_markdown.structure import raw_html
from publisher.site.markdown.python_markdown.structure.leaves import Html


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag at the beginning of a text. Its element contains Markdown.

    `size` is the number of characters of the tag. `closing` says whether it is an end tag. `blocks` says whether the
    element contains blocks. Otherwise it contains only text.
    """

    name: str
    size: int
    closing: bool = False
    blocks: bool = True


class HtmlBlocks:
    """Finds the blocks of HTML in one article, and records which elements are open. `lines` has the article's lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._ends = raw_html.LastEnds(lines)
        self.open: list[tuple[str, bool]] = []
        """The name of each open element, and whether its content is Markdown.

        The content of the first open element is always Markdown.
        """

    def begin(self, number: int, text: str) -> Html | Tag | None:
        """Return the block of HTML or the tag with which `text` begins. Return None if `text` begins with neither.

        `number` is the index of the line.
        """
        for kind, (start, end) in enumerate(raw_html.VERBATIM):
            if start.match(text):
                whole = self._ends.after(kind, number)
                after = end.split(text, maxsplit=1)[1:] if kind == raw_html.COMMENT else []
                return (
                    None
                    if not whole or any(part.strip() for part in after)
                    else Html(end=end, is_comment=kind == raw_html.COMMENT)
                )
        found = raw_html.BLOCK.match(text)
        if not found:
            return None
        name, tag = found[2].lower(), raw_html.TAG.match(text)
        if found[1]:
            return Tag(name, tag.end(), closing=True) if tag and self._is_markdown(name) else Html()
        given = raw_html.MARKDOWN.match(text) if tag and name not in raw_html.VOID else None
        if tag and given:
            return Tag(name, tag.end(), blocks=raw_html.takes_blocks(name, given[2] or ""))
        return Html()

    def _is_markdown(self, name: str) -> bool:
        return next((markdown for each, markdown in reversed(self.open) if each == name), False)

    def ends(self, leaf: Html) -> bool:
        """Return whether the block ends with the line that was read last."""
        line = leaf.lines[-1]
        if leaf.end is not None:
            return bool(leaf.end.search(line))
        if leaf.tag or line.rfind("<") > line.rfind(">"):
            leaf.tag.append(line)  # the tag has several lines
            if ">" not in line:
                return False
            line = " ".join(leaf.tag)
            leaf.tag.clear()
        leaf.depth = raw_html.open_after(line, leaf.depth)
        return leaf.depth == 0

    def close(self, leaf: Html) -> None:
        """End a block, and record the elements that are still open at its end."""
        if self.open:
            self.end_in("\n".join(leaf.lines))

    def end_in(self, text: str) -> tuple[str, int, int] | None:
        """Find the first end tag in `text` whose element contains Markdown. Return its name, its start and its end.

        Return None if there is no such tag. Record the other elements that `text` opens and closes.
        """
        for tag in raw_html.TAG.finditer(text):
            name = tag[2].lower()
            if tag[1]:
                if self._is_markdown(name):
                    return name, *tag.span()
                known = [number for number, (each, _) in enumerate(self.open) if each == name]
                del self.open[known[-1] if known else len(self.open) :]
            elif not tag[3] and name not in raw_html.VOID:
                self.open.append((name, False))
        return None
