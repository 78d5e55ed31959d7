"""Write the text of `publish explain`: the tree of a root, the bytes of its small nodes, and the parts of its CID."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from publisher.cli.text import cid
from publisher.cli.text.terminal import columns
from publisher.cli.text.wrap import cut, wrapped
from publisher.explain import fields
from publisher.formatting import count, shown

if TYPE_CHECKING:
    from publisher.app.explain import Compared, Explained
    from publisher.dag.cid import Cid
    from publisher.dag.unixfs import Profile
    from publisher.explain import Part, ProfileDifference

ROWS = ((76, 12), (52, 8))
"""Each pair has a width in columns, and the number of bytes in a row on a terminal of at least this width.

A narrower terminal gets 4 bytes in a row, so that their meaning fits beside them.
"""


def told(found: Explained | Compared, width: int) -> Iterator[str]:
    """Yield the lines of an explanation or of a comparison, at most `width` columns wide."""
    from publisher.app.explain import Explained

    if isinstance(found, Explained):
        return lines(found.tree, found.profile, width)
    return compared(found.partings, found.roots, width)


def lines(top: Part, profile: Profile, width: int) -> Iterator[str]:
    """Yield the lines about one root: its tree, the bytes of one small node of each kind, and the parts of its CID."""
    yield from _part(top, "", "", width, profile, whole=True)
    known: set[str] = set()
    for part in _small(top):
        if part.kind not in known:  # The bytes of a second node of the same kind would show nothing new.
            known.add(part.kind)
            yield ""
            yield from _node(part, width)
    yield ""
    yield from cid.parts(top.cid)


def compared(found: Sequence[ProfileDifference], roots: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield the lines about the roots that two profiles give, and about the blocks at which these roots differ."""
    for name, root in roots:
        yield name
        yield root
    yield ""
    yield "the two roots are equal" if not found else "where the roots differ, and why:"
    for one in found:
        more = f", and {one.paths - 1:,} more" if one.paths > 1 else ""
        where = f"{shown(one.first) or 'the root itself'}{more}"
        if columns(f"{one.why}:  {where}") <= width:
            yield f"{one.why}:  {where}"
        else:
            yield from wrapped("", f"{one.why}:", [], width, "  ")
            yield from wrapped("  ", "", [where], width, "  ")


def _part(part: Part, first: str, after: str, width: int, profile: Profile, *, whole: bool = False) -> Iterator[str]:
    yield from wrapped(first, _title(part), [*_words(part), short(part.cid)], width, after + "   ")
    found = part.sharding
    # The reader needs no remark about a folder that is far below the limit.
    if found is not None and (whole or found.sharded or 4 * found.counted > found.threshold):
        yield from wrapped(after + "    ", "", [_sharding(part, profile)], width, after + "     ")
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
            said = cut("  " * found.depth + what, width - 7 - 3 * row) if number == 0 else ""
            yield f"{at}  {piece:{3 * row - 1}}  {said}".rstrip()


def short(cid: Cid) -> str:
    """Return the beginning and the end of a CID. People compare these."""
    text = str(cid)
    return f"{text[:11]}…{text[-7:]}"
