"""The parts of an article as the specifications write them: no marks, no ids, no colours."""

from __future__ import annotations

from html import escape

from comrak import ExtensionOptions

from publisher.html.url_attributes import Kind
from publisher.site.markdown.callouts import Titles
from publisher.site.markdown.commonmark.code_blocks import CodeBlocks
from publisher.site.markdown.commonmark.engine import HANDLERS
from publisher.site.markdown.commonmark.fence_info import FenceInfo
from publisher.site.markdown.commonmark.formulas import Formulas
from publisher.site.markdown.commonmark.ids import ArticleIds
from publisher.site.markdown.commonmark.links import Links, Offset, address
from publisher.site.markdown.commonmark.parsing import parse
from publisher.site.markdown.commonmark.raw_html import RawHtml
from publisher.site.markdown.commonmark.source import Source
from publisher.site.markdown.commonmark.writer import Parts, Writer
from publisher.site.markdown.diagrams.fences import Diagrams
from publisher.site.markdown.options import MarkdownOptions


class PlainLinks(Links):
    def write(self, out: list[str], written: str, kind: Kind, offset: Offset) -> None:
        out.append(address(written))


class PlainCode(CodeBlocks):
    def block(self, code: str, info: FenceInfo, identity: str = "") -> str:
        language = f' class="language-{escape(info.language)}"' if info.language else ""
        return f"<pre><code{language}>{escape(code, quote=False)}</code></pre>"


class PlainHtml(RawHtml):
    def write(self, html: str, start: int, *, phrase: bool = False, link: bool = False) -> str:
        return html


def plain_html(text: str, options: ExtensionOptions) -> str:
    """The HTML that our walk writes of a text, read with these options of the parser."""
    source = Source(text, 1)
    links, ids = PlainLinks(source, "a.md", ""), ArticleIds("a.md")
    raw = PlainHtml(source, links, ids, any=False)
    formulas, diagrams = Formulas(source, "a.md", {}), Diagrams(None)
    parts = Parts("a.md", links, ids, PlainCode(None), formulas, diagrams, raw, Titles(), MarkdownOptions())
    w = Writer(source, parts, HANDLERS)
    w.node(parse(text, options))
    for heading in w.headings:
        w.out[heading.opens_at] = f"<h{heading.level}>"
        w.out[heading.closes_at] = f"</h{heading.level}>"
    return "".join(w.out)
