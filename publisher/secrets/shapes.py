"""Find private keys and keystores in the bytes of a file by their shapes, also in quotes, in JSON and in UTF-16.

A header without a key behind it is ordinary text, for example in a manual. So a header counts only if base64 follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

from publisher.fast_dataclass import dataclass

NEAR = 4 << 10
"""The other parts of a keystore are searched for within this many bytes around its mark (see `_Mark`).

Wallets have about 500 bytes.
"""

KEY = "a private key"
STORE = "a store of keys or passwords"
KEYSTORE = "a keystore"

BEFORE = 128
"""A header has at most this many bytes before the words by which it is found."""

END = 200
"""A header without a key counts if it is within this many bytes of the end of a file."""

HEAD = 1 << 10
"""The first bytes of a file, up to this number, decide whether it is text, UTF-16 or other data."""

Hit = tuple[str, int]
"""The kind of a secret, and its position in the bytes."""

_HEADER = rb"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
_OMITTED = rb"(?i:snip|cut|trunc|redact|omit)"

_GAP = (
    rb"(?:\\+[nrt]|\\+u000[aAdD]|&#(?:10|13|x[aAdD]);|&(?:gt|quot|nbsp);|<(?!%b)[^<>]{0,200}>|[\s>\"'`|#*,+\\;%%-]|//+"
    rb"|\.(?!\.)|\xc2\xa0|\xe2\x80\x8b|[0-9]{1,5}[.:|)]?[ \t]+)*+"
) % _OMITTED
"""This pattern matches the characters between two lines of a key.

They may be line ends in any spelling, quotation marks, tags, characters that begin comments and quotes, line numbers,
and wide or invisible spaces.
"""

_FIELDS = rb"(?:(?:[A-Za-z-]{3,20}: [^\n\\<]{0,120}+)" + _GAP + rb"){0,4}+"
"""This pattern matches lines such as `DEK-Info: AES-128-CBC,…` before the key itself."""

_LEFT_OUT = (
    rb"(?:\.\.|\[|\(|& |\x08\xff|\xff\x08|\xe2\x80\xa6|\xef\xbc\x88|\\*u(?:2026|[fF]{2}08)|&(?:hellip|#8230|#x2026);"
    rb"|(?:<|&lt;)" + _OMITTED + rb")"
)
"""This pattern matches a sign that an example leaves out the rest of a key.

The sign is dots, an ellipsis (in UTF-8, JSON, HTML or UTF-16), or words in brackets.
"""

_FIRST_LINES = (
    rb"(?:b3BlbnNzaC1r|MII[A-Za-z0-9/+]{3}IBA(?:AK|DAN)|MI[A-Za-z0-9/+]{2,10}BgkqhkiG9w0BBQ)[A-Za-z0-9/+=]{0,80}+"
    rb"(?:" + _GAP + rb"[A-Za-z0-9/+=]{1,80}+)?"
)
"""This pattern matches the first line, or the first two lines, of a key of OpenSSH or RSA or of an encrypted key.

These lines have the kind of the key and a part of its public number. In other keys, the first line has the secret.
"""

_PLACEHOLDER = rb"[xX]{12}|=|" + _FIRST_LINES + _GAP + _LEFT_OUT

_NO_WORD = rb"(?=M[A-Z]|b3B|(?=[A-Z0-9/+]{0,63}[a-z])(?=[a-z0-9/+]{0,63}[A-Z])(?=[A-Za-z/+]{0,63}[0-9]))"
"""This pattern matches base64, which has capitals, small letters and digits. So it excludes words, paths and names."""

_CODE = (
    rb"(?!" + _PLACEHOLDER + rb")(?:[A-Za-z0-9/+=]{64}"
    rb"|" + _NO_WORD + rb"[A-Za-z0-9/+=]{24,63}+(?!" + _GAP + _LEFT_OUT + rb"))"
)
"""This pattern matches a whole line of base64. It also matches a shorter piece, if `_LEFT_OUT` does not follow it."""

_PEM = _HEADER + _GAP + _FIELDS + _CODE
_CUT = rb"(?:\A|[\n\r\xbf])[ \t]*" + _HEADER + rb"\s*+[A-Za-z0-9+/=]{0,23}\s*\Z"
"""This pattern matches a header at the end of a file. The key may be cut off there.

A text about keys would continue after the header.
"""

_AGE = rb"AGE-SECRET-KEY-(?:PQ-)?1(?!X{12})[02-9AC-HJ-NP-Z]{24}"
"""This pattern matches a key of age. It is written in the alphabet of Bech32, which has no 1, B, I and O."""

_PUTTY = (
    rb"PuTTY-User-Key-File-\d: [\x20-\x7e]{1,40}?"
    + _GAP
    + rb"Encryption: [\s\S]{1,3000}?Private-Lines: \d+"
    + _GAP
    + rb"[A-Za-z0-9+/=]{24}"
)
_PUTTY_FILE = rb"(?:\xef\xbb\xbf)?\s*PuTTY-User-Key-File-\d"

_NUMBER = rb"(?:[\x00-\x7f]|\x81[\s\S]|\x82[\s\S]{2}|\x83[\s\S]{3})"
_VERSION = rb"\x02\x01[\x00\x01\x03][\x02\x04\x30]"
_ENCRYPTION = rb"0" + _NUMBER + rb"\x06[\x09\x0a]\x2a\x86\x48\x86\xf7\x0d\x01[\x05\x0c]"
_DER = rb"0" + _NUMBER + rb"(?:" + _VERSION + rb"|" + _ENCRYPTION + rb")"
"""This pattern matches a DER sequence with a version (PKCS #1, #8 and #12, SEC 1) or an encryption (PKCS #5 and #12).

It does not match certificates, which begin with another sequence.
"""

_BINARY = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce", b"\x03\xd9\xa2\x9a")
"""The first bytes of a Java keystore in its two formats, and of a KeePass database."""

_CIPHERTEXT = rb'\s*:\s*"(?:0x)?(?:[0-9a-fA-F]+"|[0-9a-fA-F]{32}|(?=[A-Za-z/+=]{0,24}[0-9])[A-Za-z0-9/+]{24,}=*")'
_WALLET = (rb'(?i)"crypto"\s*:', rb'"ciphertext"' + _CIPHERTEXT, rb'(?i)"kdf"\s*:')
_WALLET_FILE = (rb'(?i)"crypto"\s*:\s*\{', rb'"ciphertext"\s*:', rb'(?i)"kdf"\s*:')
"""A file that is only a keystore is a secret, whatever its values are. Inside a text, a keystore may be an example."""
_VALIDATOR = (rb'(?i)"crypto"\s*:', rb'"kdf"\s*:\s*\{', rb'"checksum"\s*:\s*\{', rb'"message"' + _CIPHERTEXT)
"""These patterns match a keystore of ERC-2335, with the key of a validator."""

_JWK = (rb'"kty"\s*:\s*"(?:RSA|EC|OKP)"', rb'"d"\s*:\s*"(?![xX]{12})[A-Za-z0-9_-]{40}')
_FLAT = rb"\{[^{}]*+\}"
_TAG = rb"<[^<>]{0,200}>"

_compiled = cache(re.compile)
"""Compiles a pattern when it is first used, because most runs need no pattern."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Bytes that every secret of a kind contains, and the patterns that show whether they belong to a secret."""

    mark: bytes
    kind: str
    parts: tuple[bytes, ...]
    """For a key, one pattern for the whole key from `begins` on. For a JSON object, the patterns that it must match."""
    begins: bytes = b""
    """The first bytes of the secret, if they come before the mark."""
    flat: bool = False
    """This is true if all parts have to be in one object that contains no other object."""


# All marks of _KEYS contain Y and K. These letters are rare, so they are searched first. _OBJECTS are JSON objects.
_KEYS = (
    _Mark(b"PRIVATE KEY", KEY, (_PEM,), begins=b"----"),
    _Mark(b"AGE-SECRET-KEY-", KEY, (_AGE,)),
    _Mark(b"PuTTY-User-Key-File-", KEY, (_PUTTY,)),
)
_OBJECTS = (
    _Mark(b"ciphertext", KEYSTORE, _WALLET),
    _Mark(b'"checksum', KEYSTORE, _VALIDATOR),
    _Mark(b'"kty', KEY, _JWK, flat=True),
)


class KeyForm(Enum):
    """The form of a file. It decides how the file is searched."""

    PAGE = "HTML or XML"
    """Most files of a site have this form. No keystore is searched for, because that would take longer than hashing."""
    TEXT = "text"
    UTF16 = "UTF-16"
    """The file is UTF-16 in either byte order, with or without a byte order mark."""
    BINARY = "something else"
    """The file is a picture or an archive, for example. Only keys are searched for, and lines are not counted."""


def widened(text: bytes) -> bytes:
    """Return an ASCII text in UTF-16, without the first or last NUL byte. So the result fits both byte orders."""
    return b"\0".join(text[at : at + 1] for at in range(len(text)))


def form_of(data: bytes) -> KeyForm:
    """Return the form of a file. The first bytes of the file decide it."""
    if data[:1] == b"<" and data[1:2] != b"\0":
        return KeyForm.PAGE
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return KeyForm.UTF16
    head = data[:HEAD]
    zeros = head.count(b"\0")
    if not zeros:
        return KeyForm.TEXT
    return (
        KeyForm.UTF16 if len(head) <= 8 * zeros <= 5 * len(head) else KeyForm.BINARY
    )  # In UTF-16, every second byte of an ASCII text is NUL.


def has_key_mark(data: bytes) -> bool:
    """Return whether a page may contain a key. For nearly every page, the result is False."""
    return b"Y" in data and b"K" in data and any(mark.mark in data for mark in _KEYS)


def shapes(data: bytes, form: KeyForm) -> Iterator[Hit]:
    """Yield each kind of secret that `data` contains, with its position."""
    if b"Y" in data and b"K" in data:
        for mark in _KEYS:
            if (at := _key(data, mark)) >= 0:
                yield mark.kind, at
            if form is KeyForm.UTF16 and (at := _wide_key(data, mark)) >= 0:
                yield mark.kind, at
    if form in (KeyForm.TEXT, KeyForm.UTF16) and b"{" in data:
        for mark in _OBJECTS:
            if (at := _object(data, mark, mark.mark, NEAR)) >= 0:
                yield mark.kind, at
            if form is KeyForm.UTF16 and (at := _object(data, mark, widened(mark.mark), 2 * NEAR)) >= 0:
                yield mark.kind, at


def beginnings(data: bytes) -> Iterator[Hit]:
    """Yield the kind of secret that the first bytes of a file show, with the position 0."""
    if _compiled(_DER).match(data) or _compiled(_PUTTY_FILE).match(_narrow(data[:200])):
        yield KEY, 0
    elif data.startswith(_BINARY):
        yield STORE, 0
    elif b"{" in data[:8] and all(_compiled(part).search(_narrow(data[:NEAR])) for part in _WALLET_FILE):
        yield KEYSTORE, 0


def cut_short(data: bytes) -> Iterator[Hit]:
    """Yield a key whose header is at the very end of a file, so that the key itself may be cut off."""
    at = data.rfind(b"PRIVATE KEY", -END)
    if at >= 0 and _compiled(_CUT).search(data, max(at - BEFORE, 0)):
        yield KEY, at


def _key(data: bytes, mark: _Mark) -> int:
    """Return the position of the first mark that is part of a whole key, or -1 if there is none."""
    at = data.find(mark.mark)
    while at >= 0:
        first = data.rfind(mark.begins, max(at - BEFORE, 0), at) if mark.begins else at
        if first >= 0 and _compiled(mark.parts[0]).match(data, first, at + NEAR):
            return at
        at = data.find(mark.mark, at + len(mark.mark))
    return -1


def _wide_key(data: bytes, mark: _Mark) -> int:
    """Return the position of the first key in UTF-16, or -1 if there is none.

    If several marks are near each other, their bytes are searched only once.
    """
    written, near = widened(mark.mark), 2 * NEAR
    at = data.find(written)
    while at >= 0:
        start = max(at - 2 * BEFORE, 0)
        if found := _compiled(mark.parts[0]).search(_narrow(data[start : at + 2 * near])):
            return start + 2 * (found.start() + 8)  # This position is in the header, so the line is right.
        at = data.find(written, at + near)
    return -1


def _object(data: bytes, mark: _Mark, written: bytes, near: int) -> int:
    """Return the position of the first mark with all its parts within `near` bytes, or -1 if there is none.

    `written` is the mark as the file has it. If several marks are near each other, their bytes are searched only once.
    """
    at = data.find(written)
    while at >= 0:
        text = _plain(data[max(at - near, 0) : at + 2 * near])
        for one in _compiled(_FLAT).findall(text) if mark.flat else (text,):
            if all(_compiled(part).search(one) for part in mark.parts):
                return at
        at = data.find(written, at + near)
    return -1


def _narrow(text: bytes) -> bytes:
    """Return a text in UTF-16 as ASCII, without its byte order mark. Other bytes are returned as they are."""
    return text.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff") if b"\0" in text else text


def _plain(text: bytes) -> bytes:
    """Return JSON without the escapes that it has inside a JSON string or an HTML page."""
    text = _narrow(text).replace(b"\\", b"")
    if b"&" in text or b"<" in text:
        from html import unescape

        text = unescape(_compiled(_TAG).sub(b"", text).decode("latin-1")).encode("latin-1", "replace")
    return text
