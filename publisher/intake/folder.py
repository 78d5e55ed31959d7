"""Add a folder that another tool built. Each file is read once, and checked for problems on gateways."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from publisher.dag.cid import Block, Cid, Emit
from publisher.dag.limits import LIMITS
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import Link, Profile, add_bytes, add_file, add_symlink
from publisher.dag.walk import Measure
from publisher.errors import ConfigError, ContentError, Problem
from publisher.fast_dataclass import dataclass
from publisher.intake.lines import Lines
from publisher.intake.linkcheck import Pages
from publisher.intake.relative_folder import STYLES, RelativeCounts, RelativeLinks
from publisher.intake.scan import UNREADABLE, FolderScan, scan_folder
from publisher.regular_files import open_regular
from publisher.secrets.file_names import secret_name
from publisher.secrets.scan import AT_ONCE, SHAPES, FoundSecret, Pieces, SecretSearch

Warn = Callable[[str], None]
Judge = Callable[[bytes], Collection[str]]
"""A function that parses a `_redirects` file.

It returns the paths of the files that the rules show at other addresses. A path that ends in `*` stands for every path
that begins so. It raises ValueError if gateways would refuse the file.
"""

FIRST = 64 << 10
"""The number of bytes of the first read of a file. Most files have fewer bytes."""

WHOLE = AT_ONCE
"""A file of at most this many bytes is read whole. The links of a larger file are not checked."""

PIECE = 1 << 20
"""The number of bytes of each further read of a larger file."""

REDIRECTS = "_redirects"

FAULTS = 50
"""The largest number of problems that are listed one by one."""

SYSTEM = ("/proc/", "/sys/")
"""Folders without real files. Reading a file there can have side effects, or never end."""


@dataclass(frozen=True, slots=True)
class AddedFolder:
    """The root of a folder, its size, and the number of links that became relative."""

    root: Cid
    size: Measure
    relative: RelativeCounts


def add_folder(
    folder: Path,
    profile: Profile,
    emit: Emit,
    warn: Warn,
    *,
    hidden: bool = False,
    own: str = "",
    judge: Judge = lambda data: (),
    every: bool = False,
    relative: bool = False,
    search: SecretSearch = SHAPES,
    watched: bool = False,
) -> AddedFolder:
    """Emit the blocks of a folder, and return its root and size.

    `warn` gets a line for each problem on gateways. Names that begin with a dot are left out unless `hidden` is set.
    `own` is the site's `https://` URL, and a link to this URL is a problem. `judge` parses a `_redirects` file. If
    `every` is set, the links of all pages are checked, otherwise the links of some pages. `search` finds secrets. If
    `relative` is set, links to the root of the host become relative where that is certain. If `watched` is set, the
    caller searches each block, and this function searches only files of several blocks. Raises
    ConfigError if `folder` is a folder of the running system, and ContentError with all problems that forbid
    publishing.
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
    changes = RelativeLinks(pages.targets()) if relative else None
    reading = _FolderReader(profile, counted, pages, judge, found, warn, search, watched, changes)
    links: dict[str, Link | None] = {}
    if relative:  # rules and hashes in pages decide which files may be changed
        found.files.sort(key=lambda file: (file[0] != REDIRECTS, file[0].endswith(STYLES), file[0]))
    for path, place in found.files:
        if (made := reading.file(path, place)) is not None:
            links[path] = made
    _stop_at(found, folder, search)
    for path, target in found.symlinks:
        links[path] = add_symlink(target.encode("utf-8", "surrogateescape"), profile, counted)
    if found.empty:
        nothing = add_tree({}, profile, counted)
        links |= dict.fromkeys(found.empty, nothing)
    for text in (*_about(found), *pages.warnings(), *(changes.warnings() if changes else _hint(pages))):
        warn(text)
    root = add_tree(links, profile, counted).cid
    html = sum(path.endswith(".html") for path in links)
    size = Measure(len(links) - len(found.empty), html, len(counted.seen), counted.size)
    return AddedFolder(root, size, changes.counts() if changes else RelativeCounts())


def _hint(pages: Pages) -> Iterator[str]:
    """Yield a line with the number of links to the root of the host, if there are any."""
    if links := pages.rooted():
        what = "1 link that begins with / fails" if links == 1 else f"{links:,} links that begin with / fail"
        yield f"{what} below /ipfs/ROOT/ of a gateway; --relative makes such links relative where that is certain"


class _CountingEmit:
    """An Emit that counts distinct blocks. It passes each block to another Emit once."""

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
    changes: RelativeLinks | None

    def file(self, path: str, place: str) -> Link | None:
        """Make the blocks of a file and return its link. Return None and add a problem if it may not be published."""
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
        if len(data) == FIRST:  # the file may have more bytes
            size = os.fstat(number).st_size
            if size > WHOLE:
                return self._large(path, number, data, size)
            data += os.read(number, size + 1 - FIRST)  # one byte more than expected, to notice a file that grows
            if len(data) != size:
                self.found.fault(path, "it changed while it was read", "run again when nothing writes to it")
                return None
        if (len(data) > self.profile.chunk_size or not self.watched) and self._secret(path, self.search.file(data)):
            return None
        if path == REDIRECTS:
            self._redirects(data)
            return add_bytes(data, self.profile, self.emit)
        changed = self.changes.change(path, data) if self.changes else None
        written = changed.data() if changed else data
        self.pages.look(path, written, Lines(data, changed.back()) if changed else None)
        return add_bytes(written, self.profile, self.emit)

    def _large(self, path: str, number: int, head: bytes, size: int) -> Link | None:
        if size > LIMITS.size:
            self.found.fault(path, f"this file has {size:,} bytes, and the limit is {LIMITS.size:,}")
            return None
        if self.changes:
            self.changes.unread(path)
        pieces = Pieces(self.search)
        made = add_file(self._searched(path, _chunks(number, head, size), pieces), self.profile, self.emit)
        self._secret(path, pieces.found.values())
        if os.fstat(number).st_size != size:
            self.found.fault(path, "it changed while it was read", "run again when nothing writes to it")
        return made

    def _searched(self, path: str, chunks: Iterable[bytes], pieces: Pieces) -> Iterator[bytes]:
        """Yield the chunks before the first chunk with a secret. No block is made from a chunk with a secret."""
        for chunk in chunks:
            if pieces(chunk) and any(self.search.problems(path, pieces.found.values())):
                return
            yield chunk

    def _secret(self, path: str, found: Iterable[FoundSecret]) -> bool:
        """Add a problem for each secret in a file, and return whether there is any."""
        problems = list(self.search.problems(path, found))
        self.found.problems += problems
        return bool(problems)

    def _redirects(self, data: bytes) -> None:
        try:
            shown = self.judge(data)
            if self.changes:
                self.changes.shown = shown
        except ValueError as error:
            self.warn(f"{REDIRECTS}: {error}: gateways will answer 500 for every path that is not there")


def _chunks(number: int, head: bytes, size: int) -> Iterator[bytes]:
    yield head
    size -= len(head)
    while size > 0 and (chunk := os.read(number, min(size, PIECE))):
        yield chunk
        size -= len(chunk)


def _search_names(found: FolderScan, search: SecretSearch) -> None:
    """Remove files that have names of secrets, and add a problem for each of these files.

    Add a problem too for each secret value in a name or in the target of a link.
    """
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
        more = f"{len(found.problems) - FAULTS:,} more faults, of these kinds or others"
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
        yield f"`{known[0]}` stays out, so other programs do not find the files in it; use --hidden to include it"
    if found.back:
        yield f"left out even with --hidden: {some(found.back)}"
    files = {path for path, _ in found.files}
    if "index.html" not in files:
        yield "there is no index.html at the root: visitors will get a bare listing"
    bare = {path.rpartition("/")[0] + "/" for path in files if "/" in path and path.endswith(".html")}
    bare = {path for path in bare if path + "index.html" not in files}
    if bare:
        yield f"these folders have pages but no index.html, so visitors get a bare listing: {some(bare)}"
    if found.symlinks:
        yield f"gateways show a symbolic link as the text of its target: {some(path for path, _ in found.symlinks)}"
    yield from _about_names(found, files)


def _about_names(found: FolderScan, files: set[str]) -> Iterator[str]:
    names = [*files, *found.folders]
    strange = [path for path in names if not path.isprintable() or "\\" in path]
    if strange:
        yield f"some gateways refuse names with a backslash or an invisible character: {some(strange)}"
    other = [path for path in names if not path.isascii() and unicodedata.normalize("NFC", path) != path]
    if other:
        yield f"a link that is typed on another system may not lead to names in decomposed Unicode: {some(other)}"
    if taken := [path for path in found.folders if path.endswith("index.html/")]:
        yield f"gateways look for a page at a path that is a folder: {some(taken)}"


def some(paths: Iterable[str], most: int = 5) -> str:
    """Return a short text with the first `most` paths, and the number of the others."""
    listed: Sequence[str] = sorted(paths)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
