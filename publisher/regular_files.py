"""Reading regular files and nothing else: a pipe, a device or a window into the system could wait, or never end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

PIECE = 1 << 20
"""Bytes that are read at a time."""


def open_regular(place: str | os.PathLike[str], *, follow: bool = False) -> int:
    """The number of an open file. OSError for what is no regular file; a symbolic link is one only with `follow`.

    O_NONBLOCK: a pipe that is put in the file's place meanwhile is opened at once, and then refused.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    number = os.open(place, flags)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "no regular file", os.fspath(place))
    except BaseException:
        os.close(number)
        raise
    return number


def chunks(place: str | os.PathLike[str], *, follow: bool = False) -> Iterator[bytes]:
    """A file's bytes, a piece at a time: as many as it had when it was opened.

    OSError for one that grows meanwhile: a log has no end while somebody writes it, nor have files of /proc.
    """
    number = open_regular(place, follow=follow)
    try:
        left = os.fstat(number).st_size
        while data := os.read(number, min(left, PIECE) or 1):
            if not left:
                raise OSError(errno.EBUSY, "it grew while it was read", os.fspath(place))
            left -= len(data)
            yield data
    finally:
        os.close(number)


def read_all(place: str | os.PathLike[str], limit: int, *, follow: bool = False) -> bytes:
    """All bytes of a small file. OSError for one of more than `limit` bytes, and as `chunks` raises it."""
    parts: list[bytes] = []
    size = 0
    for data in chunks(place, follow=follow):
        parts.append(data)
        size += len(data)
        if size > limit:
            raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", os.fspath(place))
    return b"".join(parts)
