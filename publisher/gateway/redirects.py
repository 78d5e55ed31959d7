"""The `_redirects` file at a site's root: https://specs.ipfs.tech/http-gateways/web-redirects-file/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from publisher.gateway.path import PRINTED

NAME = "_redirects"
MAX_BYTES = 64 << 10
MAX_TARGET = 8 << 10
"""Bytes of a target, as written and as filled in: a rule may use one placeholder thousands of times."""

STATUSES = frozenset({200, 301, 302, 303, 307, 308, 404, 410, 451})
MOVED = frozenset({301, 302, 303, 307, 308})

_HOST = r"(?:[^\x00-\x20\x7f\\/?#@:\[\]<>^|%\"'`{}]+|\[[0-9A-Fa-f:.]+\])"
_ELSEWHERE = re.compile(rf"https?://{_HOST}(?::([0-9]{{1,5}}))?(?=[/?#]|$)", re.IGNORECASE)
"""The part of an absolute target that names a host."""
_BEHIND_HOST = re.compile("://[^/?#]*[/?#]")

_IN_PATH, _IN_QUERY = "!$&'()*+,;=:@-._~", "-._~/:@"
"""Characters that a filled-in value keeps, before and after a `?` or `#` of the target.

Other ASCII is encoded, so that no value adds a query, a fragment, a parameter, or a backslash, which browsers read as a
slash.
"""
_ASCII = re.compile(r"[\x00-\x7f]+")


class RedirectsError(ValueError):
    """The file cannot be parsed. Every missing path then gets 500, so that its author notices."""


class TargetTooLong(ValueError):
    """The values make a target longer than MAX_TARGET."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `source` is matched segment by segment: `:name` takes any one, a final `*` the rest."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    """Text and placeholders in turn, beginning with text."""
    status: int

    def match(self, segments: tuple[str, ...]) -> Mapping[str, tuple[str, ...]] | None:
        """Return the placeholders' values, as segments, for a decoded path; None if it does not match."""
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
    """Where a missing path leads: an address for MOVED, otherwise the path of a file of the site.

    No value can change the host of the address.
    """

    status: int
    target: str


@lru_cache(maxsize=4)  # the longest file takes 20 ms, for every missing path
def parse(data: bytes) -> tuple[Rule, ...]:
    """Return the rules of a file, in its order. Raises RedirectsError."""
    if len(data) > MAX_BYTES:
        raise too_long(len(data))
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise RedirectsError("not UTF-8") from error
    return tuple(_rule(number, line.split()) for number, line in enumerate(lines, 1) if _says_something(line))


def too_long(size: int) -> RedirectsError:
    """Return the error for a file above MAX_BYTES."""
    return RedirectsError(f"redirects file size cannot exceed {MAX_BYTES} bytes: it has {size}")


def find(rules: Iterable[Rule], segments: tuple[str, ...]) -> Rewrite | None:
    """Return the first rule that matches a decoded path, with its placeholders filled in, or None.

    Raises TargetTooLong.
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
    """Return what is wrong with a target, or an empty string."""
    if len(target.encode()) > MAX_TARGET:
        return f"a target has at most {MAX_TARGET} bytes: {target[:40]}..."
    if target.startswith(("//", "/\\")):
        return f"{target[:80]} would name another host: begin with one /, or with https://"
    if target.startswith("/"):
        return ""
    if not moved or not target.lower().startswith(("http://", "https://")):
        return f"{target[:80]} must begin with /" + (", http:// or https://" if moved else "")
    if len(pieces) > 1 and not _BEHIND_HOST.search(pieces[0]):
        return f"{target[:80]}: a placeholder cannot stand in the host, only behind it"
    named = _ELSEWHERE.match(target)
    if named is None or int(named[1] or 0) > 65535:
        return f"{target[:80]} names no host: write it as https://example.org/path"
    return ""


def _pieces(target: str, source: tuple[str, ...]) -> tuple[str, ...]:
    """Split a target at its placeholders. The longest name is tried first, so that :a does not match in :ab."""
    known = {"splat", *(part[1:] for part in source if part.startswith(":"))} - {""}
    names = "|".join(re.escape(name) for name in sorted(known, key=lambda name: (-len(name), name)))
    return tuple(re.split(f":({names})", target))


def _fill(rule: Rule, values: Mapping[str, tuple[str, ...]]) -> str:
    """Fill in all values in one pass, so that no value is read as a placeholder. Raises TargetTooLong early."""
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
            raise TargetTooLong(f"what this address leads to has more than {MAX_TARGET} bytes")
        done.append(said)
    target = "".join(done)
    # An empty value between two slashes would leave the beginning of another host.
    return "/" + target.lstrip("/") if target.startswith("//") else target


def _encoded(value: str, kept: str) -> str:
    """Percent-encode the ASCII of a value except `kept`. Other characters are encoded with the whole."""
    return _ASCII.sub(lambda run: quote(run[0], safe=kept), value)
