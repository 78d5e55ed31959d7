"""The attributes of HTML and SVG and the parts of style sheets that hold addresses, and where in a value they stand.

The same rules hold for pages of other tools and for an article's own HTML. Each function here reads one value;
tokens.py takes a page apart. Time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from publisher.html import tokens

Kind = Literal["link", "image"]


class UrlForm(Enum):
    """How an attribute holds addresses."""

    ONE = "an address"
    LIST = "addresses between spaces or commas"
    SET = "addresses with a size each"
    CSS = "style declarations"
    CONTENT = "what `<meta>` says, by the name that stands beside it"
    DOCUMENT = "a page"


@dataclass(frozen=True, slots=True)
class UrlAttribute:
    """An attribute that holds addresses."""

    form: UrlForm
    kind: Kind | None = None
    """The kind of an article's link there. None: articles have no links there, or none that a build could change."""
    only: frozenset[str] = frozenset()
    """The elements in which the attribute holds addresses; empty for all."""


def _holders(form: UrlForm, kind: Kind | None, names: str, only: str = "") -> dict[str, UrlAttribute]:
    return {name: UrlAttribute(form, kind, frozenset(only.split())) for name in names.split()}


HOLDERS: Mapping[str, UrlAttribute] = {
    **_holders(UrlForm.ONE, "link", "action cite formaction href longdesc xlink:href"),
    **_holders(UrlForm.ONE, "image", "background poster src"),
    **_holders(UrlForm.ONE, "image", "data", "object"),
    **_holders(UrlForm.ONE, None, "classid codebase dynsrc icon lowsrc manifest profile xml:base"),
    **_holders(UrlForm.ONE, None, "code", "applet embed object"),
    **_holders(UrlForm.ONE, None, "value", "param"),
    **_holders(UrlForm.LIST, None, "archive attributionsrc ping"),
    **_holders(UrlForm.SET, "image", "imagesrcset srcset"),
    **_holders(UrlForm.CSS, "image", "style"),
    # SVG allows these style properties as attributes.
    **_holders(
        UrlForm.CSS, "image", "clip-path cursor fill filter marker marker-end marker-mid marker-start mask stroke"
    ),
    **_holders(UrlForm.CONTENT, "link", "content", "meta"),
    **_holders(UrlForm.DOCUMENT, None, "srcdoc", "iframe"),
}
"""Attribute name in lower case -> how it holds addresses."""

IN_ARTICLES = frozenset(name for name, holder in HOLDERS.items() if holder.kind)
"""Attributes that may hold links of an article."""

_META = re.compile(
    r"(?:og|twitter|fb|article|video|music):(?:.*:)?(?:image|url|secure_url|video|audio|player|stream|src)"
    r"|msapplication-(?:config|starturl|tileimage|\w+logo)|(?:thumbnail|content|embed)?url|image|logo|thumbnail",
    re.IGNORECASE,
)
"""Names of `<meta>` elements whose content is an address."""
_REFRESH = re.compile(
    r"\s*+(?:[0-9][0-9.]*+|(?=\.)[0-9.]++)(?:\s*+[;,]|\s)\s*+(?:url\s*+=\s*+)?+(?:\"([^\"]*+)|'([^']*+)|(.++))",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_SET = re.compile(r"[\s,]*+(\S++)", re.ASCII)
_REST = re.compile(r"[^,(]*+(?:\([^)]*+\)?+[^,(]*+)*+")
_LISTED = re.compile(r"[^\s,]++", re.ASCII)

_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_STRING = r"""(?:"([^"\n]*+)"?+|'([^'\n]*+)'?+)"""
_CSS_BARE = r"((?:[^\s\"')\\]|\\(?:[0-9a-fA-F]{1,6}\s?|.))++)"
_CSS = re.compile(
    r"(?:url|src)\(\s*+(?:" + _CSS_STRING + "|" + _CSS_BARE + r")|@import\s*+" + _CSS_STRING + r"|"
    r"image-set(?=\(([^;{}]{0,500}))|"
    r"\"(?:[^\"\\\n]|\\.)*+\"?+|'(?:[^'\\\n]|\\.)*+'?+",  # any other string: nothing in it is an address
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_CSS_QUOTED = re.compile(r"(?:\A|,)\s*+" + _CSS_STRING, re.ASCII)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL | re.ASCII)


class FoundUrl(NamedTuple):
    """Where an address stands in a text, its meaning, and its kind as a link of an article."""

    start: int
    stop: int
    text: str
    kind: Kind | None


def in_value(element: str, name: str, value: str, about: str = "") -> Iterable[FoundUrl]:
    """Return the addresses in an attribute, in order. `value` comes from `tokens.meant`; both names are in lower case.

    `about` is the result of `meta_name` for a `<meta>`. The document in a `srcdoc` is not read.
    """
    holder = HOLDERS.get(name)
    if holder is None or (holder.only and element not in holder.only):
        return ()
    if holder.form is UrlForm.ONE:
        return (FoundUrl(0, len(value), value, holder.kind),)
    return _several(holder, value, about)


def _several(holder: UrlAttribute, value: str, about: str) -> Iterator[FoundUrl]:
    if holder.form is UrlForm.SET:
        for start, stop in _candidates(value):
            yield FoundUrl(start, stop, value[start:stop], holder.kind)
    elif holder.form is UrlForm.LIST:
        for found in _LISTED.finditer(value):
            yield FoundUrl(*found.span(), found[0], holder.kind)
    elif holder.form is UrlForm.CSS:
        if "(" in value:
            yield from in_css(value)
    elif about == "refresh":
        yield from _refreshed(value, holder.kind)
    elif about:
        yield FoundUrl(0, len(value), value, None)  # other sites read this content, so it has to be absolute


def _refreshed(value: str, kind: Kind | None) -> Iterator[FoundUrl]:
    """Yield the address of a `<meta http-equiv=refresh>`.

    Source: https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps.
    """
    if match := _REFRESH.match(value):
        group = match.lastindex or 1
        yield FoundUrl(*match.span(group), match[group], kind)


def in_tag(element: str, name: str, raw: str, about: str = "") -> Iterable[FoundUrl]:
    """Return the same for a value as written in HTML; `start` and `stop` count in that value."""
    if "&" not in raw:
        return in_value(element, name, raw, about)
    found = list(in_value(element, name, tokens.meant(raw), about))
    at = tokens.positions(raw) if found else []
    return [address._replace(start=at[address.start], stop=at[address.stop]) for address in found]


def meta_name(attributes: Mapping[str, str]) -> str:
    """Return the name of a `<meta>`, in lower case, if its content holds an address; else an empty text."""
    for name in ("http-equiv", "name", "property", "itemprop"):
        called = attributes.get(name, "").strip()
        if called.lower() == "refresh" or _META.fullmatch(called):
            return called.lower()
    return ""


def in_css(text: str, start: int = 0, stop: int | None = None) -> Iterator[FoundUrl]:
    """Yield the addresses in a style sheet, in a part of one, or in declarations."""
    bare = _CSS_COMMENT.sub(lambda comment: " " * len(comment[0]), text[start:stop])
    for match in _CSS.finditer(bare):
        group = match.lastindex or 0
        if group == 6:
            for string in _CSS_QUOTED.finditer(match[6]):
                yield _css(start + match.start(6), string, string.lastindex or 1, "image")
        elif group:
            yield _css(start, match, group, "link" if group in (4, 5) else "image")


def _css(start: int, match: re.Match[str], group: int, kind: Kind) -> FoundUrl:
    return FoundUrl(start + match.start(group), start + match.end(group), css_meant(match[group]), kind)


def css_meant(written: str) -> str:
    """Return the meaning of a string of a style sheet: its escapes are resolved."""
    return _CSS_ESCAPE.sub(_character, written) if "\\" in written else written


def _character(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each address of a `srcset` stands.

    Source: https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute.
    """
    at = 0
    while match := _SET.match(text, at):
        at = match.end()
        yield match.start(1), match.start(1) + len(match[1].rstrip(","))
        if not match[1].endswith(",") and (rest := _REST.match(text, at)):
            at = rest.end()
