"""Compute a digest of our code, of the libraries and of Python, because the bytes of pages depend on all of them.

The cache keys of articles, of pages and of whole builds depend on this digest.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from publisher.hashing import digest

ROOMS = (
    *("errors.py", "fast_dataclass.py", "hashing.py", "regular_files.py"),
    *("build", "concurrency", "dag", "html", "secrets", "site"),
)
"""The parts of this package on which the bytes of a page depend."""

LIBRARIES = (
    "comrak_ext",
    "jinja2",
    "markdown",
    "markupsafe",
    "math_core",
    "merman",
    "mmh3",
    "pygments",
    "pymdown_extensions",
    "pyyaml",
    "tzdata",
)

_INSTALLED = re.compile(r"(.+?)-([^-]+?)(?:-py[\d.]+)?\.(?:dist|egg)-info")


@cache
def stamp() -> bytes:
    """Return one digest of our code, of the libraries and of Python. Each process computes it once."""
    return digest(sys.implementation.name, sys.version, code(Path(__file__).parents[1]), *versions(sys.path))


def code(package: Path) -> bytes:
    """Return a digest of the names and contents of our files below the folder `package`."""
    parts: list[bytes | str] = []
    start = len(os.path.join(package, ""))
    for room in ROOMS:
        root = package / room
        files = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
        for path in sorted(files or [str(root)]):
            if os.path.isfile(path) and not path.endswith(".pyc"):
                with open(path, "rb") as file:
                    parts += (path[start:].replace(os.sep, "/"), file.read())
    return digest(*parts)


def versions(folders: Iterable[str]) -> list[str]:
    """Return the name and version of each library, taken from the names of the metadata folders in `folders`.

    Reading the files in these metadata folders instead would take 20 ms.
    """
    found: dict[str, str] = {}
    for folder in folders:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue  # an entry of sys.path may be an archive or may not exist
        for name in names:
            match = _INSTALLED.fullmatch(name)
            if match and (library := match[1].lower().replace("-", "_").replace(".", "_")) in LIBRARIES:
                found.setdefault(library, match[2])
    return [f"{library} {found.get(library, 'unknown')}" for library in LIBRARIES]
