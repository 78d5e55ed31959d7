"""Headings that begin with `#`: a space has to follow, so that `#1234` and `#tag` are text."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor


class _Headings(HashHeaderProcessor):
    """Takes each heading as structure/scan.py writes it, without signs after its words."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})(?P<header>(?:[ \t][^\n]*)?)(?:\n|$)")


def need_a_space(md: Markdown) -> None:
    """Register this stage in place of the library's."""
    md.parser.blockprocessors.register(_Headings(md.parser), "hashheader", 70)
