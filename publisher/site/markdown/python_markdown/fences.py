"""Insert all fences of code at once. The library inserts one after the other, and copies all lines for each."""

from __future__ import annotations

from typing import Any

from markdown import Markdown


def put_together(md: Markdown) -> None:
    """Make the library insert all fences of an article at once."""
    fences: Any = md.preprocessors["fenced_code_block"]

    def reassemble(lines: list[str]) -> list[str]:
        parts: list[str] = []
        done = 0
        for fence, start, end in fences.stack:
            parts += lines[done:start]
            parts.append(fence)
            done = end
        fences.stack.clear()
        return parts + lines[done:]

    fences.reassemble = reassemble
