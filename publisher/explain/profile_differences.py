"""Find the reasons why two profiles give different roots. Each reason is listed once for all files that it affects."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.dag import folder
from publisher.dag.cid import Cid, Get
from publisher.dag.limits import LIMITS
from publisher.dag.node import node
from publisher.dag.unixfs import Link, Profile
from publisher.fast_dataclass import dataclass

_Entries = dict[str, Link]


@dataclass(frozen=True, slots=True)
class ProfileDifference:
    """One reason, and the paths that it affects."""

    why: str
    first: str
    """The first of the affected paths in the order of their bytes. The string is empty for the root itself."""
    paths: int
    """The number of affected paths."""


def profile_differences(
    get: Get, left: tuple[Link, Profile], right: tuple[Link, Profile]
) -> tuple[ProfileDifference, ...]:
    """Return the reasons why the same files have two roots. The reason that affects the most paths is first.

    `left` and `right` each have a link to a root and the profile that made the root. Both roots must have the same
    files. If the roots are equal, the result is empty. Raises Malformed for a root that is not a file system. The
    exceptions of `get` pass through.
    """
    found: dict[str, list[str]] = {}
    for count, (path, why) in enumerate(_differences(get, left, right)):
        LIMITS.check(count=count)
        found.setdefault(why, []).append(path)
    rows = [ProfileDifference(why, min(paths, key=_raw), len(paths)) for why, paths in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row.paths, _raw(row.first), row.why)))


def _differences(get: Get, left: tuple[Link, Profile], right: tuple[Link, Profile]) -> Iterator[tuple[str, str]]:
    (one, here), (other, there) = left, right
    waiting = [("", one, other)]
    while waiting:
        path, one, other = waiting.pop()
        if one.cid == other.cid:
            continue
        sides = [None if link.cid.is_raw else node(get, link.cid) for link in (one, other)]
        kinds = [read.kind if read else "file" for read in sides]
        if one.cid.version != other.cid.version and one.cid.codec == other.cid.codec:
            yield path, f"CIDs of version {one.cid.version} and {other.cid.version}"
        if "symlink" in kinds:
            continue
        if not ({*kinds} & {"folder", "shard"}):
            yield from ((path, why) for why in _files(get, (one, here), (other, there)))
            continue
        if kinds[0] != kinds[1]:
            many, single = (here, there) if kinds[0] == "shard" else (there, here)
            yield path, f"sharded in {many.name}, one node in {single.name}"
        names: list[_Entries] = [dict(folder.entries(get, read)) for read in sides if read is not None]
        if len(names) == 2:
            waiting += ((f"{path}/{name}".lstrip("/"), link, names[1][name]) for name, link in names[0].items())


def _files(get: Get, left: tuple[Link, Profile], right: tuple[Link, Profile]) -> Iterator[str]:
    """Yield the reasons why one file has two CIDs."""
    (one, here), (other, there) = left, right
    size = max(_content(get, one.cid), _content(get, other.cid))
    if here.raw_leaves != there.raw_leaves:
        bare, wrapped = (here, there) if here.raw_leaves else (there, here)
        yield f"leaves are bare bytes in {bare.name}, wrapped in dag-pb nodes in {wrapped.name}"
    if here.chunk_size != there.chunk_size and size > min(here.chunk_size, there.chunk_size):
        yield f"cut into chunks of {here.chunk_size:,} and of {there.chunk_size:,} bytes"
    most = here.file_max_links, there.file_max_links
    if most[0] != most[1] and size > min(here.chunk_size * most[0], there.chunk_size * most[1]):
        yield f"at most {most[0]:,} and {most[1]:,} links in a node"


def _content(get: Get, cid: Cid) -> int:
    return 0 if cid.is_raw else node(get, cid).size


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
