"""Find the files of a folder, and the faults of their names and kinds. Leave out ignored files."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from publisher.errors import Problem
from publisher.fast_dataclass import dataclass

_name = attrgetter("name")
_stamp = struct.Struct(">QqqQ").pack

SECOND = 10**9

GRAIN = 2 * SECOND
"""The coarsest step in which a file system counts time (FAT), in nanoseconds.

A file can change within a step and keep its times.
"""


class ScannedFile(NamedTuple):
    """A regular file. Thousands of them are made in each build, and a tuple is made in half the time of a dataclass."""

    path: str
    """The path relative to the scanned folder, with slashes, in NFC."""
    place: str
    """The path on the disk."""
    stamp: bytes
    """The size, mtime, ctime and inode. If `settled` is true, an equal stamp at a later time proves equal bytes."""
    changed: int
    """The later of mtime and ctime, in nanoseconds."""

    def settled(self, now: int) -> bool:
        """Return whether any later change of the file changes its stamp.

        `now` is the time of the scan in nanoseconds.
        """
        return self.changed + GRAIN < now


@dataclass(frozen=True, slots=True)
class Scan:
    """All files of a folder, sorted by path, and a problem for each entry that is not allowed."""

    files: tuple[ScannedFile, ...]
    problems: tuple[Problem, ...] = ()


def scan(folder: Path, label: str, *, follow: bool = False) -> Scan:
    """Return the files in a folder and all its subfolders. `label` is the name of the folder in messages.

    Dot files and backup files of editors are left out. If `follow` is set, a symbolic link counts as its target. Set
    `follow` only for a folder whose links can be trusted, such as the theme. Faults become problems, and nothing is
    raised.
    """
    problems: list[Problem] = []
    found: dict[str, ScannedFile] = {}
    for path, entry, status in _walk(folder, "", label, follow, problems):
        if path in found:
            problems.append(
                Problem(
                    f"{label}/{path}",
                    0,
                    0,
                    "the names of two files here differ only in their form of Unicode",
                    "rename one of the two",
                )
            )
        modified, changed = status.st_mtime_ns, status.st_ctime_ns
        stamp = _stamp(status.st_size, modified, changed, status.st_ino)
        place = os.path.realpath(entry.path) if follow and entry.is_symlink() else entry.path
        found[path] = ScannedFile(path, place, stamp, max(modified, changed))
    return Scan(tuple([found[path] for path in sorted(found)]), tuple(problems))


def is_ignored(name: str) -> bool:
    """Return whether a file with this name is never published.

    Dot files, and backup files of editors such as `draft.md~` and `#draft.md#`, are never published.
    """
    first, last = name[0], name[-1]
    return first == "." or last == "~" or (first == "#" == last)


def _walk(
    folder: Path | str, prefix: str, label: str, follow: bool, problems: list[Problem]
) -> Iterator[tuple[str, os.DirEntry[str], os.stat_result]]:
    """Yield the path, the entry and the status of every regular file, in the order of names.

    Append faults to `problems`.
    """
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=_name)
    except OSError as error:
        what, hint = f"cannot be read: {error.strerror}", "correct the owner or the mode"
        if isinstance(error, FileNotFoundError) and not prefix:
            what, hint = "there is no such folder", "make the folder, or name another one under [build] in publish.toml"
        problems.append(Problem(f"{label}/{prefix}".rstrip("/"), 0, 0, what, hint))
        return
    for entry in listed:
        name = entry.name
        if is_ignored(name):
            continue
        known = _status(entry, name, follow)
        if not name.isascii():
            name = unicodedata.normalize("NFC", name)
        if not isinstance(known, os.stat_result):
            shown = name.encode("utf-8", "backslashreplace").decode()
            problems.append(Problem(f"{label}/{prefix}{shown}", 0, 0, *known))
        elif stat.S_ISREG(known.st_mode):
            yield prefix + name, entry, known
        else:
            yield from _walk(entry.path, f"{prefix}{name}/", label, follow, problems)


def _status(entry: os.DirEntry[str], name: str, follow: bool) -> os.stat_result | tuple[str, str]:
    """Return the status of an entry. If the entry is not allowed, return its fault and a hint."""
    if not name.isascii() and any("\ud800" <= c <= "\udfff" for c in name):
        return "the name of this file is not UTF-8", "rename the file"
    if "\\" in name or not name.isprintable():
        return "the name of this file has a backslash or an invisible character", "rename the file"
    try:
        status = entry.stat(follow_symlinks=follow)
    except OSError as error:
        return f"cannot be read: {error.strerror}", "correct the owner or the mode"
    mode = status.st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return status
    if stat.S_ISLNK(mode):
        return "this is a symbolic link, which could lead out of the site", "replace the link by the file"
    return "this is neither a file nor a folder", "move it out of the site"


def theme_folder() -> Path:
    """Return the folder of the default theme.

    The folder is inside of an installed package, or beside the package in a checkout.
    """
    package = Path(__file__).parents[2]
    installed = package / "theme"
    return installed if installed.is_dir() else package.parent / "templates"
