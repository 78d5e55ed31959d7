"""Make the HTML of the calls of one article, with its links, its ids and its faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from publisher.errors import Problem
from publisher.html import links
from publisher.html.foreign import code_of, foreign_code
from publisher.site import urls
from publisher.site.markdown.html_body import HINTS
from publisher.site.markdown.links import BadLink, resolve
from publisher.site.markdown.shortcodes.calls import BadCall, Host
from publisher.site.markdown.shortcodes.placing import Place, is_whole
from publisher.site.markdown.shortcodes.source import Found, SourceLine
from publisher.site.markdown.well_formed import well_formed
from publisher.site.model import Reference

DIFFERENT = "write both lines of colons with the same indentation, in the same list item or quote"


class Written:
    """The HTML of the calls of one article, and the links, ids and problems in this HTML.

    `html` maps the second word of each token to the HTML that replaces the token. `word` is the first word of the
    tokens, and `places` has their places.
    """

    def __init__(self, host: Host, lines: Sequence[SourceLine], word: str, places: Mapping[str, Place]) -> None:
        self._host, self._lines, self._word, self._places = host, lines, word, places
        self.html: dict[str, str] = {}
        self.references: list[Reference] = []
        self.problems: list[Problem] = []
        self.ids: list[tuple[str, tuple[int, int]]] = []
        """Each id in the HTML of a call, with the position of the call."""

    def call(self, number: int, one: Found) -> None:
        """Make the HTML of the call with this index."""
        try:
            before, after = self._parts(number, one)
        except BadCall as error:
            self._problem(one.begin, one.call.at, error.what, error.hint, "shortcode")
            return
        self.html[str(number)] = before
        if one.end > one.begin:
            self.html[f"/{number}"] = after

    def left_over(self, number: int) -> None:
        """Report a line of colons that ends no call, and show the line as text."""
        text = self._lines[number].text
        self.html[f"={number}"] = f"<p>{escape(text.strip(), quote=False)}</p>\n"
        at = text.index(":")
        self._problem(number, at, "this line of colons ends nothing", "remove it, or begin a call", "foreign-syntax")

    def _parts(self, number: int, one: Found) -> tuple[str, str]:
        """Return the HTML of a call before its body and after it. Raises BadCall."""
        call, host = one.call, self._host
        if not one.known:
            near = host.nearest(call.name)
            if near:
                raise BadCall(f"there is no shortcode {call.name}", f"did you mean {near}?")
            what = f"`::{call.name}` names no shortcode and is left as text"
            self._problem(one.begin, call.at, what, f"make templates/shortcodes/{call.name}.html", "foreign-syntax")
            return f"<p>{escape(self._lines[one.begin].text.strip(), quote=False)}</p>\n", ""
        if call.fault:
            raise BadCall(call.fault, call.hint)
        if one.end < 0:
            raise BadCall(f"the call of {call.name} has no end", "write a line `:::` after its body")
        has_body = one.end > one.begin
        if has_body and not is_whole(self._places, number):
            raise BadCall(f"the call of {call.name} begins in one block and ends in another", DIFFERENT)
        body = f"<?{self._word} body?>" if has_body else None
        html = host.shortcodes.html(call, body, host.language, host.note)
        if body and html.count(body) != 1:
            what = "has no body" if body not in html else "shows its body twice"
            hint = f"write `::{call.name}`, or print {{{{ body }}}} once in its template"
            raise BadCall(f"{call.name} {what}", hint)
        return self._marked(html, one, body)

    def _marked(self, html: str, one: Found, body: str | None) -> tuple[str, str]:
        """Replace the links in the HTML of a call with marks. Return the HTML before the body and after it."""
        at = self._at(one.begin, one.call.at)

        def change(link: links.HtmlLink) -> str | None:
            if link.text.startswith("#") and link.tag not in ("a", "area"):
                return None  # <use href="#shape"> refers to the drawing that contains it
            try:
                target = resolve(link.text, self._host.path, self._host.home)
            except BadLink as error:
                what = f"{error}: {link.text.strip()!r}"
                self._problem(one.begin, one.call.at, what, HINTS[str(error)], "dead-link")
                return None
            if target is None:
                return None
            self.references.append(Reference(target, link.kind, *at))
            return urls.mark(target)

        html = links.replace(well_formed(html), change)  # the template may leave elements open
        # With `embed`, the author asked for the page of another host, so this page is no problem.
        if one.call.arguments.get("embed") is not True:
            for address in dict.fromkeys(foreign_code(html)):
                self._problem(one.begin, one.call.at, *code_of(address), "foreign-code")
        self.ids += ((given, at) for given in links.ids(html))
        before, _, after = html.strip("\n").partition(body) if body else (html.strip("\n"), "", "")
        return before.rstrip("\n"), after.lstrip("\n")

    def _problem(self, number: int, index: int, what: str, hint: str, kind: str) -> None:
        self.problems.append(Problem(self._host.path, *self._at(number, index), what, hint, kind=kind))

    def _at(self, number: int, index: int) -> tuple[int, int]:
        """Return the line and the column of a character of the line with the index `number`."""
        line = self._lines[number]
        return line.line, line.column or index + 1
