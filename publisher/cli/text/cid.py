"""Write the text of `publish explain` about the parts of a CID."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from publisher.explain import anatomy
from publisher.formatting import count

if TYPE_CHECKING:
    from publisher.dag.cid import Cid

CODECS = {"raw": "a file's bytes and nothing else", "dag-pb": "a node: links, and what they are for"}


def parts(cid: Cid) -> Iterator[str]:
    """Yield the lines about a CID: its version, codec, hash and digest, and its other spellings."""
    found = anatomy(cid)
    yield "the parts of the CID"
    if found.version:
        yield f"  01  CID version 1{'; the b at its start stands for base32' if str(cid).startswith('b') else ''}"
        yield f"  {_codec(cid)}  {found.codec}: {CODECS.get(found.codec, 'a block of another kind')}"
    else:
        yield "      CID version 0: dag-pb, always written in base58"
    yield f"  {cid.hash_code:02x}  {found.hash}"
    yield f"  {found.length:02x}  {count(found.length, 'byte')} of digest:"
    for at in range(0, len(found.digest), 32):
        yield f"      {found.digest[at : at + 32]}"
    yield "the CID of this block in three encodings"
    for what, text in (("base32", found.base32), ("base36", found.base36), ("base58", found.base58)):
        yield f"{what}:"
        yield text


def _codec(cid: Cid) -> str:
    return f"{cid.codec:02x}"
