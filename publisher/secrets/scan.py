"""What is published is searched for secrets: for the values of configured ones, and for what looks like any.

What looks like one may be let through by its path; a value never is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from publisher.errors import Problem
from publisher.secrets.file_names import secret_name
from publisher.secrets.shapes import Form, Hit, beginnings, cut_short, form_of, has_key_mark, shapes
from publisher.secrets.values import Value

VALUE_HINT = "take it out, trust it no longer and change it where it is used; [secrets] lets no value through"

AT_ONCE = 4 << 20
"""Bytes of a file up to which it is searched at once; a larger one in pieces."""

OVERLAP = 16 << 10
"""Bytes of a piece that are looked at again with the next one: a keystore may begin in the one and end in the other."""

COST = 1 << 11
"""2 MiB and 6 ms, once a run that has values: what a cache tells about a password can be tried 170 times a second."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret in one file."""

    what: str
    """A kind, or which value: never the value."""
    line: int = 0
    """From 1; 0 where the file is no text."""
    value: bool = False


@dataclass(frozen=True, slots=True)
class SecretSearch:
    """What is searched for, and the paths of files that may look like secrets."""

    values: tuple[Value, ...] = ()
    allow: frozenset[str] = frozenset()
    salt: bytes = b""
    """Of the key: what is remembered in one cache says nothing in another."""

    def key(self) -> bytes:
        """A digest of all this, on which nobody can try passwords quickly, for who remembers what was searched."""
        whole = hashlib.sha256(b"".join(b"%d:%b" % (len(path), path) for path in sorted(map(_bytes, self.allow))))
        if self.values:
            secrets = b"\0".join(sorted({value.secret() for value in self.values}))
            whole.update(hashlib.scrypt(secrets, salt=self.salt, n=COST, r=8, p=1, maxmem=8 << 20))
        return whole.digest()

    def file(self, data: bytes, *, copied: bool = True) -> tuple[FoundSecret, ...]:
        """The secrets of a file whose bytes are all here. `copied`: no text by an author, but as it is."""
        form = form_of(data)
        if form is Form.PAGE and not has_key_mark(data):  # the short way for most files
            for value in self.values:
                if value.at(data, in_utf16=False) >= 0:
                    break
            else:
                return ()
        return self._found(data, form, [*beginnings(data), *cut_short(data)] if copied else [], 0)

    def clean(self, data: bytes) -> bool:
        """Whether `file` would find nothing."""
        return not self.file(data)

    def name(self, path: str) -> tuple[FoundSecret, ...]:
        """The secrets that a path tells of: by what it is called, or with a value in it."""
        kind = secret_name(path)
        named = (FoundSecret(kind),) if kind else ()
        return (*named, *self.text(path))

    def text(self, text: str) -> tuple[FoundSecret, ...]:
        """The values in a short text."""
        data = _bytes(text)
        return tuple(FoundSecret(value.label, 0, True) for value in self.values if value.at(data, in_utf16=False) >= 0)

    def names(self, paths: Iterable[str]) -> bool:
        """Whether a value stands in any of many paths: one look for all."""
        return bool(self.values) and bool(self.text("\n".join(paths)))

    def problems(self, path: str, found: Iterable[FoundSecret]) -> Iterator[Problem]:
        """What is wrong with a file. A value in its path is not repeated."""
        shown = self.masked(path).encode("utf-8", "backslashreplace").decode()
        let_through = f'take it out; if it is no secret: allow = ["{shown}"] under [secrets] in publish.toml'
        for one in found:
            if one.value or path not in self.allow:
                hint = VALUE_HINT if one.value else let_through
                yield Problem(shown, one.line, 0, f"{one.what}: never published", hint)

    def masked(self, text: str) -> str:
        """A text without the values."""
        for value in self.values:
            text = value.masked(text)
        return text

    def without_values(self, problem: Problem) -> Problem:
        """A problem whose words may quote a name that has a value in it."""
        return replace(problem, path=self.masked(problem.path), what=self.masked(problem.what))

    def _found(self, data: bytes, form: Form, hits: list[Hit], lines: int) -> tuple[FoundSecret, ...]:
        """All that stands in these bytes, each kind once, with its line; `lines` came before."""
        hits += shapes(data, form)
        wide = form is Form.UTF16
        values = [(value.label, at) for value in self.values if (at := value.at(data, in_utf16=wide)) >= 0]
        found: dict[str, FoundSecret] = {}
        for number, (kind, at) in enumerate((*hits, *values)):
            line = 0 if form is Form.BINARY else data.count(b"\n", 0, at) + lines + 1
            found.setdefault(kind, FoundSecret(kind, line, number >= len(hits)))
        return tuple(found.values())


SHAPES = SecretSearch()
"""Where there is no configuration: what looks like a secret, and no file that may."""


class Pieces:
    """A file that comes in pieces, in their order; what is found is found across their borders too."""

    def __init__(self, search: SecretSearch) -> None:
        self._search = search
        self._tail = b""
        self._lines = 0
        """Before the tail."""
        self._form: Form | None = None
        self._overlap = max(OVERLAP, *(2 * value.reach for value in search.values), 0)
        self.found: dict[str, FoundSecret] = {}
        """By kind; each is told once."""

    def __call__(self, piece: bytes) -> bool:
        """Take the next piece; whether anything was found until now."""
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
