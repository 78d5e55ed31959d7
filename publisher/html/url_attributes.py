"""List the attributes of HTML and SVG that hold addresses, and find the addresses in their values and in style sheets.

The same rules hold for pages of other tools and for the HTML of an article. Each function reads one value, in linear
time. tokens.py splits a page into tags and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Literal, NamedTuple

from publisher.fast_dataclass import dataclass
from publisher.html import tokens

Kind = Literal["link", "image"]


class UrlForm(Enum):
    """How an attribute holds addresses."""

    ONE = "an address"
    LIST = "addresses between spaces or commas"
    SET = "addresses with a size each"
    CSS = "style declarations"
    CONTENT = "the content of a `<meta>`, whose name says whether that is an address"
    DOCUMENT = "a page"


@dataclass(frozen=True, slots=True)
class UrlAttribute:
    """An attribute that holds addresses."""

    form: UrlForm
    kind: Kind | None = None
    """The kind of a link of an article in this attribute, or None if a build cannot change such a link."""
    only: frozenset[str] = frozenset()
    """The elements in which the attribute holds addresses, or an empty set for all elements."""
    never: frozenset[str] = frozenset()
    """The elements in which browsers ignore the attribute."""


def _holders(form: UrlForm, kind: Kind | None, names: str, only: str = "", never: str = "") -> dict[str, UrlAttribute]:
    holder = UrlAttribute(form, kind, frozenset(only.split()), frozenset(never.split()))
    return dict.fromkeys(names.split(), holder)


HOLDERS: Mapping[str, UrlAttribute] = {
    **_holders(UrlForm.ONE, "link", "action cite formaction href longdesc xlink:href"),
    **_holders(UrlForm.ONE, "image", "background poster"),
    **_holders(UrlForm.ONE, "image", "src", never="a area"),
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
"""Maps the name of each attribute that holds addresses, in lower case, to its description."""

IN_ARTICLES = frozenset(name for name, holder in HOLDERS.items() if holder.kind)
"""Attributes that may hold links of an article."""

_META = re.compile(
    r"(?:og|twitter|fb|article|video|music):(?:.*:)?(?:image|url|secure_url|video|audio|player|stream|src)"
    r"|msapplication-(?:config|starturl|tileimage|\w+logo)|(?:thumbnail|content|embed)?url|image|logo|thumbnail",
    re.IGNORECASE,
)
"""Matches the names of `<meta>` elements whose content is an address."""
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
    r"\"(?:[^\"\\\n]|\\.)*+\"?+|'(?:[^'\\\n]|\\.)*+'?+",  # any other string, which has no address
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_CSS_QUOTED = re.compile(r"(?:\A|,)\s*+" + _CSS_STRING, re.ASCII)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL | re.ASCII)


class FoundUrl(NamedTuple):
    """An address in a text, from offset `start` to `stop` (exclusive).

    `text` is the address with its escapes resolved. `kind` is its kind as a link of an article, or None.
    """

    start: int
    stop: int
    text: str
    kind: Kind | None


def in_value(element: str, name: str, value: str, about: str = "") -> Iterable[FoundUrl]:
    """Return the addresses in the value of an attribute, in order.

    `element` and `name` are in lower case. `value` is a result of `tokens.meant`. For a `<meta>`, `about` is the result
    of `meta_name`. The document in a `srcdoc` is not read.
    """
    holder = HOLDERS.get(name)
    if holder is None or (holder.only and element not in holder.only) or element in holder.never:
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
        # Other sites read this address and need an absolute URL, so no build may change it.
        yield FoundUrl(0, len(value), value, None)


def _refreshed(value: str, kind: Kind | None) -> Iterator[FoundUrl]:
    """Yield the address of a `<meta http-equiv=refresh>`.

    Source: https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps.
    """
    if match := _REFRESH.match(value):
        group = match.lastindex or 1
        yield FoundUrl(*match.span(group), match[group], kind)


def in_tag(element: str, name: str, raw: str, about: str = "") -> Iterable[FoundUrl]:
    """Return the addresses as `in_value` does, for a value as it is written in HTML.

    The offsets are offsets in `raw`.
    """
    if "&" not in raw:
        return in_value(element, name, raw, about)
    found = list(in_value(element, name, tokens.meant(raw), about))
    at = tokens.positions(raw) if found else []
    return [address._replace(start=at[address.start], stop=at[address.stop]) for address in found]


def meta_name(attributes: Mapping[str, str]) -> str:
    """Return the name of a `<meta>` in lower case if its content is or has an address, else ""."""
    for name in ("http-equiv", "name", "property", "itemprop"):
        called = attributes.get(name, "").strip()
        if called.lower() == "refresh" or _META.fullmatch(called):
            return called.lower()
    return ""


def in_css(text: str, start: int = 0, stop: int | None = None) -> Iterator[FoundUrl]:
    """Yield the addresses in a style sheet or in style declarations, between the offsets `start` and `stop`."""
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
    """Return a string of a style sheet with its escapes resolved."""
    return _CSS_ESCAPE.sub(_character, written) if "\\" in written else written


def _character(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets at which each address of a `srcset` begins and ends.

    Source: https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute.
    """
    at = 0
    while match := _SET.match(text, at):
        at = match.end()
        yield match.start(1), match.start(1) + len(match[1].rstrip(","))
        if not match[1].endswith(",") and (rest := _REST.match(text, at)):
            at = rest.end()
