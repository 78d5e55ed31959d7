"""Add a folder that another tool built: each file is read once, and checked for problems on gateways."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.dag.cid import Block, Cid, Emit
from publisher.dag.limits import LIMITS
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import Link, Profile, add_bytes, add_file, add_symlink
from publisher.dag.walk import Measure
from publisher.errors import ConfigError, ContentError, Problem
from publisher.intake.linkcheck import Pages
from publisher.intake.scan import UNREADABLE, FolderScan, scan_folder
from publisher.regular_files import open_regular
from publisher.secrets.file_names import secret_name
from publisher.secrets.scan import AT_ONCE, SHAPES, FoundSecret, Pieces, SecretSearch

Warn = Callable[[str], None]
Judge = Callable[[bytes], object]
"""Parses a `_redirects` file. Raises ValueError if gateways refuse it."""

FIRST = 64 << 10
"""Bytes of the first read. Most files have fewer."""

WHOLE = AT_ONCE
"""Bytes. A file of at most this size is read at once; pages and style sheets among them are checked."""

PIECE = 1 << 20
"""Bytes of one read of a larger file."""

REDIRECTS = "_redirects"

FAULTS = 50
"""How many problems are listed one by one."""

SYSTEM = ("/proc/", "/sys/")
"""Not real folders: reading a file there can have effects, or never end."""


@dataclass(frozen=True, slots=True)
class AddedFolder:
    """The root of a folder, and its size."""

    root: Cid
    size: Measure


def add_folder(
    folder: Path,
    profile: Profile,
    emit: Emit,
    warn: Warn,
    *,
    hidden: bool = False,
    own: str = "",
    judge: Judge = lambda data: None,
    every: bool = False,
    search: SecretSearch = SHAPES,
    watched: bool = False,
) -> AddedFolder:
    """Emit the blocks of a folder, and return its root and size.

    Names that begin with a dot are left out unless `hidden`. `warn` is called with each problem on gateways. `own` is
    the site's canonical address, to which its own pages should not link. `judge` parses a `_redirects` file. With
    `every`, the links of all pages are checked, not only of some. `search` says what may not be published; with
    `watched`, the caller searches the blocks, and only files of several blocks are searched here. Raises ConfigError
    for something that is not a folder, and ContentError with all problems that forbid publishing.
    """
    if f"{os.path.realpath(folder)}/".startswith(SYSTEM):
        raise ConfigError(
            str(folder), "this is a view of the running system, not a folder of files", hint="name a folder of files"
        )
    found = scan_folder(folder, hidden=hidden)
    unsound = bool(found.problems)
    _search_names(found, search)
    if unsound:
        _stop_at(found, folder, search)
    pages = Pages([path for path, _ in (*found.files, *found.symlinks)], found.folders, own, every=every)
    counted = _CountingEmit(emit)
    reading = _FolderReader(profile, counted, pages, judge, found, warn, search, watched)
    links: dict[str, Link | None] = {}
    for path, place in found.files:
        if (made := reading.file(path, place)) is not None:
            links[path] = made
    _stop_at(found, folder, search)
    for path, target in found.symlinks:
        links[path] = add_symlink(target.encode("utf-8", "surrogateescape"), profile, counted)
    if found.empty:
        nothing = add_tree({}, profile, counted)
        links |= dict.fromkeys(found.empty, nothing)
    for text in (*_about(found), *pages.warnings()):
        warn(text)
    root = add_tree(links, profile, counted).cid
    html = sum(path.endswith(".html") for path in links)
    return AddedFolder(root, Measure(len(links) - len(found.empty), html, len(counted.seen), counted.size))


class _CountingEmit:
    """An Emit that counts distinct blocks and passes each on once."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.seen: set[bytes] = set()
        self.size = 0

    def __call__(self, block: Block) -> None:
        raw = block.cid.raw
        if raw not in self.seen:
            self.seen.add(raw)
            self.size += len(block.data)
            self._emit(block)


@dataclass(frozen=True, slots=True)
class _FolderReader:
    """Turns files into links. Each file is read once."""

    profile: Profile
    emit: Emit
    pages: Pages
    judge: Judge
    found: FolderScan
    warn: Warn
    search: SecretSearch
    watched: bool

    def file(self, path: str, place: str) -> Link | None:
        """Return the link of a file; None if it may not be published, with a problem noted."""
        try:
            number = open_regular(place)
            try:
                return self._opened(path, number)
            finally:
                os.close(number)
        except OSError as error:
            self.found.fault(path, f"this file or folder cannot be read: {error.strerror}", UNREADABLE)
            return None

    def _opened(self, path: str, number: int) -> Link | None:
        data = os.read(number, FIRST)
        if len(data) == FIRST:  # there is more
            size = os.fstat(number).st_size
            if size > WHOLE:
                return self._large(path, number, data, size)
            data += os.read(number, size + 1 - FIRST)  # one byte more than expected
            if len(data) != size:
                self.found.fault(path, "it changed while it was read", "run again when nothing writes to it")
                return None
        if (len(data) > self.profile.chunk_size or not self.watched) and self._secret(path, self.search.file(data)):
            return None
        if path == REDIRECTS:
            self._redirects(data)
        else:
            self.pages.look(path, data)
        return add_bytes(data, self.profile, self.emit)

    def _large(self, path: str, number: int, head: bytes, size: int) -> Link | None:
        if size > LIMITS.size:
            self.found.fault(path, f"{size:,} bytes are more than the {LIMITS.size:,} that a reader takes")
            return None
        pieces = Pieces(self.search)
        made = add_file(self._searched(path, _chunks(number, head, size), pieces), self.profile, self.emit)
        self._secret(path, pieces.found.values())
        if os.fstat(number).st_size != size:
            self.found.fault(path, "it changed while it was read", "run again when nothing writes to it")
        return made

    def _searched(self, path: str, chunks: Iterable[bytes], pieces: Pieces) -> Iterator[bytes]:
        """Yield the chunks up to the first with a secret, of which no block is made."""
        for chunk in chunks:
            if pieces(chunk) and any(self.search.problems(path, pieces.found.values())):
                return
            yield chunk

    def _secret(self, path: str, found: Iterable[FoundSecret]) -> bool:
        """Note the secrets in a file, and return whether there are any."""
        problems = list(self.search.problems(path, found))
        self.found.problems += problems
        return bool(problems)

    def _redirects(self, data: bytes) -> None:
        try:
            self.judge(data)
        except ValueError as error:
            self.warn(f"{REDIRECTS}: {error}: gateways will answer 500 for every path that is not there")


def _chunks(number: int, head: bytes, size: int) -> Iterator[bytes]:
    yield head
    size -= len(head)
    while size > 0 and (chunk := os.read(number, min(size, PIECE))):
        yield chunk
        size -= len(chunk)


def _search_names(found: FolderScan, search: SecretSearch) -> None:
    """Exclude files that are named like secrets, and note secret values in names and in targets of links."""
    called = {path: FoundSecret(kind) for path, _ in found.files if (kind := secret_name(path))}
    for path, secret in called.items():
        found.problems += search.problems(path, (secret,))
    found.files = [file for file in found.files if file[0] not in called or file[0] in search.allow]
    texts = [(path, path) for path in (*(path for path, _ in found.files), *found.empty)]
    texts += ((path, text) for path, target in found.symlinks for text in (path, target))
    if search.names(text for _, text in texts):
        for path, text in texts:
            found.problems += search.problems(path, search.text(text))


def _stop_at(found: FolderScan, folder: Path, search: SecretSearch) -> None:
    found.problems = list(map(search.without_values, found.problems))
    if len(found.problems) > FAULTS:
        more = f"{len(found.problems) - FAULTS:,} more faults of this kind and others"
        found.problems = [
            *sorted(found.problems)[:FAULTS],
            Problem("…", 0, 0, more, "make sure that this is the right folder"),
        ]
    if found.problems:
        raise ContentError(folder.name or str(folder), found.problems)


def _about(found: FolderScan) -> Iterator[str]:
    """Yield the warnings about the folder as a whole."""
    known = [path for path in found.hidden if path.rpartition("/")[2] == ".well-known"]
    if others := [path for path in found.hidden if path not in known[:1]]:
        yield f"left out, because its name begins with a dot: {some(others)}"
    if known:
        yield f"`{known[0]}` stays out, and with it what other programs look for there; use --hidden to take it along"
    if found.back:
        yield f"left out even with --hidden: {some(found.back)}"
    files = {path for path, _ in found.files}
    if "index.html" not in files:
        yield "there is no index.html at the root: visitors will get a bare listing"
    bare = {path.rpartition("/")[0] + "/" for path in files if "/" in path and path.endswith(".html")}
    bare = {path for path in bare if path + "index.html" not in files}
    if bare:
        yield f"pages, but no index.html, so that visitors get a bare listing: {some(bare)}"
    if found.symlinks:
        yield f"gateways show a symbolic link as the text of its target: {some(path for path, _ in found.symlinks)}"
    yield from _about_names(found, files)


def _about_names(found: FolderScan, files: set[str]) -> Iterator[str]:
    names = [*files, *found.folders]
    strange = [path for path in names if not path.isprintable() or "\\" in path]
    if strange:
        yield f"a backslash, or a character that cannot be seen, which some gateways refuse: {some(strange)}"
    other = [path for path in names if not path.isascii() and unicodedata.normalize("NFC", path) != path]
    if other:
        yield f"in decomposed Unicode, so that a link typed on another system does not lead there: {some(other)}"
    if taken := [path for path in found.folders if path.endswith("index.html/")]:
        yield f"a folder where gateways look for a page: {some(taken)}"


def some(paths: Iterable[str], most: int = 5) -> str:
    """Return a list of the first paths and the number of the others, so that the line stays short."""
    listed: Sequence[str] = sorted(paths)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
