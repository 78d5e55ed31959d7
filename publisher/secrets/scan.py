"""Search what is published for secrets: for the values of configured ones, and for what looks like one.

A file that only looks like a secret may be allowed by its path; a value never is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from publisher.errors import Problem
from publisher.secrets.file_names import secret_name
from publisher.secrets.shapes import Hit, KeyForm, beginnings, cut_short, form_of, has_key_mark, shapes
from publisher.secrets.values import SecretValue

VALUE_HINT = "remove the value, replace it where it is used, and use it no longer; [secrets] cannot allow a value"

AT_ONCE = 4 << 20
"""Bytes. A file of at most this size is searched at once, a larger one in pieces."""

OVERLAP = 16 << 10
"""Bytes of a piece that are searched again with the next: a keystore may begin in one and end in the other."""

COST = 1 << 11
"""Costs 2 MiB and 6 ms, once a run that has values.

A password behind a cache's digest can be tried 170 times a second.
"""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret in one file."""

    what: str
    """A kind, or the name of a value; never the value."""
    line: int = 0
    """The line, from 1; 0 if the file is not text."""
    value: bool = False


@dataclass(frozen=True, slots=True)
class SecretSearch:
    """What is searched for, and the paths of files that may look like secrets."""

    values: tuple[SecretValue, ...] = ()
    allow: frozenset[str] = frozenset()
    salt: bytes = b""
    """A salt of the key: what one cache remembers means nothing in another."""

    def key(self) -> bytes:
        """Return a digest of all this, which is slow to guess from. A cache uses it to remember what was searched."""
        whole = hashlib.sha256(b"".join(b"%d:%b" % (len(path), path) for path in sorted(map(_bytes, self.allow))))
        if self.values:
            secrets = b"\0".join(sorted({value.secret() for value in self.values}))
            whole.update(hashlib.scrypt(secrets, salt=self.salt, n=COST, r=8, p=1, maxmem=8 << 20))
        return whole.digest()

    def file(self, data: bytes, *, copied: bool = True) -> tuple[FoundSecret, ...]:
        """Return the secrets of a file whose bytes are all here.

        `copied` means that the file is published unchanged.
        """
        form = form_of(data)
        if form is KeyForm.PAGE and not has_key_mark(data):  # the short way for most files
            for value in self.values:
                if value.at(data, in_utf16=False) >= 0:
                    break
            else:
                return ()
        return self._found(data, form, [*beginnings(data), *cut_short(data)] if copied else [], 0)

    def clean(self, data: bytes) -> bool:
        """Return whether `file` would find nothing."""
        return not self.file(data)

    def name(self, path: str) -> tuple[FoundSecret, ...]:
        """Return the secrets in a path: a name of a secret file, or a value in it."""
        kind = secret_name(path)
        named = (FoundSecret(kind),) if kind else ()
        return (*named, *self.text(path))

    def text(self, text: str) -> tuple[FoundSecret, ...]:
        """Return the values in a short text."""
        data = _bytes(text)
        return tuple(FoundSecret(value.label, 0, True) for value in self.values if value.at(data, in_utf16=False) >= 0)

    def names(self, paths: Iterable[str]) -> bool:
        """Return whether a value stands in any of many paths, with one search for all."""
        return bool(self.values) and bool(self.text("\n".join(paths)))

    def problems(self, path: str, found: Iterable[FoundSecret]) -> Iterator[Problem]:
        """Yield the problems of a file. A value in its path is masked."""
        shown = self.masked(path).encode("utf-8", "backslashreplace").decode()
        let_through = (
            f'remove the file; if this is no secret, write allow = ["{shown}"] under [secrets] in publish.toml'
        )
        for one in found:
            if one.value or path not in self.allow:
                hint = VALUE_HINT if one.value else let_through
                yield Problem(shown, one.line, 0, f"{one.what} must not be published", hint)

    def masked(self, text: str) -> str:
        """Return a text with the values masked."""
        for value in self.values:
            text = value.masked(text)
        return text

    def without_values(self, problem: Problem) -> Problem:
        """Return a problem with the values in its path and its words masked."""
        return replace(problem, path=self.masked(problem.path), what=self.masked(problem.what))

    def _found(self, data: bytes, form: KeyForm, hits: list[Hit], lines: int) -> tuple[FoundSecret, ...]:
        """Return everything in these bytes, each kind once, with its line. `lines` came before these bytes."""
        hits += shapes(data, form)
        wide = form is KeyForm.UTF16
        values = [(value.label, at) for value in self.values if (at := value.at(data, in_utf16=wide)) >= 0]
        found: dict[str, FoundSecret] = {}
        for number, (kind, at) in enumerate((*hits, *values)):
            line = 0 if form is KeyForm.BINARY else data.count(b"\n", 0, at) + lines + 1
            found.setdefault(kind, FoundSecret(kind, line, number >= len(hits)))
        return tuple(found.values())


SHAPES = SecretSearch()
"""The search without a configuration: what looks like a secret, with no file allowed."""


class Pieces:
    """A search of a file that comes in pieces, in order. Secrets across two pieces are found too."""

    def __init__(self, search: SecretSearch) -> None:
        self._search = search
        self._tail = b""
        self._lines = 0
        """Lines before the tail."""
        self._form: KeyForm | None = None
        self._overlap = max(OVERLAP, *(2 * value.reach for value in search.values), 0)
        self.found: dict[str, FoundSecret] = {}
        """Kind -> the first secret of it."""

    def __call__(self, piece: bytes) -> bool:
        """Search the next piece, and return whether anything was found so far."""
        data = self._tail + piece
        first = [] if self._form else list(beginnings(data))
        self._form = self._form or form_of(data)
        for one in self._search._found(data, self._form, first, self._lines):
            self.found.setdefault(one.what, one)
        cut = max(len(data) - self._overlap, 0)
        self._lines += data.count(b"\n", 0, cut)
        self._tail = data[cut:]
        return bool(self.found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
