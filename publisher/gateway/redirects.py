"""Parse and apply the `_redirects` file of a site: https://specs.ipfs.tech/http-gateways/web-redirects-file/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

from publisher.fast_dataclass import dataclass
from publisher.gateway.path import PRINTED

NAME = "_redirects"
MAX_BYTES = 64 << 10
MAX_TARGET = 8 << 10
"""The largest number of bytes of a target, before and after its placeholders are filled in.

Without this limit, a rule could use one placeholder thousands of times.
"""

STATUSES = frozenset({200, 301, 302, 303, 307, 308, 404, 410, 451})
MOVED = frozenset({301, 302, 303, 307, 308})

_HOST = r"(?:[^\x00-\x20\x7f\\/?#@:\[\]<>^|%\"'`{}]+|\[[0-9A-Fa-f:.]+\])"
_ELSEWHERE = re.compile(rf"https?://{_HOST}(?::([0-9]{{1,5}}))?(?=[/?#]|$)", re.IGNORECASE)
"""Matches the scheme, host and port of an absolute target."""
_BEHIND_HOST = re.compile("://[^/?#]*[/?#]")

_IN_PATH, _IN_QUERY = "!$&'()*+,;=:@-._~", "-._~/:@"
"""Characters that are not encoded when a value is filled into a target.

_IN_PATH is for values before the first `?` or `#` of the target, and _IN_QUERY for values after it. Other ASCII
characters are encoded. So no value can add a query, a fragment or a parameter. No value can add a backslash, which
browsers read as a slash.
"""
_ASCII = re.compile(r"[\x00-\x7f]+")


class RedirectsError(ValueError):
    """The file cannot be parsed. Then every missing path gets 500, so that the author notices the mistake."""


class TargetTooLong(ValueError):
    """The target is longer than MAX_TARGET after its placeholders are filled in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the file."""

    source: tuple[str, ...]
    """The segments of the source path. `:name` matches any one segment, and a final `*` matches all other segments."""
    target: tuple[str, ...]
    """The parts of the target. Texts and names of placeholders alternate, and the first part is a text."""
    status: int

    def match(self, segments: tuple[str, ...]) -> Mapping[str, tuple[str, ...]] | None:
        """Return the values of the placeholders for a decoded path. Each value is a tuple of segments.

        Return None if the path does not match.
        """
        values: dict[str, tuple[str, ...]] = {}
        source = self.source
        if source and source[-1] == "*":
            source = source[:-1]
            if len(segments) <= len(source):
                return None
            values["splat"] = segments[len(source) :]
        elif len(segments) != len(source):
            return None
        for pattern, segment in zip(source, segments, strict=False):
            if pattern.startswith(":"):
                values[pattern[1:]] = (segment,)
            elif pattern != segment:
                return None
        return values


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The result of a rule for a missing path.

    `target` is the URL of a redirect if `status` is in MOVED. Otherwise it is the path of a file of the site. The
    values of placeholders cannot change the host of the URL.
    """

    status: int
    target: str


@lru_cache(maxsize=4)  # without the cache, every missing path could take 20 ms, the time to parse the longest file
def parse(data: bytes) -> tuple[Rule, ...]:
    """Return the rules of a file, in their order. Raises RedirectsError if the file is too long or has a wrong line."""
    if len(data) > MAX_BYTES:
        raise too_long(len(data))
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise RedirectsError("not UTF-8") from error
    return tuple(_rule(number, line.split()) for number, line in enumerate(lines, 1) if _says_something(line))


def too_long(size: int) -> RedirectsError:
    """Return the error for a file of `size` bytes, which is more than MAX_BYTES."""
    return RedirectsError(f"redirects file size cannot exceed {MAX_BYTES} bytes: it has {size}")


def find(rules: Iterable[Rule], segments: tuple[str, ...]) -> Rewrite | None:
    """Return the result of the first rule that matches a decoded path, or None if no rule matches.

    Raises TargetTooLong if the filled-in target is longer than MAX_TARGET.
    """
    for rule in rules:
        values = rule.match(segments)
        if values is not None:
            return Rewrite(rule.status, _fill(rule, values))
    return None


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _rule(number: int, fields: list[str]) -> Rule:
    def wrong(what: str) -> RedirectsError:
        return RedirectsError(f"line {number}: {what}")

    if not 2 <= len(fields) <= 3:
        raise wrong("must be: from to [status]")
    source, target = fields[:2]
    status = fields[2] if len(fields) == 3 else "301"
    if status.endswith("!"):
        raise wrong(f'{status}: forced redirects (or "shadowing") are not supported, a rule cannot hide what is there')
    if not (status.isascii() and status.isdigit() and int(status) in STATUSES):
        raise wrong(f"unsupported redirect status {status}")
    if not source.startswith("/"):
        raise wrong(f"{source} must begin with /")
    if "*" in source[:-1]:
        raise wrong(f"{source}: * can only be at the end")
    parts = tuple(part for part in source.split("/") if part)
    pieces = _pieces(target, parts)
    if fault := _fault(target, pieces, int(status) in MOVED):
        raise wrong(fault)
    return Rule(parts, pieces, int(status))


def _fault(target: str, pieces: tuple[str, ...], moved: bool) -> str:
    """Return a sentence about what is wrong with a target, or "" if nothing is wrong."""
    if len(target.encode()) > MAX_TARGET:
        return f"a target has at most {MAX_TARGET} bytes: {target[:40]}..."
    if target.startswith(("//", "/\\")):
        return f"{target[:80]} would name another host: begin with one /, or with https://"
    if target.startswith("/"):
        return ""
    if not moved or not target.lower().startswith(("http://", "https://")):
        return f"{target[:80]} must begin with /" + (", http:// or https://" if moved else "")
    if len(pieces) > 1 and not _BEHIND_HOST.search(pieces[0]):
        return f"{target[:80]}: a placeholder cannot be in the host, only after it"
    named = _ELSEWHERE.match(target)
    if named is None or int(named[1] or 0) > 65535:
        return f"{target[:80]} names no host: write it as https://example.org/path"
    return ""


def _pieces(target: str, source: tuple[str, ...]) -> tuple[str, ...]:
    """Split a target at its placeholders, into texts and names.

    Longer names are tried first, so :a never matches :ab.
    """
    known = {"splat", *(part[1:] for part in source if part.startswith(":"))} - {""}
    names = "|".join(re.escape(name) for name in sorted(known, key=lambda name: (-len(name), name)))
    return tuple(re.split(f":({names})", target))


def _fill(rule: Rule, values: Mapping[str, tuple[str, ...]]) -> str:
    """Return the target with its values filled in. One pass fills in all values, so no value is read as a placeholder.

    Raises TargetTooLong as soon as the target has more than MAX_TARGET bytes.
    """
    moved = rule.status in MOVED
    kept = _IN_PATH
    written: dict[tuple[str, str], str] = {}
    done: list[str] = []
    left = MAX_TARGET
    for number, piece in enumerate(rule.target):
        said = piece
        if number % 2:
            key = piece, kept
            if key not in written:
                written[key] = "/".join(_encoded(part, kept) if moved else part for part in values.get(piece, ()))
            said = written[key]
        elif "?" in piece or "#" in piece:
            kept = _IN_QUERY
        left -= len(said if said.isascii() else quote(said, safe=PRINTED))
        if left < 0:
            raise TargetTooLong(f"the target of this address is longer than {MAX_TARGET} bytes")
        done.append(said)
    target = "".join(done)
    # An empty value between two slashes gives a target with two slashes at its beginning. Browsers would read a host.
    return "/" + target.lstrip("/") if target.startswith("//") else target


def _encoded(value: str, kept: str) -> str:
    """Percent-encode the ASCII characters of a value that are not in `kept`.

    Other characters are encoded later, together with the text of the target.
    """
    return _ASCII.sub(lambda run: quote(run[0], safe=kept), value)
