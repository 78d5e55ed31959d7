"""Read headings that begin with `#`. A space must follow the `#`, so `#1234` and `#tag` are text."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor


class _Headings(HashHeaderProcessor):
    """Reads headings in the form in which structure/begin.py writes them, without `#` after the words."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})(?P<header>(?:[ \t][^\n]*)?)(?:\n|$)")


def need_a_space(md: Markdown) -> None:
    """Register this stage instead of the library's stage for such headings."""
    md.parser.blockprocessors.register(_Headings(md.parser), "hashheader", 70)
