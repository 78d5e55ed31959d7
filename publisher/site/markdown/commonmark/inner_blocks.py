"""Write the blocks inside of a callout, of a tab, or between two lines of colons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.site.markdown.commonmark.writer import Writer

if TYPE_CHECKING:
    from comrak import AstNode


def write_blocks(w: Writer, blocks: list[AstNode]) -> None:
    """Write the blocks. HTML that is open at their end is closed."""
    tight, w.tight = w.tight, False
    w.depth += 1
    around = w.parts.raw.open.enter()
    for block in blocks:
        w.node(block)
    w.out.append(w.parts.raw.open.leave(around))
    w.line()
    w.depth -= 1
    w.tight = tight
