"""A CAR file that somebody else wrote: checked to its end before the first of its blocks is let in.

First every block is hashed and its place in the file noted, the root is looked at as a whole, and its files are
searched for secrets; then its blocks are hashed again and handed on, and no others. So a file that is refused leaves
nothing behind, and what it promises to unfold to costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from publisher.dag import car, walk
from publisher.dag.cid import Cid, Emit, Get
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.validate import survey
from publisher.errors import BlockMissing, CidMismatch, ConfigError, ContentError, StoreRefused
from publisher.intake.scan import UNREADABLE
from publisher.intake.secret_scan import secrets_below
from publisher.secrets.scan import SHAPES, SecretSearch

AGAIN = "make the CAR file again, or copy it again"


def add_car(
    path: Path,
    emit: Emit,
    warn: Callable[[str], None],
    *,
    who: str = "",
    search: SecretSearch = SHAPES,
    limits: ReadLimits = LIMITS,
) -> Cid:
    """The one root of a CAR file (version 1 or 2), the blocks of that root emitted, each once.

    ConfigError when it is no CAR at all. StoreRefused when the file is cut, lies, or lacks a part of its root, or when
    the root is no folder of files or unfolds into more than the limits; ContentError with all secrets in its files.
    Nothing is emitted then. `who` is how messages call the file.
    """
    who = who or path.name or str(path)
    try:
        with path.open("rb") as file:
            contents = _CarBlocks(file, limits)
            root = _one_root(contents, who)
            _survey(contents, root, who, limits)
            refuse_secrets(contents.read, root, search, who)
            count = 0
            for block in walk.reachable(contents.get, root, limits=limits):
                count += 1
                emit(block)
    except car.NoCar as error:
        hint = "put the file into a folder, and add that"
        raise ConfigError(who, "neither a folder nor a CAR file", hint=hint) from error
    except car.BadCar as error:
        raise StoreRefused(who, str(error), hint=AGAIN) from error
    except walk.TooMuch as error:
        hint = "a few blocks can be made to look like more than any disk holds: ask whoever made it"
        raise StoreRefused(who, f"it unfolds into {error}", hint=hint) from error
    except OSError as error:
        raise ConfigError(who, f"cannot be read: {error.strerror}", hint=UNREADABLE) from error
    if count < len(contents.places):
        spare = len(contents.places) - count
        warn(f"{spare:,} block{'s' * (spare > 1)} of {who} left out: no part of its root")
    return root


def refuse_secrets(get: Get, root: Cid, search: SecretSearch, who: str) -> None:
    """ContentError with every secret in the files of a root. `who` is how messages call it."""
    if problems := secrets_below(get, root, search):
        raise ContentError(who, problems)


def must_be_folder(get: Get, root: Cid, who: str) -> None:
    """A site's root is a UnixFS folder: anything else would not open in a browser."""
    try:
        folder = walk.node(get, root).kind in ("folder", "shard")
    except walk.Malformed as error:
        raise StoreRefused(who, f"its root is no UnixFS folder: {error}", hint="a site is a folder of files") from error
    if not folder:
        hint = "put the file into a folder as index.html, and add that"
        raise StoreRefused(who, "its root is not a folder", hint=hint)


class _CarBlocks:
    """The blocks of a file by their places in it."""

    def __init__(self, file: BinaryIO, limits: ReadLimits) -> None:
        self._file = file.fileno()
        self.places: dict[bytes, tuple[int, int]] = {}
        """Version 1 of a CID -> where the block's bytes begin, and how many they are."""
        self.roots, sections = car.read_sections(file)
        size = 0
        for block, at in sections:
            if not block.cid.is_identity:
                self.places[block.cid.to_v1().raw] = at, len(block.data)
                size += len(block.data)
                limits.check(count=len(self.places), size=size)

    def length(self, cid: Cid) -> int:
        """How many bytes a block has; BlockMissing when it is not in the file."""
        return self._place(cid)[1]

    def get(self, cid: Cid) -> bytes:
        """A block, hashed once more: the file could have changed since. BlockMissing when it is not in the file."""
        data = self.read(cid)
        if not cid.matches(data):
            raise CidMismatch("CAR", f"block {cid} changed while it was read", hint="run again when nothing writes it")
        return data

    def read(self, cid: Cid) -> bytes:
        """A block without a look at its hash: for who only looks into it, before `get` is asked for the same."""
        at, length = self._place(cid)
        return os.pread(self._file, length, at)

    def _place(self, cid: Cid) -> tuple[int, int]:
        found = self.places.get(cid.to_v1().raw)
        if found is None:
            raise BlockMissing("CAR", f"block {cid} is not in the file")
        return found


def _one_root(contents: _CarBlocks, who: str) -> Cid:
    if len(contents.roots) != 1:
        hint = "a site has exactly one: export it alone"
        raise StoreRefused(who, f"it names {len(contents.roots)} roots", hint=hint)
    return contents.roots[0]


def _survey(contents: _CarBlocks, root: Cid, who: str, limits: ReadLimits) -> None:
    try:
        must_be_folder(contents.get, root, who)
        survey(contents.get, contents.length, root, limits=limits)
    except BlockMissing as error:
        raise StoreRefused(who, f"it is not whole: {error.message}", hint="export the whole root") from error
    except walk.TooMuch:
        raise
    except walk.Malformed as error:
        raise StoreRefused(who, f"it is no sound folder of files: {error}", hint=AGAIN) from error
