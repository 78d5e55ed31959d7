"""Check which folders a build may read, and into which folder it may write. A symbolic link counts as its target.

The configuration of a site may come from other people, as in a cloned repository. So no setting may make the program
publish or overwrite files elsewhere on this machine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from publisher.build.settings import BuildSettings
from publisher.secrets.own_files import CONFIG_FILE, STATE

HISTORIES = (".git", ".hg", ".svn")
"""Names of the folders of version control. In a worktree or a submodule of git, `.git` is a file."""
KEPT = frozenset({*HISTORIES, STATE})

APART = "give the {} a folder of its own, such as `{}`"


def unreadable(site: Path, settings: BuildSettings) -> Iterator[tuple[str, str, str]]:
    """Yield each fault of the folders that a build reads, as the name of the setting, the fault and the hint."""
    folders = {"content": settings.content, "templates": settings.templates, "static": settings.static}
    folders |= {"data": settings.data}
    others = {"the site's folder": site, "output": site / settings.output}
    others |= {key: site / name for key, name in folders.items()}
    for key in ("content", "static"):  # everything in these two folders is published
        for name, other in others.items():
            if name != key and below(other, site / folders[key]) is not None:
                fault = f"all files in {folders[key]!r} are published, and {name} is among them"
                yield key, fault, APART.format(key, key)
    tree = work_tree(site)
    for key, name in folders.items():
        parts = below(site / name, tree)
        if parts is None:
            tree_too = "" if tree == _real(site) else f", and of its git work tree {tree}"
            hint = "put the files into the site's folder: a symbolic link counts as its target"
            yield key, f"{name!r} leads out of the site's folder{tree_too}", hint
        elif kept := next((part for part in parts if part.casefold() in KEPT), ""):
            yield key, f"{name!r} is in {kept}, which is no place for a part of a site", "name another folder"


def overlapping(site: Path, settings: BuildSettings, output: Path) -> Iterator[str]:
    """Yield the names of the site's folders that contain the output folder or are inside it."""
    for name in (settings.content, settings.templates, settings.static, settings.data, STATE):
        if below(output, site / name) is not None or below(site / name, output) is not None:
            yield name


def unwritable(site: Path, output: Path) -> Iterator[tuple[str, str]]:
    """Yield each reason why no file may be written into the folder `output`, with a hint.

    output_marker.py checks the files in the folder.
    """
    own = "name a folder of its own, such as `_site`"
    real = _real(output)
    if below(site, output) is not None:
        yield "is the site's own folder, or a folder above that", own
    elif real == real.parent or _holds_home(output):
        yield "is your home folder, a folder above it, or the top of this disk", own
    if kept := next((part for part in real.parts if part.casefold() in KEPT), ""):
        yield f"is in {kept}, whose files cannot be made again", own
    if others := [above for above in real.parents if (above / CONFIG_FILE).is_file() and below(site, above) is None]:
        yield f"is in another site, {others[0]}, whose build could read the pages as sources", own
    if real.exists() and not real.is_dir():
        yield "is no folder", own
    for history in HISTORIES:
        if os.path.lexists(real / history):
            yield (
                f"is a work tree of its own: there is {history} in it",
                "name a folder inside or beside the work tree, and copy the files from there into it",
            )


def work_tree(site: Path) -> Path:
    """Return the git work tree that contains a site, or the folder of the site if there is none.

    Environment variables such as GIT_DIR are ignored.
    """
    real = _real(site)
    for folder in (real, *real.parents):
        if folder != folder.parent and (folder / ".git").exists():
            return folder
    return real


def below(place: Path, folder: Path) -> tuple[str, ...] | None:
    """Return the names on the path from `folder` down to `place`. Return None if `place` is not inside `folder`.

    If both are the same folder, there are no names. Folders are compared by device and inode, because some file systems
    ignore case.
    """
    real = _real(place)
    try:
        wanted = os.stat(folder)
    except OSError:
        top = _real(folder)
        return real.relative_to(top).parts if real.is_relative_to(top) else None
    for above in (real, *real.parents):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(above), wanted):
                return real.relative_to(above).parts
    return None


def _real(place: Path) -> Path:
    return Path(os.path.realpath(place))


def _holds_home(place: Path) -> bool:
    try:
        return below(Path.home(), place) is not None
    except RuntimeError:  # Path.home() does not know the home folder
        return False
