"""Read only regular files. To read a pipe, a device or a file of /proc could block or never end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

PIECE = 1 << 20
"""At most this many bytes are read at once."""


def open_regular(place: str | os.PathLike[str], *, follow: bool = False) -> int:
    """Open a regular file and return its descriptor. A symbolic link is followed only with `follow`.

    Raises OSError if the file is not regular or cannot be opened. O_NONBLOCK is set because a pipe may have taken the
    place of the file. To open a pipe could block otherwise.
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
    """Yield the bytes of a file in pieces of at most PIECE bytes.

    Raises OSError if the file is not regular, cannot be read, or has more bytes than when it was opened. Such a file
    may have no end, for example a log that is being written or a file of /proc.
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
    """Return the bytes of a small file.

    Raises OSError if the file has more than `limit` bytes, is not regular, or cannot be read.
    """
    parts: list[bytes] = []
    size = 0
    for data in chunks(place, follow=follow):
        parts.append(data)
        size += len(data)
        if size > limit:
            raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", os.fspath(place))
    return b"".join(parts)
