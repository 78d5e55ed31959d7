"""One digest of several parts: the keys of everything that is kept by what it was made from."""

from __future__ import annotations

import hashlib

DIGEST = 32
"""Bytes of a key and of a digest: SHA-256."""


def digest(*parts: bytes | str) -> bytes:
    """One digest of many parts. Each is preceded by its length, so that ("ab", "c") is not ("a", "bc")."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.digest()
