"""Add a CAR file of another program. The whole file is checked before its first block is accepted.

First, every block is hashed and its position is remembered. The whole root is checked, and its files are searched for
secrets. Then the blocks of the root are hashed again and emitted. So no block of a refused file is stored. Blocks
that describe endless files are refused before such a file is read.
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
    """Emit each block of the only root of a CAR file (version 1 or 2) once, and return the root.

    `who` is the name of the file in messages. `warn` gets a line about blocks that are not a part of the root. No block
    is emitted before the whole file is checked. Raises ConfigError if the file is not a CAR or cannot be read. Raises
    StoreRefused if the file is damaged or incomplete, if it does not have exactly one root, or if the root is not a
    folder of files or exceeds `limits`. Raises ContentError, with all secrets, if the files hold secrets.
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
        hint = "put the file into a folder, and add that folder"
        raise ConfigError(who, "this is neither a folder nor a CAR file", hint=hint) from error
    except car.BadCar as error:
        raise StoreRefused(who, str(error), hint=AGAIN) from error
    except walk.TooMuch as error:
        hint = "ask for a smaller CAR file, or for the folder that it was made from"
        raise StoreRefused(who, f"the content of the CAR file is too large: {error}", hint=hint) from error
    except OSError as error:
        raise ConfigError(who, f"this file cannot be read: {error.strerror}", hint=UNREADABLE) from error
    if count < len(contents.places):
        spare = len(contents.places) - count
        warn(f"{spare:,} block{'s' * (spare > 1)} of {who} left out: no part of its root")
    return root


def refuse_secrets(get: Get, root: Cid, search: SecretSearch, who: str) -> None:
    """Raise ContentError with all secrets if the files of a root hold secrets. `who` is the name in messages.

    Exceptions of `get` pass through.
    """
    if problems := secrets_below(get, root, search):
        raise ContentError(who, problems)


def must_be_folder(get: Get, root: Cid, who: str) -> None:
    """Raise StoreRefused if a root is not a UnixFS folder. Browsers can show only folders as sites."""
    try:
        folder = walk.node(get, root).kind in ("folder", "shard")
    except walk.Malformed as error:
        raise StoreRefused(
            who, f"the root is no UnixFS folder: {error}", hint="give a root that is a folder of files"
        ) from error
    if not folder:
        hint = "put the file into a folder as index.html, and add that folder"
        raise StoreRefused(who, "the root is not a folder", hint=hint)


class _CarBlocks:
    """The blocks of a CAR file, with their positions in the file."""

    def __init__(self, file: BinaryIO, limits: ReadLimits) -> None:
        self._file = file.fileno()
        self.places: dict[bytes, tuple[int, int]] = {}
        """Maps the CID (version 1) of each block to the offset of its data in the file and to its length."""
        self.roots, sections = car.read_sections(file)
        size = 0
        for block, at in sections:
            if not block.cid.is_identity:
                self.places[block.cid.to_v1().raw] = at, len(block.data)
                size += len(block.data)
                limits.check(count=len(self.places), size=size)

    def length(self, cid: Cid) -> int:
        """Return the length of a block in bytes. Raises BlockMissing if the block is not in the file."""
        return self._place(cid)[1]

    def get(self, cid: Cid) -> bytes:
        """Return the bytes of a block. Hash them again, because the file may have changed.

        Raises BlockMissing if the block is not in the file, and CidMismatch if its bytes have changed.
        """
        data = self.read(cid)
        if not cid.matches(data):
            raise CidMismatch(
                "CAR", f"block {cid} changed while it was read", hint="run again when no program writes the file"
            )
        return data

    def read(self, cid: Cid) -> bytes:
        """Return the bytes of a block without hashing them. This is enough for a search, because `get` is called later.

        Raises BlockMissing if the block is not in the file.
        """
        at, length = self._place(cid)
        return os.pread(self._file, length, at)

    def _place(self, cid: Cid) -> tuple[int, int]:
        found = self.places.get(cid.to_v1().raw)
        if found is None:
            raise BlockMissing("CAR", f"block {cid} is not in the CAR file", hint="export the whole root")
        return found


def _one_root(contents: _CarBlocks, who: str) -> Cid:
    if len(contents.roots) != 1:
        hint = "export one root alone: a site has exactly one"
        raise StoreRefused(who, f"the CAR file names {len(contents.roots)} roots", hint=hint)
    return contents.roots[0]


def _survey(contents: _CarBlocks, root: Cid, who: str, limits: ReadLimits) -> None:
    try:
        must_be_folder(contents.get, root, who)
        survey(contents.get, contents.length, root, limits=limits)
    except BlockMissing as error:
        raise StoreRefused(
            who, f"the CAR file is not complete: {error.message}", hint="export the whole root"
        ) from error
    except walk.TooMuch:
        raise
    except walk.Malformed as error:
        raise StoreRefused(who, f"the CAR file holds no valid folder of files: {error}", hint=AGAIN) from error
