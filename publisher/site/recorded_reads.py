"""Decide whether an earlier result is still valid: its key and the answers to all its facts must be the same.

A *fact* is something on which a result depends. It has a name, such as `site.title`, `template base.html` or
`@posts/other.md`. Its *answer* is its value in the present build. An answer can also be that nothing with this name
exists. Only the digests of answers are compared. Code that makes a result reads facts through a `Reader`. The reader
records their names, so no dependency has to be declared.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping

from publisher.fast_dataclass import dataclass
from publisher.hashing import DIGEST, digest

OWN = "@"
"""The first character of the names that differ from result to result, such as the targets of the links of a page.

These names are called the result's own names. All other names are called shared. Many results have the same set of
shared names, so each set is checked once per build.
"""

_HEAD = struct.Struct(">32s32s32sI")
"""The beginning of a row: the key, the id of the set of shared names, the digest of all answers, and a length.

The length is the number of bytes of the result's own names. These names follow, and then the value of the result.
"""


def value_of(row: bytes) -> bytes:
    """Return the value of a row, even if the row is no longer valid. Return b"" if the row is damaged."""
    return row[_HEAD.size + _HEAD.unpack_from(row)[3] :] if len(row) >= _HEAD.size else b""


def set_of(row: bytes) -> bytes:
    """Return the id of the set of shared names in a row."""
    return row[DIGEST : 2 * DIGEST]


class Facts(dict[str, bytes]):
    """Maps the name of each fact to the digest of its answer. `answer` is called once for each name."""

    def __init__(self, answer: Callable[[str], bytes]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, name: str) -> bytes:
        self[name] = found = hashlib.sha256(self._answer(name)).digest()
        return found

    def digest_of(self, names: str) -> bytes:
        """Return a digest of the answers to several facts, or b"" if there are none. NUL separates their names."""
        return hashlib.sha256(b"".join([self[name] for name in names.split("\0")])).digest() if names else b""


class Reader:
    """Records the names of all facts that are read while one result is made."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def note(self, name: str) -> None:
        """Record the name of a fact that was read.

        Raises ValueError if the name is empty or has a NUL character, because NUL separates the names in a row.
        """
        if not name or "\0" in name:
            raise ValueError("a name that is empty or has a NUL character")
        self._names.add(name)

    def names(self) -> tuple[str, ...]:
        """Return the names that were recorded so far, sorted."""
        return tuple(sorted(self._names))

    def reads(self) -> Reads:
        """Return the names that were recorded so far."""
        own = sorted(name for name in self._names if name.startswith(OWN))
        shared = sorted(name for name in self._names if not name.startswith(OWN))
        return Reads("\0".join(shared), "\0".join(own))


@dataclass(frozen=True, slots=True)
class Reads:
    """The names of the facts that were read for one result, sorted and separated by NUL."""

    shared: str
    own: str


class Memo:
    """Decides whether the rows of earlier results are still valid, and makes new rows.

    `sets` has the known sets of shared names by their ids.
    """

    def __init__(self, facts: Facts, sets: Mapping[bytes, bytes]) -> None:
        self._facts = facts
        self._sets = dict(sets)
        self._checked: dict[bytes, bytes] = {}
        self.new_sets: dict[bytes, bytes] = {}
        """The sets of shared names that were not known before. They have to be stored together with the rows."""

    def holds(self, row: bytes | None, key: bytes, *, answered: bool = False) -> bytes | None:
        """Return the value of a row if its key is `key` and no answer to its facts has changed, else None.

        If `answered` is set, it is known that no answer has changed, and no fact is looked up.
        """
        if row is None or row[:DIGEST] != key or len(row) < _HEAD.size:
            return None
        _, shared, answers, length = _HEAD.unpack_from(row)
        end = _HEAD.size + length
        if answered:
            return row[end:]
        if shared not in self._sets or self._answers(shared, row[_HEAD.size : end].decode()) != answers:
            return None
        return row[end:]

    def row(self, key: bytes, reads: Reads, value: bytes) -> bytes:
        """Return the row for a new result with its key, its recorded reads and its value."""
        names = reads.shared.encode()
        shared = digest(names)
        if shared not in self._sets:
            self._sets[shared] = self.new_sets[shared] = names
        own = reads.own.encode()
        return _HEAD.pack(key, shared, self._answers(shared, reads.own), len(own)) + own + value

    def _answers(self, shared: bytes, own: str) -> bytes:
        if shared not in self._checked:
            self._checked[shared] = self._facts.digest_of(self._sets[shared].decode())
        return hashlib.sha256(self._checked[shared] + self._facts.digest_of(own)).digest()
