"""The digest of several parts. It is the key under which the cache keeps a result."""

from __future__ import annotations

import hashlib

DIGEST = 32
"""Bytes of a digest: SHA-256."""


def digest(*parts: bytes | str) -> bytes:
    """Return the SHA-256 digest of several parts. Texts are encoded as UTF-8.

    Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") have different digests.
    """
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.digest()
