"""A root as a name's record spells it, `ipfs://bafy...`: from a CID to that URI, and back."""

from __future__ import annotations

from publisher.dag.cid import Cid

SCHEME = "ipfs://"


def uri_of(root: Cid) -> str:
    """Return the URI of a root: always in version 1, the only one that fits into a host name."""
    return f"{SCHEME}{root.to_v1()}"


def root_of(uri: str) -> Cid | None:
    """Return the root of a record's URI; None for an empty record and for anything but an IPFS root."""
    return cid_of(uri) if uri.startswith(SCHEME) else None


def cid_of(text: str) -> Cid | None:
    """Return the CID that a text is, or that a record's URI holds; None for any other text."""
    try:
        return Cid.parse(text.removeprefix(SCHEME).rstrip("/"))
    except ValueError:
        return None


def without_prefix(text: str) -> str:
    """Return a typed text without the `ipfs://` or `/ipfs/` before a CID."""
    return text.removeprefix(SCHEME).removeprefix("/ipfs/")
