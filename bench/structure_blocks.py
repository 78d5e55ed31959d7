"""Read the blocks of an HTML page: their kinds, and which block contains which."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

KINDS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "blockquote", "table", "hr", "dl", "dt", "dd"}
)
HOLDERS = KINDS | frozenset(
    {
        *("address", "article", "aside", "body", "callout", "callout-title", "caption", "center", "details", "dialog"),
        *("div", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "iframe", "main", "menu"),
        *("nav", "noscript", "object", "script", "search", "section", "style", "summary", "tbody", "td", "textarea"),
        *("th", "thead", "tr", "video", "canvas"),
    }
)
"""A text outside of `<p>` ends at each tag of these elements.

Every other element, even an unknown one, is a part of the text.
"""
ENDS_PARAGRAPH = HOLDERS - frozenset(
    {"body", "callout-title", "canvas", "caption", "iframe", "noscript", "object", "script", "style", "tbody", "td"}
    | {"textarea", "th", "thead", "tr", "video"}
)
"""The elements whose start tag ends an open paragraph, as https://html.spec.whatwg.org/#parsing-main-inbody says."""
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
LEAVES = frozenset({"pre", "table", "script", "style", "math", "svg", "textarea"})
"""The elements whose content is not compared. For a table, the number of its rows is compared."""
MEDIA = frozenset(("math", "svg", "img", "picture", "video", "iframe", "input"))
WORDS = 24
KEPT = 400
CALLOUT = re.compile(r"\s*\[![\w-]+\].*?(?:\n|\Z)")
MEANING = re.compile(r"^[ ]{0,3}:[ \t]", re.MULTILINE)


@dataclass(slots=True)
class Block:
    """A block: its kind, the blocks in it, the first letters of its text, and whether it shows anything."""

    kind: str
    inside: "list[Block]" = field(default_factory=list)
    words: str = ""
    shown: bool = False
    text: str = ""

    @property
    def shape(self) -> str:
        """Return the kind of this block and the shapes of the blocks in it, as in `ul(li(p ul(li(p))))`."""
        inside = " ".join(one.shape for one in self.inside)
        return f"{self.kind}({inside})" if inside else self.kind


def blocks(html: str) -> list[Block]:
    """Return the outermost blocks of a page. A text that is in no paragraph counts as a paragraph."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.finish()
    return reader.root.inside


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Block("root")
        self._open: list[tuple[str, Block]] = [("", self.root)]
        self._loose: Block | None = None
        self._leaf: list[str] = []
        self._hidden = 0

    @property
    def _top(self) -> Block:
        return self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._leaf:
            if tag == self._leaf[0]:
                self._leaf.append(tag)
            if tag == "tr" and self._top.kind.startswith("table"):
                self._top.kind = f"table{int(self._top.kind[5:] or 0) + 1}"
            return
        if tag in MEDIA:
            self._text("", shown=True)
        names = (given.get("class") or "").split()
        if tag in ("math", "svg") or (tag == "div" and "footnote" in names) or "filename" in names:
            self._leaf = [tag]
            self._open.append((tag, Block(tag)))
        elif tag in HOLDERS:
            self._loose = None
            self._end_paragraph(tag)
            if tag == "hr":
                self._top.inside.append(Block("hr"))
            elif tag not in VOID:
                self._enter(_name(tag, given, self._open[-1][0]), given)

    def _enter(self, tag: str, given: dict[str, str | None]) -> None:
        kind = "blockquote" if tag == "callout" else tag
        if kind == "ol" and given.get("start") not in (None, "", "1"):
            kind = f"ol{given['start']}"
        block = self._top
        if kind in KINDS or kind[:2] == "ol" or kind == "blockquote" or kind in LEAVES or tag == "callout-title":
            block = Block(kind)
            if tag != "callout-title":
                self._top.inside.append(block)
        self._open.append((tag, block))
        if "highlighttable" in (given.get("class") or "").split():
            block.kind = "pre"  # a table of line numbers and code
        if tag in LEAVES:
            self._leaf = [tag]

    def _end_paragraph(self, tag: str) -> None:
        """End the open paragraph, because a browser does so where the block `tag` begins."""
        names = [name for name, _ in self._open]
        if tag in ENDS_PARAGRAPH and "p" in names:
            del self._open[names.index("p") :]

    def handle_endtag(self, tag: str) -> None:
        if self._leaf:
            if tag == self._leaf[0]:
                self._leaf.pop()
            if self._leaf:
                return
            self._open.pop()
            return
        if tag not in HOLDERS:
            return
        self._loose = None
        tags = [name for name, _ in self._open]
        same = {
            "div": ("div", "callout"),
            "p": ("p", "callout-title"),
            "details": ("details", "callout"),
            "summary": ("summary", "callout-title"),
        }.get(tag, (tag,))
        at = max((number for number, name in enumerate(tags) if name in same), default=0)
        if at:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        if self._leaf:
            return
        self._text(data, shown=bool(data.strip()))

    def _text(self, data: str, *, shown: bool) -> None:
        if not shown:
            return
        block = self._top
        if block.kind in ("root", "li", "blockquote", "dd", "") or block.kind[:2] in ("ol", "ul"):
            if self._loose is None:
                self._loose = Block("p")
                block.inside.append(self._loose)
            block = self._loose
        block.shown = True
        if len(block.text) < KEPT:
            block.text += data
        if len(block.words) < WORDS:
            block.words = (block.words + re.sub(r"\W+", "", data))[:WORDS]

    def finish(self) -> None:
        """Remove empty paragraphs and the first lines of callouts. Call this after the last piece of HTML."""
        _clean(self.root)


def _name(tag: str, given: dict[str, str | None], around: str) -> str:
    """Return the name of an element. For the boxes of this program, return `callout` or `callout-title`.

    `around` is the name of the element that contains it.
    """
    names = (given.get("class") or "").split()
    if (tag == "div" and "admonition" in names) or (tag == "details" and names):
        return "callout"
    if (tag == "p" and "admonition-title" in names) or (tag == "summary" and around == "callout"):
        return "callout-title"
    return tag


def _clean(block: Block) -> None:
    """Remove paragraphs without content, and the first lines of callouts. Make each definition list one block."""
    for one in block.inside:
        _clean(one)
    first = block.inside[0].text if block.kind == "blockquote" and block.inside else ""
    if (found := CALLOUT.match(first)) and not first[found.end() :].strip():
        del block.inside[0]
    left: list[Block] = []
    for one in block.inside:
        if one.kind == "dl" or (one.kind == "p" and MEANING.search(one.text)):
            if left and left[-1].kind == "p" and MEANING.match(one.text):
                left.pop()  # This paragraph is the term of the definition list.
            one = Block("dl", words=one.words)
            if left and left[-1].kind == "dl":
                continue
        elif one.kind == "p" and not one.shown and not one.inside:
            continue
        left.append(one)
    block.inside = left
