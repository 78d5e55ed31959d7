"""Recorded reads: a result is valid while its key and the answers to all its questions stay the same.

A *fact* is a name (`site.title`, `template base.html`, `@posts/other.md`) and the digest of its answer; that something
is absent is an answer too. The maker of a result asks through a `Reader`, which notes the names. So no dependency has
to be declared.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from publisher.hashing import DIGEST, digest

OWN = "@"
"""Names with this beginning differ from result to result.

All others come in few sets, which are checked once a build.
"""

_HEAD = struct.Struct(">32s32s32sI")
"""A row: key, set of shared reads, digest of all answers, length of its own reads; these and the value follow."""


def value_of(row: bytes) -> bytes:
    """Return the value of a row, valid or not; empty if there is none."""
    return row[_HEAD.size + _HEAD.unpack_from(row)[3] :] if len(row) >= _HEAD.size else b""


def set_of(row: bytes) -> bytes:
    """Return the id of the set of shared reads in a row."""
    return row[DIGEST : 2 * DIGEST]


class Facts(dict[str, bytes]):
    """Name -> digest of the answer. `answer` is called once a build for each name."""

    def __init__(self, answer: Callable[[str], bytes]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, name: str) -> bytes:
        self[name] = found = hashlib.sha256(self._answer(name)).digest()
        return found


class Reader:
    """Notes the names of all facts that are asked for while one result is made."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def note(self, name: str) -> None:
        """Note a fact that was asked for. NUL separates names in a row.

        Raises ValueError for a name that is empty or has a NUL character.
        """
        if not name or "\0" in name:
            raise ValueError("a name that is empty or has a NUL character")
        self._names.add(name)

    def reads(self) -> Reads:
        """Return the names noted so far."""
        own = sorted(name for name in self._names if name.startswith(OWN))
        shared = sorted(name for name in self._names if not name.startswith(OWN))
        return Reads("\0".join(shared), "\0".join(own))


@dataclass(frozen=True, slots=True)
class Reads:
    """The names that one result asked for, sorted and separated by NUL."""

    shared: str
    own: str


class Memo:
    """Decides whether rows are still valid, and makes new ones.

    `sets` are the known sets of shared reads: id -> names.
    """

    def __init__(self, facts: Facts, sets: Mapping[bytes, bytes]) -> None:
        self._facts = facts
        self._sets = dict(sets)
        self._checked: dict[bytes, bytes] = {}
        self.new_sets: dict[bytes, bytes] = {}
        """Sets that were not known before. They have to be kept with the results."""

    def holds(self, row: bytes | None, key: bytes) -> bytes | None:
        """Return the value of a row, if its key and the answers to its reads are unchanged; else None."""
        if row is None or row[:DIGEST] != key or len(row) < _HEAD.size:
            return None
        _, shared, answers, length = _HEAD.unpack_from(row)
        end = _HEAD.size + length
        if shared not in self._sets or self._answers(shared, row[_HEAD.size : end].decode()) != answers:
            return None
        return row[end:]

    def row(self, key: bytes, reads: Reads, value: bytes) -> bytes:
        """Return a new result as a row."""
        names = reads.shared.encode()
        shared = digest(names)
        if shared not in self._sets:
            self._sets[shared] = self.new_sets[shared] = names
        own = reads.own.encode()
        return _HEAD.pack(key, shared, self._answers(shared, reads.own), len(own)) + own + value

    def _answers(self, shared: bytes, own: str) -> bytes:
        if shared not in self._checked:
            self._checked[shared] = self._all(self._sets[shared].decode())
        return hashlib.sha256(self._checked[shared] + self._all(own)).digest()

    def _all(self, names: str) -> bytes:
        facts = self._facts
        return hashlib.sha256(b"".join([facts[name] for name in names.split("\0")])).digest() if names else b""
