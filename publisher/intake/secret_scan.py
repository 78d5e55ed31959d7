"""Search for secrets in files that are already blocks: in a CAR, in a root, and in blocks before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from publisher.dag import walk
from publisher.dag.cid import Block, Cid, Emit, Get
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.errors import Problem
from publisher.intake.child import Plain, run_in_child
from publisher.secrets.scan import AT_ONCE, FoundSecret, Pieces, SecretSearch

PIECE = 1 << 20
"""The number of bytes that are searched at once in a file that is too large to be searched whole."""


class Suspected(Exception):
    """A block may hold a secret. Only the function that makes the blocks knows the file of the block."""


def run_in_child_searched(
    make: Callable[[Emit, bool], Plain],
    put_many: Callable[[Sequence[Block]], None],
    search: SecretSearch,
    *,
    raw_leaves: bool = False,
) -> Plain:
    """Run `make` as `run_in_child` does, but search every block for secrets before it is stored.

    The second argument of `make` is True if this function searches the blocks, and False if `make` must search the
    files. If `raw_leaves` is set, this function searches only raw blocks. Then `make` must search names and targets of
    links. This process searches while the child makes more blocks. Otherwise it would only wait for the child. If a
    block may hold a secret, `make` runs a second time, searches the files and raises ContentError. Exceptions of `make`
    and `put_many` pass through.
    """
    if not search.allow:
        with suppress(Suspected):
            return run_in_child(lambda emit: make(emit, True), _searched(search, put_many, raw_leaves))
    return run_in_child(lambda emit: make(emit, False), put_many)


def _searched(
    search: SecretSearch, put_many: Callable[[Sequence[Block]], None], raw_leaves: bool
) -> Callable[[Sequence[Block]], None]:
    def put(blocks: Sequence[Block]) -> None:
        if not all(search.clean(block.data) for block in blocks if block.cid.is_raw or not raw_leaves):
            raise Suspected
        put_many(blocks)

    return put


def secrets_below(get: Get, root: Cid, search: SecretSearch, *, limits: ReadLimits = LIMITS) -> list[Problem]:
    """Return a problem for every secret in the files of a root, in their names and in the targets of its symlinks.

    Each file is read once, even if it is linked several times. Raises Malformed if a block is malformed, and TooMuch
    above a limit. Exceptions of `get` pass through.
    """
    problems: list[Problem] = []
    known: dict[bytes, tuple[FoundSecret, ...]] = {}
    for path, link in walk.files(get, root, limits=limits):
        found = known.get(link.cid.raw)
        if found is None:
            found = known[link.cid.raw] = tuple(_in_file(get, link.cid, search))
        if named := search.name(path):
            found = (*named, *found)
        if found:
            problems += search.problems(path, found)
    return problems


def _in_file(get: Get, cid: Cid, search: SecretSearch) -> Iterator[FoundSecret]:
    pieces: Pieces | None = None
    data: list[bytes] = []
    size = 0
    for chunk in _content(get, cid):
        data.append(chunk)
        size += len(chunk)
        if size > AT_ONCE or (pieces and size >= PIECE):
            pieces = pieces or Pieces(search)
            pieces(b"".join(data))
            data, size = [], 0
    if pieces is None:
        yield from search.file(data[0] if len(data) == 1 else b"".join(data))
        return
    pieces(b"".join(data))
    yield from pieces.found.values()


def _content(get: Get, cid: Cid) -> Iterator[bytes]:
    if cid.is_raw and not cid.is_identity:
        yield get(cid)  # a fast path: most files have one block
    else:
        yield from walk.cat(get, cid)
