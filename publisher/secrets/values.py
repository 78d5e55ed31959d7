"""Search for the values of configured secrets in every spelling.

No `repr` and no message shows a value. Messages show the name of its variable instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.secrets.shapes import widened

SHORTEST = 16
"""A value with fewer characters is not searched for in files, because it could be a part of an ordinary text."""

SHORTEST_CONCEALED = 8
"""A value with fewer characters is not concealed in what a run prints, because it could be a part of any word."""

ENOUGH = 4
"""If a value has this many characters in a row with only one spelling, these characters are searched for first."""

_KEY = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{64})")
_RUN = re.compile(r"[0-9A-Za-z]+")
_DIGITS = re.compile(r"[0-9]+")
_RARE = "YQXZVJ"
"""Letters that most pages lack, the rarest one first. One letter is found four times as fast as a longer text."""

_NAMED = {"&": b"amp", "<": b"lt", ">": b"gt", '"': b"quot", "'": b"apos", "_": b"lowbar", "+": b"plus", "/": b"sol"}


class SecretValue:
    """A secret value. No `repr` and no message shows it."""

    __slots__ = ("_any_case", "_compiled", "_core", "_rare", "_text", "label", "reach")

    def __init__(self, label: str, text: str, *, any_case: bool = False) -> None:
        self.label = label
        """The words for the value in messages, such as `the value of PUBLISH_X`."""
        self.reach = 12 * len(text.encode("utf-8", "surrogateescape")) + 16
        """The longest spelling of the value has at most this many bytes. In UTF-16, it has twice as many."""
        self._text = text
        self._any_case = any_case
        core = max((_DIGITS if any_case else _RUN).findall(text), key=len, default="")
        self._core = core.encode() if len(core) >= ENOUGH else b""
        """The longest part with only one spelling. It is searched for first, so most files need only one search."""
        self._rare = b"" if any_case else next((char.encode() for char in _RARE if char in text), b"")
        self._compiled: re.Pattern[bytes] | None = None

    def __repr__(self) -> str:
        return f"Value({self.label})"

    def secret(self) -> bytes:
        """Return bytes that differ for different values. They contain the value, and are used only for digests."""
        return f"{self._any_case:d}{self._text}".encode("utf-8", "surrogateescape")

    def at(self, data: bytes, *, in_utf16: bool) -> int:
        """Return the position of the value in `data`, or -1 if it is not there. With `in_utf16`, search UTF-16 too."""
        if self._rare not in data:
            return -1
        at = self._plain(data)
        return self._wide(data) if at < 0 and in_utf16 else at

    def masked(self, text: str) -> str:
        """Return a text in which the label replaces the value."""
        raw = text.encode("utf-8", "surrogateescape")
        return self._whole().sub(f"({self.label})".encode(), raw).decode("utf-8", "surrogateescape")

    def _whole(self) -> re.Pattern[bytes]:
        if self._compiled is None:
            self._compiled = re.compile(b"".join(_spelled(char, self._any_case) for char in self._text))
        return self._compiled

    def _plain(self, data: bytes) -> int:
        if not self._core:
            found = self._whole().search(data)
            return found.start() if found else -1
        at = data.find(self._core)
        while at >= 0:  # Every line may contain the core. Cores near each other are searched only once.
            if found := self._whole().search(data, max(at - self.reach, 0), at + 2 * self.reach):
                return found.start()
            at = data.find(self._core, at + self.reach)
        return -1

    def _wide(self, data: bytes) -> int:
        """Return the position of the value in UTF-16 of either byte order, or -1 if it is not there."""
        if not self._text.isascii():
            found = (data.find(self._text.encode(form, "replace")) for form in ("utf-16-le", "utf-16-be"))
            return max(found)
        if not self._core:
            return 0 if self._whole().search(data.replace(b"\0", b"")) else -1
        core, reach = widened(self._core), 2 * self.reach
        at = data.find(core)
        while at >= 0:
            if self._whole().search(data[max(at - reach, 0) : at + 2 * reach].replace(b"\0", b"")):
                return at
            at = data.find(core, at + reach)
        return -1


def short_value_of(variable: str, text: str) -> Iterator[SecretValue]:
    """Yield the value of a variable if it is too short for `values_of`, but can be concealed in a message.

    It has at least two of these kinds of characters: capital letters, small letters, digits and signs. A plain word or
    number is not concealed, because ordinary texts contain it. In a message whose usual text is known, the place of a
    concealed word would reveal the word.
    """
    text = text.strip()
    kinds = {"letter" if char.islower() else "capital" if char.isupper() else char.isdigit() for char in text}
    if SHORTEST_CONCEALED <= len(text) < SHORTEST and len(kinds) > 1:
        yield SecretValue(f"the value of {variable}", text)


def values_of(variable: str, kind: str, text: str) -> Iterator[SecretValue]:
    """Yield the secret values in `text`, the value of a variable, that have at least SHORTEST characters.

    If `kind` is `secret`, the whole text is secret. If it is `address`, the keys in it are secret. If no key can be
    recognised in the address, the whole address is secret, unless it is only a host or a path.
    """
    text = text.strip()
    label = f"the value of {variable}"
    if kind == "address":
        yield from (SecretValue(label, part) for part in _keys_of_address(text))
    elif key := _KEY.fullmatch(text):
        yield SecretValue(label, key[1], any_case=True)
    elif len(text) >= SHORTEST:
        yield SecretValue(label, text)


def credentials(variable: str, user: str, password: str, shortest: int = SHORTEST) -> Iterator[SecretValue]:
    """Yield the base64 text of user and password in an HTTP header, if it has at least `shortest` characters."""
    from base64 import b64encode

    coded = b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode().rstrip("=")
    if password and len(coded) >= shortest:
        yield SecretValue(f"the value of {variable}, as base64", coded)


def _keys_of_address(text: str) -> list[str]:
    """Return the parts of a URL that look like a key.

    If no part looks like a key, return the whole URL. If the URL is only a host or a path, return an empty list,
    because such a URL is not secret.
    """
    from urllib.parse import unquote, urlsplit

    try:
        url = urlsplit(text)
        password = unquote(url.password or "")
    except ValueError:
        return [text] if len(text) >= SHORTEST else []
    if text.startswith("/") or (url.netloc and not (url.path.strip("/") or url.query or url.username)):
        return []
    queries = [part.partition("=")[2] or part for part in url.query.split("&")]
    likely = (part for part in (*url.path.split("/"), *queries) if part.isalnum() or _DIGITS.search(part))
    keys = [part for part in dict.fromkeys([password, *likely]) if len(part) >= SHORTEST]
    return keys or [part for part in (text.rstrip("/"),) if len(part) >= SHORTEST]


def _spelled(char: str, any_case: bool) -> bytes:
    """Return a pattern for all spellings of `char` in Markdown, HTML, JSON and URLs."""
    if char.isascii() and char.isalnum():
        return b"[%c%c]" % (ord(char.lower()), ord(char.upper())) if any_case and char.isalpha() else char.encode()
    raw = char.encode("utf-8", "surrogateescape")
    coded = b"".join(b"%%(?:%02x|%02X)" % (byte, byte) for byte in raw)
    code = ord(char)
    escaped = rb"\\++" if char == "\\" else rb"\\*+" + re.escape(raw)
    ways = [escaped, coded, b"&#(?:0*%d|[xX]0*(?:%x|%X));?" % (code, code, code)]
    if code <= 0xFFFF:
        ways.append(b"\\\\+u(?:%04x|%04X)" % (code, code))
    if char in _NAMED:
        ways.append(b"&%b;" % _NAMED[char])
    if char.isspace():
        ways += [rb"\s+", rb"\\+[nrt]", rb"\+"]
    return b"(?:" + b"|".join(ways) + b")"
