"""Read and write the marker of an output folder.

The marker file says which site may replace the files in the folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from publisher.errors import ConfigError
from publisher.regular_files import read_all
from publisher.secrets.own_files import OUTPUT_MARKER

TEXT = "`publish build` writes this folder: it may replace and remove what is in it.\n"
_SITE = re.compile(r"^site ([0-9a-f]{16})$", re.MULTILINE)
_LARGEST = 4 << 10
ALLOWED = frozenset({".gitignore", ".gitkeep", ".DS_Store", ".nojekyll", "CNAME"})
"""Files that an output folder without a marker may contain. Some of them are for a host such as GitHub Pages."""
OTHER = "name another output folder with -o, or correct this one"

Ours = Callable[[str], bool]
"""A function that returns whether the file at a path has the bytes that this site wrote."""


def claim(folder: Path, owners: Collection[str], ours: Ours, *, inside: bool) -> None:
    """Check that this site may write into a folder. Write nothing.

    The site may write if the folder is new, empty or has the marker of this site, or if `ours` is true for all files.
    `owners` are the names of this site in a marker. If `inside` is set, the folder is inside the folder of the site.
    Then a marker with any name is accepted, because no other site writes into this folder. Raises ConfigError if the
    site may not write into the folder, or if the folder cannot be read.
    """
    try:
        place = folder / OUTPUT_MARKER
        if os.path.lexists(place):
            found = _SITE.search(read_all(place, _LARGEST).decode(errors="replace"))
            if found and not inside and found[1] not in owners:
                hint = (
                    f"name another folder; if this folder is for this site too, empty the file {place} and build again"
                )
                raise ConfigError("output", f"the folder {folder} is the output of another site", hint=hint)
            return
        foreign = next((path for path in _below(folder) if path not in ALLOWED and not ours(path)), None)
    except OSError as error:
        raise ConfigError("output", f"{error.filename or folder}: {error.strerror}", hint=OTHER) from error
    if foreign is not None:
        hint = f"name an empty folder; if every file here may be replaced, remove the folder, or make the file {place}"
        what = f"the folder {folder} holds files that no build of this site wrote, such as {foreign}"
        raise ConfigError("output", what, hint=hint)


def mark(folder: Path, owner: str) -> None:
    """Write the marker of the site `owner` before all other files, so that an interrupted run can continue.

    Raises OSError if the marker cannot be written.
    """
    place = folder / OUTPUT_MARKER
    text = TEXT + (f"site {owner}\n" if owner else "")
    with contextlib.suppress(FileNotFoundError):
        if read_all(place, _LARGEST) == text.encode():
            return
    folder.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{OUTPUT_MARKER}.part")
    part.unlink(missing_ok=True)
    with open(part, "x", encoding="utf-8") as file:
        file.write(text)
    part.replace(place)


def _below(folder: Path) -> Iterator[str]:
    """Yield the paths of all files below a folder. The folder may be missing.

    Unfinished files of this program (`.NAME.part`) are left out.
    """
    pending = [(str(folder), "")]
    while pending:
        place, prefix = pending.pop()
        try:
            listed = sorted(os.scandir(place), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        for entry in listed:
            if stat.S_ISDIR(entry.stat(follow_symlinks=False).st_mode):
                pending.append((entry.path, f"{prefix}{entry.name}/"))
            elif not (entry.name.startswith(".") and entry.name.endswith(".part")):
                yield prefix + entry.name
