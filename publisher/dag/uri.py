"""Convert between a root and its URI in the record of a name, such as `ipfs://bafy...`."""

from __future__ import annotations

from publisher.dag.cid import Cid

SCHEME = "ipfs://"


def uri_of(root: Cid) -> str:
    """Return the URI of a root. The CID in it has version 1, because only version 1 can be in a host name."""
    return f"{SCHEME}{root.to_v1()}"


def root_of(uri: str) -> Cid | None:
    """Return the root in the URI of a record. Return None if the record is empty or is not an IPFS root."""
    return cid_of(uri) if uri.startswith(SCHEME) else None


def cid_of(text: str) -> Cid | None:
    """Return the CID for a text that is a CID or an `ipfs://` URI. Return None for any other text."""
    try:
        return Cid.parse(text.removeprefix(SCHEME).rstrip("/"))
    except ValueError:
        return None


def without_prefix(text: str) -> str:
    """Return a text without a leading `ipfs://` or `/ipfs/`."""
    return text.removeprefix(SCHEME).removeprefix("/ipfs/")
