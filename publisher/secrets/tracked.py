"""Find out whether git tracks a file. Such a file may come from a `git pull`, and anyone who commits can write it.

The index is read without running git, because the configuration of a repository may name programs that git would start.
Its format is described at https://git-scm.com/docs/index-format.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

_HEAD = struct.Struct(">4sLL")
_STATUS = 40
"""The number of bytes in an entry before the hash of its content: times, device, inode, mode, owner, size."""
_HASHES = (20, 32)
"""The number of bytes in a hash, in repositories with SHA-1 and with SHA-256."""
_EXTENDED = 0x4000
_SUFFIX = 4
"""Since this version of the index, a path is written as its difference from the path before it."""


def is_tracked(file: Path) -> bool:
    """Return whether git tracks `file` in a work tree that contains it. Symbolic links are resolved first."""
    real = Path(os.path.realpath(file))
    for folder in real.parents:
        for index in _indexes(folder / ".git"):
            # On some file systems, names in upper and in lower case are the same file.
            wanted = os.fsencode(real.relative_to(folder)).lower()
            if wanted.rpartition(b"/")[2] and any(path.lower() == wanted for path in _paths(index)):
                return True
    return False


def _indexes(git: Path) -> Iterator[bytes]:
    """Yield the bytes of every index of the repository at the path `git`, which ends in `.git`.

    In a linked work tree and in a submodule, this path is a file that names the folder of the repository.
    """
    with contextlib.suppress(OSError):
        if git.is_file():
            text = git.read_text(encoding="utf-8", errors="surrogateescape")
            git = git.parent / text.removeprefix("gitdir:").strip()
        for index in (git / "index", *git.glob("sharedindex.*")):
            with contextlib.suppress(FileNotFoundError):
                yield index.read_bytes()


def _paths(index: bytes) -> Iterator[bytes]:
    """Yield the paths in an index. The index is read once for each possible size of a hash.

    If the bytes are not an index, nothing is yielded.
    """
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
    """Return the number at a position, and the position after it. Each byte of the number has seven of its bits."""
    value = data[at] & 0x7F if at < len(data) else 0
    while at < len(data) and data[at] & 0x80:
        at += 1
        value = (value + 1) << 7 | (data[at] & 0x7F if at < len(data) else 0)
    return value, at + 1
