"""Escape texts from outside, so that a pipeline shows them and obeys none of them.

A title, a file name, the name of a branch and front matter may be written by a stranger. Each of them passes through
one of these functions before it reaches a summary, a comment, a status or a workflow command.
"""

from __future__ import annotations

import re
from string import punctuation

from publisher.ci.guarded_output import BREAK, harmless
from publisher.formatting import shown

BREAK_REFERENCE = f"&#{ord(BREAK)};"
"""BREAK as a character reference.

Only a BREAK after the `@` prevents a mention. Writing `&#64;` in place of `@` does not, because GitHub decodes
references before it looks for mentions.
"""
LINKED = re.compile(r"[@#]|:(?=//)|\bwww(?=\.)|\bGH(?=-)", re.IGNORECASE)
"""Matches the beginning of a mention, a reference to an issue or an address. With BREAK after it, it is plain text."""


def markdown(text: str) -> str:
    """Return `text` as Markdown that shows exactly this text, on one line, without any markup, mention or link.

    Each punctuation character becomes a character reference. CommonMark forbids that a reference begins any markup.
    """
    line = shown(" ".join(text.split()))
    parts = LINKED.split(line)
    ends = [*LINKED.findall(line), ""]
    breaks = [BREAK_REFERENCE] * (len(parts) - 1) + [""]
    return "".join(_references(part + end) + space for part, end, space in zip(parts, ends, breaks, strict=True))


def code(text: str) -> str:
    """Return `text` as Markdown in the font of code, without any markup, mention or link."""
    return f"<code>{markdown(text)}</code>"


def command_data(text: str) -> str:
    """Return `text` as the message of a workflow command of GitHub Actions.

    The rules are in packages/core/src/command.ts of https://github.com/actions/toolkit.
    """
    return shown(_percent(text, "%\r\n"))


def command_property(text: str) -> str:
    """Return `text` as the value of a property of a workflow command, such as `file`."""
    return shown(_percent(text, "%\r\n:,"))


def _references(text: str) -> str:
    return "".join(f"&#{ord(char)};" if char in punctuation else char for char in text)


def _percent(text: str, escaped: str) -> str:
    """Return `text` with each character in `escaped` as a percent sign and two hexadecimal digits, such as `%0A`.

    A zero-width space breaks every `##[`, because `##[` begins a command.
    """
    return harmless("".join(f"%{ord(char):02X}" if char in escaped else char for char in text), before="-")
