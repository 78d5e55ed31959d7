"""Scans a folder: its files, without ignored ones, and faults. Names are NFC, in the order of bytes."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import Problem

_STAT = struct.Struct(">QqqQ")

SECOND = 10**9

GRAIN = 2 * SECOND
"""File systems count time in steps of up to 2 s (FAT). A file can change within a step and keep its times."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A regular file. `path` is its name in the site, relative with slashes; `place` is its path on disk."""

    path: str
    place: str
    stamp: bytes
    """Size, mtime, ctime and inode. If they are equal and the file is settled, the bytes are equal too."""
    changed: int
    """The later of mtime and ctime, in nanoseconds."""

    def settled(self, now: int) -> bool:
        """Return whether a later change would show in the stamp. `now` is the time of the scan in nanoseconds."""
        return self.changed + GRAIN < now


@dataclass(frozen=True, slots=True)
class Scan:
    """All files of a folder, by path, and the faults of entries that are not allowed."""

    files: tuple[ScannedFile, ...]
    problems: tuple[Problem, ...] = ()


def scan(folder: Path, label: str, *, follow: bool = False) -> Scan:
    """Scan a folder and all below it. `label` is its name in messages.

    Dot files and the copies that editors leave are skipped, since they are not published. With `follow` a symbolic link
    counts as its target; use it only for a folder that is not the author's. Faults become problems.
    """
    problems: list[Problem] = []
    found: dict[str, ScannedFile] = {}
    for path, entry in _walk(folder, "", label, follow, problems):
        status = entry.stat(follow_symlinks=follow)
        if path in found:
            problems.append(
                Problem(
                    f"{label}/{path}", 0, 0, "two files here have the same name in Unicode", "rename one of the two"
                )
            )
        stamp = _STAT.pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        place = os.path.realpath(entry.path) if follow and entry.is_symlink() else entry.path
        found[path] = ScannedFile(path, place, stamp, max(status.st_mtime_ns, status.st_ctime_ns))
    return Scan(tuple(found[path] for path in sorted(found)), tuple(problems))


def is_ignored(name: str) -> bool:
    """Return whether a name is never published: dot files, and files that editors leave (`draft.md~`, `#draft.md#`)."""
    return name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))


def _walk(
    folder: Path | str, prefix: str, label: str, follow: bool, problems: list[Problem]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield every regular file with its path, in the order of names. Faults go into `problems`."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        what, hint = f"cannot be read: {error.strerror}", "correct the owner or the mode"
        if isinstance(error, FileNotFoundError) and not prefix:
            what, hint = "there is no such folder", "make the folder, or name another one under [build] in publish.toml"
        problems.append(Problem(f"{label}/{prefix}".rstrip("/"), 0, 0, what, hint))
        return
    for entry in listed:
        if is_ignored(entry.name):
            continue
        fault = _fault(entry, follow)
        name = entry.name if entry.name.isascii() else unicodedata.normalize("NFC", entry.name)
        if fault:
            shown = name.encode("utf-8", "backslashreplace").decode()
            problems.append(Problem(f"{label}/{prefix}{shown}", 0, 0, *fault))
        elif entry.is_dir(follow_symlinks=follow):
            yield from _walk(entry.path, f"{prefix}{name}/", label, follow, problems)
        else:
            yield prefix + name, entry


def _fault(entry: os.DirEntry[str], follow: bool) -> tuple[str, str] | None:
    """Return what is wrong with an entry, and what to do; None if it is allowed."""
    if not entry.name.isascii() and any("\ud800" <= c <= "\udfff" for c in entry.name):
        return "the name of this file is not UTF-8", "rename the file"
    if "\\" in entry.name or not entry.name.isprintable():
        return "the name of this file has a backslash or an invisible character", "rename the file"
    if entry.is_symlink() and not follow:
        return "this is a symbolic link, which could lead out of the site", "replace the link by the file"
    try:
        mode = entry.stat(follow_symlinks=follow).st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}", "correct the owner or the mode"
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "this is neither a file nor a folder", "move it out of the site"
    return None


def theme_folder() -> Path:
    """Return the folder of the default theme: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "theme"
    return installed if installed.is_dir() else package.parent / "templates"
