"""Show articles inside other articles: `![[name]]` and `![[name#heading]]`, alone in a paragraph or in a list item.

The engines of Markdown write such an embed as a link. Only the stage that makes pages knows all articles, so it puts
the texts in. The text of another article is a recorded read of the page (see recorded_reads.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.fast_dataclass import dataclass, field, replace
from publisher.html.parts import element_at, section_at, with_prefix
from publisher.site.links.address_book import Addresses
from publisher.site.links.resolve import Base
from publisher.site.model import Parsed
from publisher.site.urls import split

DEEPEST = 5
"""The deepest nesting of embeds. A deeper embed stays a link."""

MOST = 500
"""The largest number of texts that one page shows. Every further embed stays a link."""

MOST_NESTED = 100
"""The largest number of texts that one page shows inside other embedded texts.

Without this limit, each page of a vault whose notes embed each other would show 500 notes.
"""

LARGEST = 5_000_000
"""The largest number of characters of HTML that all embeds of one page show. Other embeds stay links."""

TEXT = "@text "
"""The beginning of the name of a fact about the text of an article. The content path of the article follows."""

_LINK = r'<a (?:class="embed" href="\0[^\0]*\0"|href="\0[^\0]*\0" class="embed")>[^<]*</a>'
_EACH = re.compile(_LINK)
_ALONE = re.compile(rf"<(?P<tag>p|li)>(?P<links>{_LINK}(?:\s*(?:<br>)?\s*{_LINK})*)</(?P=tag)>")
"""Matches a paragraph or a list item that contains only embeds."""
_PLACE = re.compile("\1([0-9]+)\1")
"""Matches the place of a text. HTML must not contain U+0001, so this character is removed from the articles."""
_HEADING = re.compile(r"h[1-6]")


@dataclass(slots=True)
class Embeds:
    """Puts the texts of other articles into one page."""

    addresses: Addresses
    text: Callable[[str], Parsed | None]
    """Returns the article at a content path, or None if it cannot be shown."""
    finish: Callable[[str, Base], str]
    """Writes the links of a part of an article for this page. The second argument is the base of these links."""
    left: int = MOST
    """The number of texts that the page may still show."""
    nested: int = MOST_NESTED
    """The number of texts that the page may still show inside other embedded texts."""
    room: int = LARGEST
    """The number of characters of HTML that the page may still show in embeds."""

    _texts: list[str] = field(default_factory=list)
    """The finished texts. `_PLACE` with the index of a text stands where the page shows it."""

    def shown(self, parsed: Parsed, around: tuple[str, ...]) -> str:
        """Return the HTML of an article with the texts of its embeds. Its own links stay marks (see urls.py).

        `around` has the content paths of the article and of the articles that show it. None of them is shown again.
        """
        if 'class="embed"' not in parsed.html:
            return parsed.html

        def filled(html: str) -> str:
            return _PLACE.sub(lambda place: filled(self._texts[int(place[1])]), html)

        return filled(self._with_places(parsed, around))

    def _with_places(self, parsed: Parsed, around: tuple[str, ...]) -> str:
        """Return the HTML of an article with a place for each text that it shows.

        The places are filled last, so each text is finished once, however deep it is nested.
        """
        parsed = replace(parsed, html=parsed.html.replace("\1", ""))
        base = self.addresses.base(parsed.article)

        def alone(match: re.Match[str]) -> str:
            parts = [self._text(link, base, parsed.article.language, around) for link in _EACH.findall(match["links"])]
            if not any(part.startswith("<div") for part in parts):
                return match[0]
            return "\n".join(parts) if match["tag"] == "p" else f"<li>{''.join(parts)}</li>"

        return _ALONE.sub(alone, parsed.html)

    def _text(self, link: str, base: Base, language: str, around: tuple[str, ...]) -> str:
        """Return the text that an embed shows, and a link to its article.

        Return a paragraph with the link alone if the embed stays a link.
        """
        as_link = f"<p>{link}</p>"
        path, fragment, _ = split(self.addresses.with_our_id(link.split("\0")[1], base))
        found = self.addresses.meant(path, base)
        deep = len(around) > 1
        if not found or not found.source or found.source in around or len(around) > DEEPEST or not self.left:
            return as_link
        if deep and not self.nested:
            return as_link
        parsed = self.text(found.source)
        part = _part(parsed.html, fragment) if parsed else ""
        if not parsed or not part or len(part) > self.room:
            return as_link
        number, self.left, self.room = MOST - self.left + 1, self.left - 1, self.room - len(part)
        self.nested -= deep
        html = self._with_places(replace(parsed, html=part), (*around, found.source))
        html = with_prefix(self.finish(html, self.addresses.base(parsed.article)), f"embed:{number}:")
        self._texts.append(html)
        other = f' lang="{parsed.article.language}"' if parsed.article.language != language else ""
        return f'<div class="embed"{other}>\n\1{len(self._texts) - 1}\1\n<p class="embed-source">{link}</p>\n</div>'


def _part(html: str, anchor: str) -> str:
    """Return the part of an article that an anchor names: a section, a block, or the whole article without an anchor.

    Return "" if there is no such part, or if the block makes no sense alone, such as a cell of a table.
    """
    if not anchor:
        return html
    name, element = element_at(html, anchor)
    if _HEADING.fullmatch(name):
        return section_at(html, anchor)
    if name == "li":
        return f"<ul>\n{element}\n</ul>"
    return "" if name in ("dt", "dd", "td", "th", "tr", "tbody", "thead", "summary") else element
