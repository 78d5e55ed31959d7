"""Search files for secrets before they are published: for the values of configured secrets, and for shapes of keys.

The user can allow a file that only looks like a secret, by its path. A value can never be allowed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, replace
from publisher.secrets.file_names import secret_name
from publisher.secrets.shapes import Hit, KeyForm, beginnings, cut_short, form_of, has_key_mark, shapes
from publisher.secrets.values import SecretValue

VALUE_HINT = "remove the value from the file, and replace the secret everywhere; [secrets] cannot allow a value"

AT_ONCE = 4 << 20
"""A file with at most this many bytes is searched as a whole. A larger file is searched in pieces."""

OVERLAP = 16 << 10
"""This many bytes at the end of a piece are searched again with the next piece, because a secret may be in both."""

COST = 1 << 11
"""The cost parameter `n` of scrypt. One digest takes 2 MiB and 6 ms. A run makes at most one digest.

So somebody who has the digest from a cache can try only 170 passwords in a second.
"""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret in one file."""

    what: str
    """The kind of the secret, or the name of a value. It is never the value itself."""
    line: int = 0
    """The line of the secret, counted from 1. It is 0 for a secret in a path, and if the file is not text."""
    value: bool = False
    """This is true for the value of a configured secret."""


@dataclass(frozen=True, slots=True)
class SecretSearch:
    """A search for `values` and for shapes of keys. Files whose paths are in `allow` may look like secrets."""

    values: tuple[SecretValue, ...] = ()
    allow: frozenset[str] = frozenset()
    salt: bytes = b""
    """The salt for `key`. Because of it, the records of one cache are useless in another cache."""

    def key(self) -> bytes:
        """Return a digest of this search. A cache records under it which files were searched.

        The digest is slow to compute, so that nobody can find the values by trying many of them.
        """
        whole = hashlib.sha256(b"".join(b"%d:%b" % (len(path), path) for path in sorted(map(_bytes, self.allow))))
        if self.values:
            secrets = b"\0".join(sorted({value.secret() for value in self.values}))
            whole.update(hashlib.scrypt(secrets, salt=self.salt, n=COST, r=8, p=1, maxmem=8 << 20))
        return whole.digest()

    def file(self, data: bytes, *, copied: bool = True) -> tuple[FoundSecret, ...]:
        """Return the secrets in `data`, which has all bytes of a file.

        `copied` says whether the file is published unchanged. If so, it is also checked whether the whole file is a key
        or a keystore.
        """
        form = form_of(data)
        if form is KeyForm.PAGE and not has_key_mark(data):  # This test is fast, and most files are pages.
            for value in self.values:
                if value.at(data, in_utf16=False) >= 0:
                    break
            else:
                return ()
        return self._found(data, form, [*beginnings(data), *cut_short(data)] if copied else [], 0)

    def clean(self, data: bytes) -> bool:
        """Return whether `data` contains no secret."""
        return not self.file(data)

    def name(self, path: str) -> tuple[FoundSecret, ...]:
        """Return the secrets in a path: a file name that keys or passwords have, and values."""
        kind = secret_name(path)
        named = (FoundSecret(kind),) if kind else ()
        return (*named, *self.text(path))

    def text(self, text: str) -> tuple[FoundSecret, ...]:
        """Return the secret values that a short text contains."""
        data = _bytes(text)
        return tuple(FoundSecret(value.label, 0, True) for value in self.values if value.at(data, in_utf16=False) >= 0)

    def names(self, paths: Iterable[str]) -> bool:
        """Return whether any of many paths contains a secret value. All paths are searched at once."""
        return bool(self.values) and bool(self.text("\n".join(paths)))

    def problems(self, path: str, found: Iterable[FoundSecret]) -> Iterator[Problem]:
        """Yield a problem for each secret in `found` that the file at `path` must not contain.

        A value in the path is masked.
        """
        shown = self.masked(path).encode("utf-8", "backslashreplace").decode()
        let_through = (
            f'remove the file; if this is no secret, write allow = ["{shown}"] under [secrets] in publish.toml'
        )
        for one in found:
            if one.value or path not in self.allow:
                hint = VALUE_HINT if one.value else let_through
                yield Problem(shown, one.line, 0, f"{one.what} must not be published", hint)

    def masked(self, text: str) -> str:
        """Return a text in which the names of the variables replace the secret values."""
        for value in self.values:
            text = value.masked(text)
        return text

    def without_values(self, problem: Problem) -> Problem:
        """Return a problem whose path and message contain no secret value."""
        return replace(problem, path=self.masked(problem.path), what=self.masked(problem.what))

    def _found(self, data: bytes, form: KeyForm, hits: list[Hit], lines: int) -> tuple[FoundSecret, ...]:
        """Return the secrets in `data`, each kind once, with its line.

        `hits` has the secrets that the caller found at the beginning and the end of the file. `lines` is the number of
        lines before `data`.
        """
        hits += shapes(data, form)
        wide = form is KeyForm.UTF16
        values = [(value.label, at) for value in self.values if (at := value.at(data, in_utf16=wide)) >= 0]
        found: dict[str, FoundSecret] = {}
        for number, (kind, at) in enumerate((*hits, *values)):
            line = 0 if form is KeyForm.BINARY else data.count(b"\n", 0, at) + lines + 1
            found.setdefault(kind, FoundSecret(kind, line, number >= len(hits)))
        return tuple(found.values())


SHAPES = SecretSearch()
"""The search without a configuration. It finds shapes of keys, and allows no file."""


class Pieces:
    """A search of a file whose pieces are passed in order. It also finds a secret that is in two pieces."""

    def __init__(self, search: SecretSearch) -> None:
        self._search = search
        self._tail = b""
        self._lines = 0
        """The number of lines before the tail."""
        self._form: KeyForm | None = None
        self._overlap = max(OVERLAP, *(2 * value.reach for value in search.values), 0)
        self.found: dict[str, FoundSecret] = {}
        """This maps each kind of secret to the first one that was found."""

    def __call__(self, piece: bytes) -> bool:
        """Search the next piece. Return whether a secret was found in this piece or an earlier one."""
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
