"""Make one digest of several values. The cache keeps a result under the digest of its inputs."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping

DIGEST = 32
"""The number of bytes in a SHA-256 digest."""


def digest(*parts: bytes | str) -> bytes:
    """Return the SHA-256 digest of several parts. Texts are encoded as UTF-8.

    The length of each part is hashed before the part. So ("ab", "c") and ("a", "bc") have different digests.
    """
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.digest()


def digest_of_rows(rows: Mapping[bytes, bytes]) -> bytes:
    """Return the SHA-256 digest of thousands of keys and values, whatever their order. It is faster than `digest`."""
    parts = [part for key in sorted(rows) for part in (key, rows[key])]
    lengths = array("Q", map(len, parts))
    return hashlib.sha256(lengths.tobytes() + b"".join(parts)).digest()
