"""Give the headings of an article their ids and links, and write the table of contents."""

from __future__ import annotations

from html import escape

from publisher.site.markdown.commonmark.writer import Writer
from publisher.site.markdown.headings import PERMALINK
from publisher.site.model import Heading

_PERMALINK = "".join(f' {name}="{text}"' for name, text in PERMALINK.items())


def finish_headings(w: Writer) -> tuple[Heading, ...]:
    """Write the start tag and the end tag of each heading. Return the headings that have text, in their order."""
    found: list[Heading] = []
    for heading in w.headings:
        identity = heading.id or w.parts.ids.heading(heading.text)
        name = f"h{heading.level}"
        w.out[heading.opens_at] = f'<{name} id="{escape(identity)}"{heading.attributes}>'
        link = f'<a{_PERMALINK} href="{w.parts.links.here(identity)}"></a>' if heading.has_link else ""
        w.out[heading.closes_at] = f"{link}</{name}>"
        if heading.text:
            found.append(Heading(heading.level, identity, heading.text))
    if w.contents_at >= 0:
        w.out[w.contents_at] = _table(w, found)
    return tuple(found)


def _table(w: Writer, headings: list[Heading]) -> str:
    """Return the HTML of the table of contents. Headings of a deeper level are a list inside the item before them."""
    parts = ['<div class="toc">\n']
    levels: list[int] = []
    for heading in headings:
        while len(levels) > 1 and levels[-1] > heading.level:
            levels.pop()
            parts.append("</li>\n</ul>\n")
        if not levels or levels[-1] < heading.level:
            levels.append(heading.level)
            parts.append("<ul>\n")
        else:
            levels[-1] = heading.level
            parts.append("</li>\n")
        parts.append(f'<li><a href="{w.parts.links.here(heading.id)}">{escape(heading.text, quote=False)}</a>')
    parts += ["</li>\n</ul>\n"] * len(levels)
    return "".join([*parts, "</div>\n"])
