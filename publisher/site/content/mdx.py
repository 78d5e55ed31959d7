"""Find the parts of MDX that are not Markdown. These parts stay in the page as text. Report each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.errors import Problem

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MODULE = re.compile(r"(?:import|export)\b[ \t{*\"']")
_COMPONENT = re.compile(r"</?([A-Z][\w.]*)(?=[\s/>])")
_COMMENT = re.compile(r"\{/\*")
_CODE = re.compile(r"(`+)[^`]+\1")
_SHOWN = 40


def foreign_syntax(path: str, text: str, line: int) -> Iterator[Problem]:
    """Yield a warning for each line of `text` that has syntax of MDX. `text` begins on line `line` of its file."""
    fence = ""
    top = True
    for number, row in enumerate(text.split("\n"), line):
        mark = _FENCE.match(row)
        if fence:
            if mark and mark[1].startswith(fence) and not row.strip().strip(mark[1][0]):
                fence = ""
            continue
        if mark:
            fence, top = mark[1], False
            continue
        module = top and bool(_MODULE.match(row))
        top = top and (module or not row.strip() or row[:1] in " \t}")
        bare = _CODE.sub(lambda code: " " * len(code[0]), row)
        found = _MODULE.match(row) if module else _COMPONENT.search(bare) or _COMMENT.search(bare)
        if found:
            part = " ".join(row[found.start() :].split())[:_SHOWN]
            hint = "remove this part, or write it in Markdown"
            what = f"this part of MDX stays in the page as text: {part}"
            yield Problem(path, number, found.start() + 1, what, hint, kind="foreign-syntax")
