"""Whether git keeps a file: then it may come from a `git pull`, written by anyone who may commit.

The index is read without running git, because a repository's own configuration may name programs that git would start.
Format: https://git-scm.com/docs/index-format
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

_HEAD = struct.Struct(">4sLL")
_STATUS = 40
"""Bytes of an entry before the hash of its content: times, device, inode, mode, owner, size."""
_HASHES = (20, 32)
"""Bytes of a hash in repositories of SHA-1 and of SHA-256."""
_EXTENDED = 0x4000
_SUFFIX = 4
"""From this version on, a path is written as its difference from the path before."""


def is_tracked(file: Path) -> bool:
    """Return whether the git work tree around a file keeps it. Symbolic links are resolved first."""
    real = Path(os.path.realpath(file))
    for folder in real.parents:
        for index in _indexes(folder / ".git"):
            # Some file systems treat two spellings as one file.
            wanted = os.fsencode(real.relative_to(folder)).lower()
            if wanted.rpartition(b"/")[2] and any(path.lower() == wanted for path in _paths(index)):
                return True
    return False


def _indexes(git: Path) -> Iterator[bytes]:
    """Yield the content of every index of a `.git`, which is a file in a worktree or a submodule."""
    with contextlib.suppress(OSError):
        if git.is_file():
            text = git.read_text(encoding="utf-8", errors="surrogateescape")
            git = git.parent / text.removeprefix("gitdir:").strip()
        for index in (git / "index", *git.glob("sharedindex.*")):
            with contextlib.suppress(FileNotFoundError):
                yield index.read_bytes()


def _paths(index: bytes) -> Iterator[bytes]:
    """Yield the paths of an index, for each possible size of hash. Bytes that are no index have none."""
    for size in _HASHES:
        with contextlib.suppress(struct.error, ValueError):
            yield from _read(index, size)


def _read(index: bytes, hash_size: int) -> Iterator[bytes]:
    mark, version, count = _HEAD.unpack_from(index)
    if mark != b"DIRC":
        return
    at, path = _HEAD.size, b""
    for _ in range(count):
        start, at = at, at + _STATUS + hash_size
        (flags,) = struct.unpack_from(">H", index, at)
        at += 4 if flags & _EXTENDED else 2
        kept = 0
        if version >= _SUFFIX:
            cut, at = _number(index, at)
            kept = max(0, len(path) - cut)
        end = index.index(b"\0", at)
        path = path[:kept] + index[at:end]
        yield path
        at = end + 1 if version >= _SUFFIX else start + (end - start + 8) // 8 * 8


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of git, seven bits a byte, and where it ends."""
    value = data[at] & 0x7F if at < len(data) else 0
    while at < len(data) and data[at] & 0x80:
        at += 1
        value = (value + 1) << 7 | (data[at] & 0x7F if at < len(data) else 0)
    return value, at + 1
