"""Write the files of a root into an output folder, and remove the files of earlier builds. Do not touch other files.

A marker file in the folder says that the folder is the output of this site. The cache cannot store this fact, because
the cache may be deleted at any time.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from publisher.build.folder_checks import below, unwritable
from publisher.build.output_marker import ALLOWED, OTHER, claim, mark
from publisher.concurrency.forking import cores
from publisher.concurrency.threads import in_threads
from publisher.dag.cid import Cid, Get
from publisher.errors import BlockMissing, ConfigError
from publisher.fast_dataclass import dataclass
from publisher.formatting import count
from publisher.regular_files import open_regular
from publisher.secrets.own_files import CONFIG_FILE, OUTPUT_MARKER

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.dag.unixfs import Link

STAGE = "output"
ROOT = b"/"
"""The key of the row for the root that was written last, with the number of its files. No file can have this name."""
MARKED = b"//"
"""The key of the row with the owner that `claim_folder` wrote into the marker. No file can have this name."""

WORTH = 32
"""With fewer files than this, starting the threads takes more time than they save."""

WRITERS = 4
"""The largest number of threads that write files."""

LARGEST = 1 << 18
"""The largest size of a file, in bytes, that is read into memory before it is written."""

_BUFFER = 1 << 16
"""The buffer size in bytes for files that we write. With a given size, `open` makes one system call fewer."""

_NAMED = 5
"""The largest number of files that a warning names."""


def may_write(cache: Cache, folder: Path, site: Path, owner: str = "") -> None:
    """Check that this site may write into `folder`. Write nothing.

    `site` is the folder of the site. `owner` identifies the site, so that it does not write into the output of another
    site. Raises ConfigError if the folder may not be written, or if `claim` refuses it.
    """
    for what, hint in unwritable(site, folder):
        raise ConfigError("output", f"the folder {folder} {what}", hint=hint)
    stage = _stage(folder)
    owners = {owner, (cache.recall(stage, MARKED) or b"").decode()}

    def ours(path: str) -> bool:
        row = cache.recall(stage, path.encode())
        return row is not None and _is_as_written(folder / path, row, cache.get_verified)

    claim(folder, owners, ours, inside=below(folder, site) is not None)


def claim_folder(cache: Cache, folder: Path, owner: str = "") -> None:
    """Mark a folder as the output of this site. Call `may_write` first.

    Raises ConfigError if the marker cannot be written, and StateError if the cache cannot be written.
    """
    try:
        mark(folder, owner)
    except OSError as error:
        raise _fault(error, folder) from error
    stage = _stage(folder)
    if cache.recall(stage, MARKED) != owner.encode():
        cache.remember(stage, MARKED, owner.encode())


def write_output(
    cache: Cache,
    root: Cid,
    folder: Path,
    get: Get | None = None,
    warn: Callable[[str], None] = lambda text: None,
    links: Mapping[str, Link] | None = None,
) -> int:
    """Write the files of a root into `folder`. Return the number of files that were written.

    Files of earlier calls that the root no longer has are removed. Other files stay. `get` reads the blocks. If it is
    None, they are read from the cache. `warn` gets a text if the cache has no record of earlier calls, and the folder
    has files that are not of this root. `links` maps the path of each file of the root to its link. If it is None or
    empty, the links are read from the blocks of the root. Call `may_write` first, which checks whether the folder may
    be written.

    Raises ConfigError if the folder cannot be written, if a symbolic link is in the way, or if the folder has the
    sources of another site. Raises StateError if the cache cannot be written. Exceptions of `get` pass through.
    """
    get = get or cache.get_verified
    stage = _stage(folder)
    rows = cache.recall_all(stage)
    rows.pop(MARKED, None)
    last, complete = _last_root(rows.pop(ROOT, b""), len(rows))
    before = {path.decode(): row for path, row in rows.items()}
    files = {path: link.cid.raw for path, link in links.items()} if links else {}
    files = files or _files(get, root, last if complete else b"", before)
    ours = before.keys() if complete else before.keys() | _paths(get, last)
    _no_sources(folder, ours | files.keys())
    written = 0
    try:
        cache.forget(stage, [ROOT])  # if this run is interrupted, the rows describe a mixture of two roots
        for path in ours - files.keys():
            _remove(folder, path)
            cache.forget(stage, [path.encode()])
        there = _stamps(folder, files)
        if not ours and (others := _files_below(folder) - files.keys() - ALLOWED - {OUTPUT_MARKER}):
            warn(_about_others(folder, sorted(others)))
        finished: list[_Finished] = []
        try:
            _put_all(folder, _differing(files, there, before), get, finished)
        finally:  # if one file fails, the others that are written must be known, so that a later run removes them
            for file in finished:
                cache.remember(stage, file.path.encode(), file.row)
                written += file.wrote
        cache.remember(stage, ROOT, root.raw + _count(len(files)))
    except OSError as error:
        raise _fault(error, folder) from error
    finally:
        cache.commit()
    return written


def _fault(error: OSError, folder: Path) -> ConfigError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "make room and build again" if full else OTHER
    return ConfigError("output", f"{error.filename or folder}: {error.strerror}", hint=hint)


def _stage(folder: Path) -> str:
    return f"{STAGE} {folder.absolute()}"


def _no_sources(folder: Path, known: Iterable[str]) -> None:
    """Raise ConfigError if the output folder has a publish.toml that is not a file of this site's root."""
    if CONFIG_FILE not in known and os.path.lexists(folder / CONFIG_FILE):
        hint = "name another output folder, or move that site elsewhere"
        raise ConfigError("output", f"the folder {folder} holds the sources of a site: {CONFIG_FILE}", hint=hint)


def _is_as_written(place: Path, row: bytes, get: Get) -> bool:
    """Return whether a file still has the bytes that an earlier call wrote. Read the file only if its stamp differs."""
    try:
        if _stamp(os.stat(place, follow_symlinks=False)) == row[:_SIZE]:
            return True
        return _equal(place, _chunks(get, row[_SIZE:]))
    except (OSError, BlockMissing):
        return False


def _chunks(get: Get, cid: bytes) -> Iterable[bytes]:
    """Return the bytes of a file in pieces. `cid` is the binary CID of the file."""
    from publisher.dag.walk import cat  # a build without changes writes no file, and needs none of these modules

    return cat(get, Cid(cid))


_count = struct.Struct(">Q").pack


def _last_root(row: bytes, number: int) -> tuple[bytes, bool]:
    """Return the binary CID of the root that was written last, or b"", and whether all of its rows are there.

    `number` is the number of rows of files. The cache leaves damaged rows out, and their files must be written again.
    """
    return row[:-8], row[-8:] == _count(number)


def _paths(get: Get, last: bytes) -> frozenset[str]:
    """Return the paths of all files of the root that was written last, or nothing if its blocks are not there."""
    from publisher.dag.walk import files

    try:
        return frozenset(path for path, _ in files(get, Cid(last))) if last else frozenset()
    except BlockMissing:
        return frozenset()


def _about_others(folder: Path, others: Sequence[str]) -> str:
    """Return the warning about files that the cache knows nothing of, such as the pages of a deleted article."""
    verb = "is" if len(others) == 1 else "are"
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    return (
        f"{folder}: {count(len(others), 'file')} {verb} not of this build: {', '.join(others[:_NAMED])}{more}; there is"
        " no record of who wrote them, so they stay: remove them if you did not put them there"
    )


def _files(get: Get, root: Cid, last: bytes, before: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the binary CID of every file by its path.

    Read only the differences from the root that was written last.
    """
    written = {path: row[_SIZE:] for path, row in before.items()}
    if last == root.raw:
        return written
    from publisher.dag.walk import changed, files, resolve  # a build without changes needs none of these modules

    if last:
        try:
            added, edited, removed = changed(get, Cid(last), root)
        except BlockMissing:  # the last root has been pruned from the cache
            return {path: link.cid.raw for path, link in files(get, root)}
        kept = {path: cid for path, cid in written.items() if path not in removed}
        return kept | {path: resolve(get, root, path).raw for path in added | edited}
    return {path: link.cid.raw for path, link in files(get, root)}


_SIZE = 32


def _stamp(status: os.stat_result) -> bytes:
    """Return a stamp of a file: its size, times and inode. If the file changes later, its stamp changes too."""
    return _four(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _LARGEST)


_four = struct.Struct(">qqqQ").pack
_LARGEST = (1 << 64) - 1


def _stamps(folder: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the stamps of those paths below a folder that are regular files, and no symbolic links.

    The folders above a file are not looked at. If one of them is a symbolic link, `_make_folder` raises the error
    before anything is written there.
    """
    found: dict[str, bytes] = {}
    top = os.path.join(folder, "")
    for path in paths:
        try:
            status = os.lstat(top + path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = _stamp(status)
    return found


def _files_below(folder: Path) -> set[str]:
    """Return the paths of all files below a folder."""
    start = len(os.path.join(folder, ""))
    return {os.path.join(where, name)[start:] for where, _, names in os.walk(folder) for name in names}


@dataclass(frozen=True, slots=True)
class _File:
    """A file that may have to be written."""

    path: str
    """Its path below the output folder."""
    cid: bytes
    """Its binary CID."""
    there: bool
    """Whether there is a regular file at this path."""
    chunks: Callable[[], Iterable[bytes]]
    """Returns its bytes in pieces."""


def _differing(
    files: Mapping[str, bytes], there: Mapping[str, bytes], before: Mapping[str, bytes]
) -> list[tuple[str, bytes, bool]]:
    """Return the path and the binary CID of each file that may have to be written, and whether a file is at this path.

    `files` has the CID of each file of the root, `there` the stamps of the files in the folder, and `before` the rows
    that earlier calls of `write_output` kept.
    """
    return [
        (path, cid, path in there)
        for path, cid in files.items()
        if path not in there or before.get(path) != there[path] + cid
    ]


@dataclass(frozen=True, slots=True)
class _Finished:
    """A file that the folder now has, with its new row, and whether it was written in this run."""

    path: str
    row: bytes
    wrote: bool


def _put_all(folder: Path, wanted: list[tuple[str, bytes, bool]], get: Get, finished: list[_Finished]) -> None:
    """Write the files in `wanted`. Append each file to `finished` as soon as it is there, also if another one fails.

    Most of the time passes in calls of the operating system, and several threads can make such calls at once. Only this
    thread calls `get`. Files that are too large to be held in memory are written last, by this thread.
    """
    large: list[_File] = []

    def small() -> Iterator[_File]:
        for path, cid, there in wanted:
            data = _all_chunks(_chunks(get, cid))
            if data is None:
                large.append(_File(path, cid, there, partial(_chunks, get, cid)))
            else:
                yield _File(path, cid, there, data.copy)

    top = os.fspath(folder)
    folders: set[str] = set()

    def put(file: _File) -> None:
        finished.append(_put(top, folders, file))

    for _ in in_threads(put, small(), min(cores(), WRITERS) if len(wanted) >= WORTH else 1):
        pass
    for file in large:
        put(file)


def _all_chunks(chunks: Iterable[bytes]) -> list[bytes] | None:
    """Return all chunks, or None if they are larger than LARGEST together."""
    found: list[bytes] = []
    size = 0
    for chunk in chunks:
        found.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            return None
    return found


def _put(top: str, folders: set[str], file: _File) -> _Finished:
    """Write a file if the output folder `top` does not have it.

    `folders` has the folders that are known to be there. Paths are strings here, because making `Path` objects took a
    third of the time of writing the files.
    """
    place = os.path.join(top, file.path)
    folder = os.path.dirname(place)
    _make_folder(top, folder, folders)
    same = file.there and _equal(place, file.chunks())
    if not same:
        _write(place, file.chunks())
    return _Finished(file.path, _stamp(os.lstat(place)) + file.cid, not same)


def _write(place: str, chunks: Iterable[bytes]) -> None:
    """Write a file, completely or not at all. If there is a symbolic link, it is replaced, and its target stays.

    The name of the unfinished file contains a digest, because several threads write files with long, similar names.
    """
    above, name = os.path.split(place)
    part = os.path.join(above, f".{name[:40]}.{sha256(os.fsencode(name)).hexdigest()[:16]}.part")
    try:
        with _new_file(part) as file:
            file.writelines(chunks)
        os.replace(part, place)
    except OSError:  # the disk may be full, so leave nothing unfinished there
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise


def _new_file(place: str) -> BinaryIO:
    """Create a file and open it for writing. If an interrupted run left a file with this name, remove that file first.

    Raises OSError if the file cannot be created.
    """
    try:
        return open(place, "xb", buffering=_BUFFER)
    except FileExistsError:
        os.unlink(place)
        return open(place, "xb", buffering=_BUFFER)


def _equal(place: str | Path, chunks: Iterable[bytes]) -> bool:
    """Return whether a file has exactly these bytes. Reading is worthwhile, because writing takes 40 times as long."""
    with open(open_regular(place), "rb") as file:
        return all(file.read(len(chunk)) == chunk for chunk in chunks) and not file.read(1)


def _make_folder(top: str, folder: str, made: set[str]) -> None:
    """Make a folder and its parents, up to the output folder `top`, and add them to `made`.

    The folders in `made` need not be looked at again. Raises ConfigError if a folder below `top` is a symbolic link,
    because the link could lead out of the output folder.
    """
    if folder in made:
        return
    if folder == top:
        os.makedirs(top, exist_ok=True)
        made.add(top)
        return
    _make_folder(top, os.path.dirname(folder), made)
    try:
        os.mkdir(folder)
    except OSError:  # the name may be taken by a folder, a symbolic link or a file
        mode = os.lstat(folder).st_mode if os.path.lexists(folder) else 0
        if stat.S_ISLNK(mode):
            hint = "remove the link, or name another output folder"
            what = f"{folder} is a symbolic link, which could lead to another folder"
            raise ConfigError("output", what, hint=hint) from None
        if not stat.S_ISDIR(mode):
            raise
    made.add(folder)


def _remove(folder: Path, path: str) -> None:
    """Remove a file that an earlier call wrote, and folders that become empty.

    Nothing below a symbolic link is removed.
    """
    place = folder / path
    above = [parent for parent in place.parents if parent != folder and parent.is_relative_to(folder)]
    if any(parent.is_symlink() for parent in above):
        return
    place.unlink(missing_ok=True)
    for parent in above:
        try:
            parent.rmdir()
        except OSError:
            return  # the folder is not empty
