"""Find links to the root of the host with patterns. Such links leave a site that a gateway shows below /ipfs/ROOT/.

Searching a page is ten times faster than parsing it. A match may be text instead of a link, so html/places.py decides.
"""

from __future__ import annotations

import re

from publisher.html.url_attributes import HOLDERS, UrlForm

_SPACE = "".join(map(chr, range(0x21)))
_WITHIN = str.maketrans("", "", "\t\n\r")
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{|<%|<\?")
"""Matches a part of a template that is replaced before a browser uses the link."""

# Matches the values of `href` and `src` that the patterns of linkcheck.py find completely.
_USUAL = rb"(?:\"/[^\"'\s>:]*+\"|'/[^\"'\s>:]*+'|/[^\"'\s>:]*+[ >])"
# Matches an equals sign, and after it a URL that begins, or may begin, with a slash. White space and a quote may come
# between the two. The fixed first byte makes the search fast.
_VALUE = re.compile(
    rb"=(?:(?<!href=)(?<!src=)|(?!" + _USUAL + rb"))\s*+[\"']?[\x00-\x20]*+"
    rb"((?:/(?!/)|\\|&(?:#|(?i:sol|bsol|tab|newline)))[^\"'>\s]*+)"
)
_CSS = {
    word: re.compile(re.escape(word) + rb"\s*+[\"']?\s*+((?:/(?!/)|\\|&)[^\"')\s]*+)")
    for word in (b"url(", b"@import", b"src(")
}
_LISTED = re.compile(rb"[\s,\"'=](?:/(?!/)|\\|&#)")
_LISTS = {
    word: re.compile(word + rb"\s*=\s*(?:\"[^\"]*+|'[^']*+|[^\s>]*+)")
    for word in (name.encode() for name, holder in HOLDERS.items() if holder.form in (UrlForm.LIST, UrlForm.SET))
}
_REFRESH = re.compile(rb"refresh[\"'\s/>]")
_IMPORT = re.compile(rb"(?:from|import)\s*[\"'](?:/(?!/)|\\)")
WORTH = re.compile(r"[\x00-\x20=(\"',;](?:/(?!/)|\\|&)")
"""Matches the attributes of a tag if one of them may have a link to the root of the host."""


def is_rooted(text: str) -> bytes:
    """Return the path if an address, as browsers read it, begins at the root of the host. Return b"" if it does not."""
    value = text.strip(_SPACE).translate(_WITHIN)
    if value[:1] not in ("/", "\\") or value[1:2] in ("/", "\\") or not value or _TEMPLATE.search(value):
        return b""
    return ("/" + value[1:]).encode("utf-8", "surrogatepass")


def unusual(data: bytes) -> set[bytes]:
    """Return the spellings of links to the root of the host that are not in `href="/` or `src="/`.

    If b"" is one of the results, the page may have more of these links, and only parsing the page can find them.
    """
    low = data.lower()
    scripts = _Scripts(low)
    found = {match[1] for match in _VALUE.finditer(data) if not scripts.hold(match.start())}
    for word, each in _CSS.items():
        if word in low:
            found.update(data[slice(*match.span(1))] for match in each.finditer(low))
    if any(_LISTED.search(match[0]) for word, each in _LISTS.items() if word in low for match in each.finditer(low)):
        found.add(b"")
    if b"srcdoc" in low or b"importmap" in low or b"speculationrules" in low or b"image-set" in low:
        found.add(b"")
    if (b"http-equiv" in low and _REFRESH.search(low)) or (b"module" in low and _IMPORT.search(low)):
        found.add(b"")
    return found


class _Scripts:
    """Tells whether an offset is surely in a script. Offsets must increase, so that each byte is searched once.

    An offset is surely in a script if the script begins before it, outside of a comment, and ends after it.
    """

    def __init__(self, low: bytes) -> None:
        self._low = low
        self._start = self._end = 0
        self._commented = False

    def hold(self, at: int) -> bool:
        """Return whether an offset is surely in a script."""
        while 0 <= self._end <= at:
            self._next()
        return self._start < at

    def _next(self) -> None:
        low, before = self._low, self._end
        self._start = low.find(b"<script", before)
        if self._start >= 0:
            opened, closed = low.rfind(b"<!--", before, self._start), low.rfind(b"-->", before, self._start)
            if opened != closed:
                self._commented = opened > closed
            self._end = low.find(b"</script", self._start)
        if self._start < 0 or self._end < 0:
            self._start, self._end = len(low), -1
        else:
            head = low.find(b">", self._start, self._end)
            self._start = self._end if self._commented or head < 0 else head
            self._end += 1
