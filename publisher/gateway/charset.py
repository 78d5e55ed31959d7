"""Whether a text is sent as UTF-8: by what the file declares and by its first bytes.

HTML: https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding; CSS:
https://www.w3.org/TR/css-syntax-3/#input-byte-stream; XML: https://www.w3.org/TR/xml/#sec-guessing
"""

from __future__ import annotations

import codecs
import re

LOOK = 64 << 10
"""Bytes of a text that of_text() looks at."""

DECLARATION = 1024
"""Bytes within which a declaration counts: browsers look no further."""

_UTF_8 = "; charset=utf-8"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0?\0", b"\0<\0?")
"""The first bytes of a text in UTF-16: its byte order mark, or the declaration of XML."""

# The standard has its own algorithm for these 1024 bytes, whose encoding is not known yet: no tokenizer.
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
"""Matches the beginning of names of encodings other than UTF-8.

A name that matches none, such as a misspelt one, counts as no declaration. So does UTF-16, because its name could not
have been read then.
"""


def of_text(kind: str, head: bytes, whole: bool) -> str:
    """Return a content type that names UTF-8, or the same without a character set: then the reader decides.

    `head` is the file's first LOOK bytes; `whole` says whether that is all of it.
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
    """Return the encoding that a file declares, in lower case, or an empty string."""
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
    """Return the first encoding that a `meta` element names, outside of comments."""
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
    """Return the group that matched, from `first` on, or no bytes."""
    return next((group for group in match.groups()[first - 1 :] if group is not None), b"")
