"""Files that are blocks already, searched for secrets: those of a CAR file, of a root, and blocks on their way."""

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
"""Bytes that are searched at once of a file that has more than can be."""


class Suspected(Exception):
    """A block looks as if a secret stood in it. Which file it is of, only who makes the blocks can tell."""


def run_in_child_searched(
    make: Callable[[Emit, bool], Plain],
    put_many: Callable[[Sequence[Block]], None],
    search: SecretSearch,
    *,
    raw_leaves: bool = False,
) -> Plain:
    """As `run_in_child`, with all that `make` emits searched before it is put. `make` gets whether it need not.

    With `raw_leaves` only raw blocks hold what is in a file: names and targets of links are for `make` to search.

    It waits for nobody but the disk, and who takes the blocks waits for it: so they are searched there, while it makes
    more. Where one is suspected, `make` once more searches for itself and says in which file.
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
    """Every secret in the files of a root, in their names and in the targets of its symlinks.

    Each file is read once, however often it is linked.
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
        yield get(cid)  # a file of one block, as most are
    else:
        yield from walk.cat(get, cid)
