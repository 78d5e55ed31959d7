"""How a CID came about, as people read it: a tree, the bytes of small nodes, the CID taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from publisher.cli.text.terminal import columns
from publisher.explain import anatomy, fields
from publisher.formatting import count, shown

if TYPE_CHECKING:
    from publisher.dag.cid import Cid
    from publisher.dag.unixfs import Profile
    from publisher.explain import Part, Parting

ROWS = ((76, 12), (52, 8))
"""Columns from which on so many bytes stand in a row; below them all it is four, so that what they mean has room."""

CODECS = {"raw": "a file's bytes and nothing else", "dag-pb": "a node: links, and what they are for"}


def lines(top: Part, profile: Profile, width: int) -> Iterator[str]:
    """Everything about one root."""
    yield from _part(top, "", "", width, profile, whole=True)
    known: set[str] = set()
    for part in _small(top):
        if part.kind not in known:  # one of each kind shows what there is to see
            known.add(part.kind)
            yield ""
            yield from _node(part, width)
    yield ""
    yield from _cid(top.cid)


def compared(found: Sequence[Parting], roots: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Where the roots of two profiles part."""
    for name, root in roots:
        yield name
        yield root
    yield ""
    yield "the two are equal" if not found else "where they part, and why:"
    for one in found:
        more = f", and {one.paths - 1:,} more" if one.paths > 1 else ""
        where = f"{shown(one.first) or 'the root itself'}{more}"
        if columns(f"{one.why}:  {where}") <= width:
            yield f"{one.why}:  {where}"
        else:
            yield from _wrapped("", f"{one.why}:", [], width, "  ")
            yield from _wrapped("  ", "", [where], width, "  ")


def _part(part: Part, first: str, after: str, width: int, profile: Profile, *, whole: bool = False) -> Iterator[str]:
    yield from _wrapped(first, _title(part), [*_words(part), short(part.cid)], width, after + "   ")
    found = part.sharding
    if found is not None and (whole or found.sharded or 4 * found.counted > found.threshold):  # else nobody wonders
        yield from _wrapped(after + "    ", "", [_sharding(part, profile)], width, after + "     ")
    last = len(part.parts) - 1
    for number, below in enumerate(part.parts):
        gap = part.left and number == last and number
        if gap:
            yield f"{after}┆  … {part.left:,} more"
        end = number == last and (gap or not part.left)
        yield from _part(below, after + ("└─ " if end else "├─ "), after + ("   " if end else "│  "), width, profile)
    if part.left and not last > 0:
        yield f"{after}┆  … {part.left:,} {'more' if part.parts else 'below; see --depth'}"


def _title(part: Part) -> str:
    if part.name:
        return shown(part.name) + ("/" if part.kind in ("folder", "shard") else "")
    return f"bytes {part.offset:,}-{part.offset + max(part.content - 1, 0):,}" if part.content else "(empty)"


def _words(part: Part) -> Iterator[str]:
    if part.kind == "symlink":
        yield f"symbolic link to {shown(part.target)}"
    elif part.kind in ("folder", "shard"):
        yield count(part.links, "name")
    elif part.kind == "file":
        yield f"{part.content:,} bytes below {count(part.links, 'link')}"
    elif part.name:
        yield f"{count(part.content, 'byte')}, one chunk"
    else:
        yield count(part.content, "byte")
    if part.kind != "chunk" or part.size != part.content:
        yield f"a block of {part.size:,}"
    if part.tsize != part.size:
        yield f"Tsize {part.tsize:,}"


def _sharding(part: Part, profile: Profile) -> str:
    found = part.sharding
    assert found is not None
    what = "its node would have" if found.by == "block" else "its names and CIDs have"
    if not found.sharded:
        what = "its node has" if found.by == "block" else what
    limit = f"{found.counted:,} bytes; {profile.name} shards above {found.threshold:,}"
    if found.sharded:
        how = f"sharded 256 ways, {count(found.levels, 'level')}, {count(found.shards, 'shard')}"
    else:
        how = "one node"
    odd = "" if found.as_the_profile else "; another profile made this root"
    return f"{what} {limit}: {how}{odd}"


def _small(part: Part) -> Iterator[Part]:
    if part.block:
        yield part
    for below in part.parts:
        yield from _small(below)


def _node(part: Part, width: int) -> Iterator[str]:
    name = shown(part.name) or "a part of a file"
    yield f"the {len(part.block)} bytes of {name}"
    row = next((bytes_ for wide, bytes_ in ROWS if width >= wide), 4)
    for found in fields(part.block):
        pieces = [found.raw[at : at + row].hex(" ") for at in range(0, len(found.raw), row)]
        what = shown(found.what)
        what = f"{what[:10]}…{what[-6:]}" if len(found.raw) == 36 and len(what) > 50 else what
        for number, piece in enumerate(pieces):
            at = f"{found.at + number * row:4}"
            said = _cut("  " * found.depth + what, width - 7 - 3 * row) if number == 0 else ""
            yield f"{at}  {piece:{3 * row - 1}}  {said}".rstrip()


def _cid(cid: Cid) -> Iterator[str]:
    found = anatomy(cid)
    yield "the CID, taken apart"
    if found.version:
        yield f"  01  CID version 1; {'with b before it: base32' if str(cid).startswith('b') else ''}"
        yield f"  {_codec(cid)}  {found.codec}: {CODECS.get(found.codec, 'a block of another kind')}"
    else:
        yield "      CID version 0: dag-pb, always written in base58"
    yield f"  {cid.hash_code:02x}  {found.hash}"
    yield f"  {found.length:02x}  {count(found.length, 'byte')} of digest:"
    for at in range(0, len(found.digest), 32):
        yield f"      {found.digest[at : at + 32]}"
    yield "the same block, as it is written"
    for what, text in (("base32", found.base32), ("base36", found.base36), ("base58", found.base58)):
        yield f"{what}:"
        yield text


def _codec(cid: Cid) -> str:
    return f"{cid.codec:02x}"


def short(cid: Cid) -> str:
    """Both ends of a CID: enough to compare."""
    text = str(cid)
    return f"{text[:11]}…{text[-7:]}"


def _wrapped(first: str, title: str, pieces: Iterable[str], width: int, after: str) -> Iterator[str]:
    """The title and the pieces with commas between, on as many lines as it takes; `after` begins the later ones."""
    said = ", ".join(pieces)
    words = title.split(" ") if title else []
    heading = len(words)
    words += said.split(" ") if said else []
    line, fresh = first, True
    for number, word in enumerate(words):
        gap = "" if fresh else "  " if number == heading else " "
        if not fresh and columns(line + gap + word) > width:
            yield line
            line, gap = after, ""
        line, fresh = line + gap + word, False
        while columns(line) > width:  # one word that is longer than a line
            kept = _head(line, width)
            yield kept
            line = after + line[len(kept) :]
    yield line


def _head(text: str, width: int) -> str:
    used = 0
    for at, char in enumerate(text):
        used += columns(char)
        if used > width:
            return text[:at]
    return text


def _cut(text: str, width: int) -> str:
    return text if columns(text) <= width else _head(text, width - 1) + "…"
