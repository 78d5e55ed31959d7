"""Decide whether a text file is sent as UTF-8. The declaration in the file and its first bytes decide.

HTML: https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
CSS: https://www.w3.org/TR/css-syntax-3/#input-byte-stream
XML: https://www.w3.org/TR/xml/#sec-guessing
"""

from __future__ import annotations

import codecs
import re

LOOK = 64 << 10
"""The number of bytes of a file that `of_text` needs."""

DECLARATION = 1024
"""A declaration after this number of bytes does not count, because browsers do not search further."""

_UTF_8 = "; charset=utf-8"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0?\0", b"\0<\0?")
"""The first bytes of a text in UTF-16: a byte order mark, or `<?` of an XML declaration."""

# A tokenizer of HTML needs decoded text, and the encoding is not known yet. The HTML standard has an algorithm for
# this case, and these patterns follow it.
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta[\s/]((?:\"[^\"]*\"|'[^']*'|[^>\"'])*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([^\s/>\"'=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_CONTENT = re.compile(rb"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.IGNORECASE)
_XML = re.compile(rb"<\?xml(?=\s)[^>]*?\sencoding\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CSS = re.compile(rb'@charset "([^"]*)";')

_OWN = frozenset({"utf-8", "utf8", "unicode-1-1-utf-8"})
_OTHERS = re.compile(
    r"(?:x-)?(?:euc|gb|big5|cn-big5|s(?:hift)?[_-]?jis|ms_kanji|ms932|windows|cp|ibm8|iso|latin|l[1-9]|koi|ks_c|ksc|"
    r"mac|dos|tis-620|us-ascii|ascii|ansi_x3|cs|arabic|hebrew|greek|cyrillic|korean|chinese|logical|visual|sun_eu|"
    r"asmo|ecma|elot|hz-gb|jis|viscii|tcvn|armscii|georgian)[a-z0-9_:().+-]*"
)
"""Matches names of encodings other than UTF-8.

Any other name, such as a misspelt one, is ignored. The name UTF-16 is ignored too, because a file whose declaration can
be read as ASCII is not in UTF-16.
"""


def of_text(kind: str, head: bytes, whole: bool) -> str:
    """Return the content type `kind`, without its character set if the file is not UTF-8. Then the browser decides.

    `head` has the first LOOK bytes of the file. `whole` says whether `head` is the whole file.
    """
    if not kind.endswith(_UTF_8) or _is_utf_8(kind, head, whole):
        return kind
    return unknown(kind)


def unknown(kind: str) -> str:
    """Return a content type without its character set."""
    return kind.removesuffix(_UTF_8)


def _is_utf_8(kind: str, head: bytes, whole: bool) -> bool:
    if head.startswith(codecs.BOM_UTF8):
        return True
    if head.startswith(_UTF_16):
        return False
    declared = _declared(kind, head[:DECLARATION])
    if declared in _OWN or _OTHERS.fullmatch(declared):
        return declared in _OWN
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)
    except UnicodeDecodeError:
        return False
    return True


def _declared(kind: str, head: bytes) -> str:
    """Return the encoding that a file declares, in lower case, or "" if it declares none."""
    if kind.startswith("text/html"):
        found = _of_html(head)
    elif kind.startswith("text/css"):
        found = _first(_CSS.match(head))
    elif "xml" in kind.partition(";")[0]:
        found = _first(_XML.match(head))
    else:
        return ""
    return found.decode("latin-1").strip().lower()


def _of_html(head: bytes) -> bytes:
    """Return the first encoding that a `meta` element outside of comments declares, or b"" if there is none."""
    for tag in _META.finditer(_COMMENT.sub(b"", head)):
        values = {name[1].lower(): _group(name, 2) for name in reversed(list(_ATTRIBUTE.finditer(tag[1])))}
        said = values.get(b"charset", b"")
        if not said and values.get(b"http-equiv", b"").strip().lower() == b"content-type":
            said = _first(_CONTENT.search(values.get(b"content", b"")))
        if said.strip():
            return said
    return b""


def _first(match: re.Match[bytes] | None) -> bytes:
    return _group(match, 1) if match else b""


def _group(match: re.Match[bytes], first: int) -> bytes:
    """Return the text of the first group that matched, counted from group `first`, or b"" if no group matched."""
    return next((group for group in match.groups()[first - 1 :] if group is not None), b"")
