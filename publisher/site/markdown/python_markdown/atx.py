"""Read headings that begin with `#`. A space must follow the `#`, so `#1234` and `#tag` are text."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor


class _Headings(HashHeaderProcessor):
    """Reads headings in the form that structure/begin.py writes. They have no `#` after the words."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})(?P<header>(?:[ \t][^\n]*)?)(?:\n|$)")


def need_a_space(md: Markdown) -> None:
    """Register the stage of this module instead of the library's stage for headings that begin with `#`."""
    md.parser.blockprocessors.register(_Headings(md.parser), "hashheader", 70)
