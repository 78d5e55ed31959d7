"""The `_redirects` file at a site's root: https://specs.ipfs.tech/http-gateways/web-redirects-file/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

NAME = "_redirects"
MAX_BYTES = 64 << 10
STATUSES = frozenset({200, 301, 302, 303, 307, 308, 404, 410, 451})
MOVED = frozenset({301, 302, 303, 307, 308})


class RedirectsError(ValueError):
    """The file cannot be parsed: 500 for every path that is missing, so that its author notices."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`source` is matched segment by segment: `:name` takes any one, a final `*` what is left."""

    source: tuple[str, ...]
    target: str
    status: int

    def match(self, segments: tuple[str, ...]) -> Mapping[str, str] | None:
        """The placeholders' values for a decoded path; None when it is another path."""
        values: dict[str, str] = {}
        source = self.source
        if source and source[-1] == "*":
            source = source[:-1]
            if len(segments) <= len(source):
                return None
            values["splat"] = "/".join(segments[len(source) :])
        elif len(segments) != len(source):
            return None
        for pattern, segment in zip(source, segments, strict=False):
            if pattern.startswith(":"):
                values[pattern[1:]] = segment
            elif pattern != segment:
                return None
        return values


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Where a missing path leads: an address for MOVED, else the path of a file of the site."""

    status: int
    target: str


@lru_cache(maxsize=4)  # the longest file takes 20 ms, and is asked for at every missing path
def parse(data: bytes) -> tuple[Rule, ...]:
    """The rules of a file, in its order. Raises RedirectsError."""
    if len(data) > MAX_BYTES:
        raise too_long(len(data))
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise RedirectsError("not UTF-8") from error
    return tuple(_rule(number, line.split()) for number, line in enumerate(lines, 1) if _says_something(line))


def too_long(size: int) -> RedirectsError:
    """What is said of a file above MAX_BYTES."""
    return RedirectsError(f"redirects file size cannot exceed {MAX_BYTES} bytes: it has {size}")


def find(rules: Iterable[Rule], segments: tuple[str, ...]) -> Rewrite | None:
    """The first rule that takes this decoded path, its placeholders filled in; None when there is none."""
    for rule in rules:
        values = rule.match(segments)
        if values is not None:
            return Rewrite(rule.status, _fill(rule.target, values))
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
    if not target.startswith("/") and not (int(status) in MOVED and urlsplit(target).scheme in ("http", "https")):
        raise wrong(f"{target} must begin with /" + (", http:// or https://" if int(status) in MOVED else ""))
    return Rule(tuple(part for part in source.split("/") if part), target, int(status))


def _fill(target: str, values: Mapping[str, str]) -> str:
    """In one pass, so that a value is never read as a placeholder; the longest name first, so that :a spares :ab."""
    known = {"splat": "", **values}
    names = "|".join(re.escape(name) for name in sorted(known, key=lambda name: (-len(name), name)) if name)
    return re.sub(f":({names})", lambda match: known[match[1]], target)
