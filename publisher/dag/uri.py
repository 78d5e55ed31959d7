"""A root as the record of a name writes it, `ipfs://bafy...`: from a CID to that URI, and back."""

from __future__ import annotations

from publisher.dag.cid import Cid

SCHEME = "ipfs://"


def uri_of(root: Cid) -> str:
    """What a name shows when it shows this root: always by version 1, the only one that fits into a host name."""
    return f"{SCHEME}{root.to_v1()}"


def root_of(uri: str) -> Cid | None:
    """The root that a record shows; None when it shows none, or something else than an IPFS root."""
    return cid_of(uri) if uri.startswith(SCHEME) else None


def cid_of(text: str) -> Cid | None:
    """The CID that a text is, or that a record's URI holds; None for any other text."""
    try:
        return Cid.parse(text.removeprefix(SCHEME).rstrip("/"))
    except ValueError:
        return None


def without_prefix(text: str) -> str:
    """What a person typed, without the `ipfs://` or `/ipfs/` before a CID."""
    return text.removeprefix(SCHEME).removeprefix("/ipfs/")
