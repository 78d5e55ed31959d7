"""Find the title of an article in its body, if the front matter has none. Find the summary of an article."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from publisher.html.links import ids
from publisher.html.text import plain
from publisher.site import text
from publisher.site.model import Heading, Rendered

LONGEST = 2_000
"""The largest number of characters of a summary whose end the author has marked with `<!-- more -->`."""

_FIRST_HEADING = re.compile(r"\s*<h([1-6])\b[^<>]*>", re.IGNORECASE)
_MORE = re.compile(r"<p>\s*<!--\s*more\s*-->\s*</p>\n?|<!--\s*more\s*-->\n?", re.IGNORECASE)
_NO_PROSE = re.compile(r'<sup id="fnref[^<>]*>.*?(?:</sup>|\Z)|<a class="headerlink"[^<>]*>[^<>]*</a>', re.DOTALL)


def heading_as_title(rendered: Rendered) -> tuple[str, Rendered]:
    """Return the text of the heading that is the title, and the body. Return "" if no heading is the title.

    The title is the first heading of level 1, or else the heading of any level with which the body begins. If this
    heading is the first block of the body, an empty anchor replaces it in the body. So links to the heading still work.
    A heading of level 2 or more that comes later is the title of a part. Then the name of the file is the better title.
    """
    chosen = next((each for each in rendered.toc if each.level == 1), None) or next(iter(rendered.toc), None)
    title = " ".join(chosen.text.split()) if chosen else ""
    if chosen is None or not title:
        return "", rendered
    first = _FIRST_HEADING.match(rendered.html)
    if first is None or int(first[1]) != chosen.level or next(ids(first[0]), "") != chosen.id:
        return title if chosen.level == 1 else "", rendered  # the heading is not the first block
    close = re.compile(rf"</h{first[1]}\s*>\s*", re.IGNORECASE).search(rendered.html, first.end())
    if close is None:
        return title, rendered
    anchor = f'<a id="{escape(chosen.id)}"></a>\n' if chosen.id else ""
    return title, replace(
        rendered,
        html=anchor + rendered.html[close.end() :],
        toc=tuple(heading for heading in rendered.toc if heading is not chosen),
    )


def summary_of(rendered: Rendered) -> tuple[str, Rendered]:
    """Return the summary, and the body without `<!-- more -->`.

    The summary is the text before `<!-- more -->`, or else the beginning of the first paragraph.
    """
    mark = _MORE.search(rendered.html) if "<!--" in rendered.html else None
    if mark is None:
        return text.summary(rendered.opening), rendered
    above = plain(_NO_PROSE.sub("", rendered.html[: mark.start()]))
    body = replace(rendered, html=_MORE.sub("", rendered.html))
    return text.summary(above, LONGEST) or text.summary(rendered.opening), body


def with_ids(headings: tuple[Heading, ...]) -> tuple[Heading, ...]:
    """Return the headings that have an id, so that a table of contents can link to them."""
    return tuple(heading for heading in headings if heading.id)
