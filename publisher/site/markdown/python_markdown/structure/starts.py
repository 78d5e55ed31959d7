"""What a line of Markdown may begin with: the patterns of CommonMark, GFM and Python-Markdown's extensions.

Each pattern is matched at the first character of the line that is no space.
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
"""The address of a link, on one line."""
TITLE = re.compile(r"[ \t]*[\"'(]")
NOTE = re.compile(r"\[\^[^\]]+\]:[ \t]*")
MEANING = re.compile(r":[ \t]{1,3}(?=\S)")
BOX = re.compile(
    r"!!! ?[\w\-]+(?: +[\w\-]+)*(?: +\".*?\")? *$"  # admonition
    r"|\?{3}\+? ?(?:(?:[\w\-]+(?: +[\w\-]+)*?)?(?: +\".*?\")|[\w\-]+(?: +[\w\-]+)*?) *$"  # details
    r"|={3}(?:\+|\+!|!\+|!)? +\".*?\" *$"  # tab
)
"""The first line of a box whose content is indented by four."""

BLOCK = re.compile(
    r">|#{1,6}(?:[ \t]|$)|`{3,}|~{3,}|!!!|\?\?\?|===|\[\^[^\]]+\]:|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|<[!/a-zA-Z?]"
    r"|\*{3,}$|-{3,}$|_{3,}$"
)
"""What ends a note without an empty line before it."""

_CELL_END = re.compile(r"(?<!\\)(?:\\\\)*\|")

_ENVIRONMENT = re.compile(r"\\begin\{([a-zA-Z]+\*?)\}")


def cells(row: str) -> int:
    """Return the number of cells in a row of a table. A bar after a backslash divides no cells."""
    row = row.strip()
    row = row.removeprefix("|")
    return len(_CELL_END.findall(row)) + (0 if row.endswith("|") and not row.endswith("\\|") else 1)


def row(text: str) -> str:
    """Return a row of a table with a bar at both ends."""
    text = text.strip()
    return f"{'' if text.startswith('|') else '| '}{text}{'' if _CELL_END.search(text, len(text) - 1) else ' |'}"


def formula_end(text: str, *, brackets: bool) -> str:
    r"""Return the sign that ends the formula with which this text begins.

    Return "" if the text begins with no formula, or if the formula ends in the text. With `brackets`, `\[` begins one.
    """
    end = ""
    if text.startswith("$$"):
        end = "$$"
    elif brackets and text.startswith("\\["):
        end = "\\]"
    elif found := _ENVIRONMENT.match(text):
        end = f"\\end{{{found[1]}}}"
    return "" if end in text[2:] else end
