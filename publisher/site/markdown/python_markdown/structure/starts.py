"""Define patterns for the beginnings of blocks in CommonMark, in GFM and in extensions of Python-Markdown.

Each pattern is matched at the first character of a line that is no space.
"""

from __future__ import annotations

import re

HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
ITEM = re.compile(r"([-+*]|(\d{1,9})[.)])(?=[ \t]|$)")
DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")

DEFINITION = re.compile(
    r"\[(?!\^)[^\[\]]+\]:[ \t]*(?:<[^<>]*>|[^\s<]\S*)(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$"
)
"""Matches a line that defines the address of a link, `[name]: address`."""
TITLE = re.compile(r"[ \t]*[\"'(]")
NOTE = re.compile(r"\[\^[^\]]+\]:[ \t]*")
MEANING = re.compile(r":[ \t]{1,3}(?=\S)")
COLON = re.compile(r":[ \t]")
"""Matches a line that Python-Markdown may read as the definition of a term, even if no text follows the colon."""
BOX = re.compile(
    r"!!! ?[\w\-]+(?: +[\w\-]+)*(?: +\".*?\")? *$"  # admonition
    r"|\?{3}\+? ?(?:(?:[\w\-]+(?: +[\w\-]+)*?)?(?: +\".*?\")|[\w\-]+(?: +[\w\-]+)*?) *$"  # details
    r"|={3}(?:\+|\+!|!\+|!)? +\".*?\" *$"  # tab
)
"""Matches the first line of a box. The content of a box is indented by four spaces."""

COMMENT_END = re.compile("%%")
"""Matches the end of a comment of Obsidian."""
BLOCK = re.compile(
    r">|#{1,6}(?:[ \t]|$)|`{3,}|~{3,}|!!!|\?\?\?|===|\[\^[^\]]+\]:|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|<[!/a-zA-Z?]"
    r"|\*{3,}$|-{3,}$|_{3,}$"
)
"""Matches a line that ends a footnote even if there is no empty line before it."""

_CELL_END = re.compile(r"(?<!\\)(?:\\\\)*\|")

_ENVIRONMENT = re.compile(r"\\begin\{([a-zA-Z]+\*?)\}")


def cells(row: str) -> int:
    """Return the number of cells in a row of a table. A `|` after a backslash belongs to the text of a cell."""
    row = row.strip()
    row = row.removeprefix("|")
    return len(_CELL_END.findall(row)) + (0 if row.endswith("|") and not row.endswith("\\|") else 1)


def row(text: str) -> str:
    """Return the row `text` of a table, with a `|` at both ends."""
    text = text.strip()
    return f"{'' if text.startswith('|') else '| '}{text}{'' if _CELL_END.search(text, len(text) - 1) else ' |'}"


def formula_end(text: str, *, brackets: bool) -> str:
    r"""Return the text that ends the formula with which this line begins, such as `$$`.

    Return "" if the line begins with no formula, or if the formula ends in the line. If `brackets` is set, `\[` begins
    a formula.
    """
    end = ""
    if text.startswith("$$"):
        end = "$$"
    elif brackets and text.startswith("\\["):
        end = "\\]"
    elif found := _ENVIRONMENT.match(text):
        end = f"\\end{{{found[1]}}}"
    return "" if end in text[2:] else end
