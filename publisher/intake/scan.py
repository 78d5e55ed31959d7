"""List a folder before any file is read: its files, the names that are left out, and entries that are not allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from publisher.dag.limits import LIMITS
from publisher.errors import Problem
from publisher.fast_dataclass import dataclass, field
from publisher.secrets.file_names import kept_back
from publisher.secrets.own_files import OUTPUT_MARKER, STATE

UNREADABLE = "correct the owner or mode"
OWN = frozenset({STATE, OUTPUT_MARKER})
"""Files that this program itself writes into a folder. They are left out without a message."""


@dataclass(slots=True)
class FolderScan:
    """Everything below a folder. Paths are relative to it and have slashes. Paths of folders end with a slash."""

    files: list[tuple[str, str]] = field(default_factory=list)
    """The path of each file, and its path on the disk."""
    symlinks: list[tuple[str, str]] = field(default_factory=list)
    """The path of each symbolic link, and its target as it is written."""
    folders: list[str] = field(default_factory=list)
    """The paths of all folders. The path of the scanned folder itself is ""."""
    empty: list[str] = field(default_factory=list)
    """The paths of the empty folders."""
    hidden: list[str] = field(default_factory=list)
    """Paths that were left out because their name begins with a dot."""
    back: list[str] = field(default_factory=list)
    """Paths that are left out even if names with a leading dot are included."""
    problems: list[Problem] = field(default_factory=list)

    def fault(self, path: str, what: str, hint: str = "") -> None:
        """Add a problem with the entry at `path`."""
        shown = path.encode("utf-8", "backslashreplace").decode()
        self.problems.append(Problem(shown, 0, 0, what, hint))


def scan_folder(folder: Path, *, hidden: bool) -> FolderScan:
    """List everything below a folder. Names that begin with a dot are left out unless `hidden` is set.

    An entry that cannot be read becomes a problem. Nothing is raised.
    """
    found = FolderScan()
    top = os.path.realpath(folder)
    waiting = [("", str(folder))]
    while waiting:
        at, place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                listed = list(entries)
        except OSError as error:
            found.fault(
                at or folder.name or str(folder), f"this file or folder cannot be read: {error.strerror}", UNREADABLE
            )
            continue
        found.folders.append(at)
        count = 0
        for entry in listed:
            if entry.name[0] == "." and _is_excluded(entry.name, at, found, hidden=hidden):
                continue
            count += 1
            if below := _take(entry, at + entry.name, top, found):
                waiting.append(below)
        if at and not count:
            found.empty.append(at)
        if at.count("/") > LIMITS.depth:
            found.fault(
                at, f"there are more than {LIMITS.depth:,} folders below each other", "put the files into fewer folders"
            )
            break
    return found


def _is_excluded(name: str, at: str, found: FolderScan, *, hidden: bool) -> bool:
    """Return whether a name with a leading dot is left out. If so, add it to `found`."""
    if hidden and not kept_back(name) and at + name not in OWN:
        return False
    if at + name not in OWN:
        (found.back if hidden else found.hidden).append(at + name)
    return True


def _take(entry: os.DirEntry[str], path: str, top: str, found: FolderScan) -> tuple[str, str] | None:
    """Add a file, a link or a fault to `found`, and return None. For a folder, return its two paths and add nothing."""
    name = entry.name
    if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
        found.fault(path, "the name is not UTF-8", "rename the file")
    elif entry.is_file(follow_symlinks=False):
        found.files.append((path, entry.path))
    elif entry.is_dir(follow_symlinks=False):
        return path + "/", entry.path
    elif entry.is_symlink():
        _symlink(entry.path, path, top, found)
    else:
        found.fault(path, f"this is {_kind(entry)}, neither a file nor a folder", "remove it from the folder")
    return None


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return "gone"
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a disk", stat.S_IFCHR: "a device"}
    return kinds.get(stat.S_IFMT(mode), "something else")


def _symlink(place: str, path: str, top: str, found: FolderScan) -> None:
    """Add a symbolic link to `found`, with its target. Add a problem if it leads out of the folder.

    A link that leads out of the folder would reveal paths of this disk.
    """
    try:
        target = os.readlink(place)
    except OSError as error:
        found.fault(path, f"this file or folder cannot be read: {error.strerror}", UNREADABLE)
        return
    if why := _leaves(place, path, target, top):
        hint = "put the file itself into the folder, or remove the link"
        found.fault(path, f"the symbolic link {why}: {target}", hint)
    else:
        found.symlinks.append((path, target))


def _leaves(place: str, path: str, target: str, top: str) -> str:
    """Return the reason why a symbolic link is not allowed, or "" if it is allowed.

    It is not allowed if its target is absolute, or if the link leads out of the folder.
    """
    if target.startswith("/"):
        return "begins at the root of this disk"
    depth = path.count("/")
    for part in target.split("/"):
        depth += -1 if part == ".." else 1 if part not in ("", ".") else 0
        if depth < 0:
            return "leaves the folder"
    real = os.path.realpath(place)
    return "" if real == top or real.startswith(top.rstrip("/") + "/") else "leaves the folder"
