"""Fences of code, and the words after them."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markdown import Markdown

from publisher.site.markdown.highlight import code_block

_WORD = re.compile(r"\.?([\w#+.\-/]+)")
_OPTION = re.compile(r"\b(title|linenums|hl_lines)=(\"[^\"]*\"|'[^']*')")
_RUN = re.compile(r"`{3,}")


class Fences:
    """Turns fences into HTML by the library's stage, one at a time.

    The library would search all lines for fences by rules of its own, so its stage does nothing to them.
    """

    def __init__(self, md: Markdown) -> None:
        stage: Any = md.preprocessors["fenced_code_block"]
        self._convert = stage.run
        self._md = md
        stage.run = lambda lines: lines

    def html(self, info: str, code: list[str]) -> str:
        """Return the line that stands for the HTML. `info` is the text after the sign."""
        for words in (info, _understood(info)):
            sign = "`" * max([3, *(len(run) + 1 for run in _RUN.findall("\n".join(code)))])
            made: list[str] = self._convert([f"{sign}{words}", *code, sign])
            if len(made) == 1:
                return made[0]
        text = "\n".join(code)
        return self._md.htmlStash.store(code_block(text, escape(text, quote=False)))


def _understood(info: str) -> str:
    """Return the language, and the options that the library knows.

    The language is the first word up to a sign such as a comma: `rust,ignore` is `rust`. If the word is a path, the
    language is the ending of its name.
    """
    found = _WORD.match(info)
    word = found[1] if found else ""
    if "/" in word:
        word = word.rpartition("/")[2].rpartition(".")[2]
    options = " ".join(match[0] for match in _OPTION.finditer(info))
    return f"{word} {options}".strip()
