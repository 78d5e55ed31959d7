"""Read regular files only. To read a pipe, a device or a file of /proc could block or never end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

PIECE = 1 << 20
"""Bytes of one read."""


def open_regular(place: str | os.PathLike[str], *, follow: bool = False) -> int:
    """Open a regular file and return its descriptor. Raises OSError for anything else.

    A symbolic link is followed only with `follow`. O_NONBLOCK is set because a pipe may replace the file meanwhile: it
    is then opened at once and refused.
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
    """Yield the bytes of a file in pieces of at most PIECE bytes, as many as it had when it was opened.

    Raises OSError if the file is not regular, cannot be read, or grows meanwhile: a log that is being written has no
    end, and files of /proc have none either.
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
    """Return the bytes of a small file. Raises OSError if it has more than `limit` bytes, and as `chunks` does."""
    parts: list[bytes] = []
    size = 0
    for data in chunks(place, follow=follow):
        parts.append(data)
        size += len(data)
        if size > limit:
            raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", os.fspath(place))
    return b"".join(parts)
