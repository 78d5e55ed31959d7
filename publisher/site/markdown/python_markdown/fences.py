"""Convert fenced code blocks, and read the words after their opening fences."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markdown import Markdown

from publisher.site.markdown.highlight import code_block
from publisher.site.markdown.python_markdown.code import Highlighter

_WORD = re.compile(r"\.?([\w#+.\-/]+)")
_OPTION = re.compile(r"\b(title|linenums|hl_lines)=(\"[^\"]*\"|'[^']*')")
_RUN = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"[\w#+-]+")


class Fences:
    """Converts fenced code blocks with the library's stage, one block at a time.

    The library itself no longer calls this stage, because the stage would find fences by its own rules.
    """

    def __init__(self, md: Markdown) -> None:
        stage: Any = md.preprocessors["fenced_code_block"]
        self._convert = stage.run
        self._md = md
        stage.run = lambda lines: lines
        stage.get_hl_settings()
        self._highlighter: Highlighter = stage.highlighter(md)
        self._special = {entry["name"] for entry in stage.extension.superfences}  # `math` and diagrams

    def html(self, info: str, code: list[str]) -> str:
        """Store the HTML of a code block, and return the line that is written instead of it.

        `info` is the text after the opening fence, and `code` has the lines of the block. If `info` is only the name of
        a language, the highlighter is called directly. The library would read each line of the block again.
        """
        if _LANGUAGE.fullmatch(info) and info not in self._special:
            return self._md.htmlStash.store(self._highlighter.block("\n".join(code), info))
        return self.by_the_library(info, code)

    def by_the_library(self, info: str, code: list[str]) -> str:
        """Do the same as `html` for any info, with the library's stage."""
        for words in (info, _understood(info)):
            sign = "`" * max([3, *(len(run) + 1 for run in _RUN.findall("\n".join(code)))])
            made: list[str] = self._convert([f"{sign}{words}", *code, sign])
            if len(made) == 1:
                return made[0]
        text = "\n".join(code)
        return self._md.htmlStash.store(code_block(text, escape(text, quote=False)))


def _understood(info: str) -> str:
    """Return the language and the options that the library knows, in the form that the library reads.

    The language is the beginning of the first word, up to a character such as a comma. So `rust,ignore` becomes
    `rust`. If the word is a path, the language is the extension of the file.
    """
    found = _WORD.match(info)
    word = found[1] if found else ""
    if "/" in word:
        word = word.rpartition("/")[2].rpartition(".")[2]
    options = " ".join(match[0] for match in _OPTION.finditer(info))
    return f"{word} {options}".strip()
