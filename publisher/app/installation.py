"""Describe this installation for a bug report: versions and kinds, but no path, no host and no value of a variable."""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib import metadata

DISTRIBUTION = "gazeth"
"""The name of the distribution of this program."""


def origin(direct_url: str | None, installer: str | None) -> str:
    """Return where the program was installed from, in words.

    `direct_url` is the text of `direct_url.json` of the installed distribution, or None for a package index. Its URL is
    not shown, because it may have a password, a host or a path of the user. `installer` is the text of INSTALLER. The
    format is described at https://packaging.python.org/en/latest/specifications/direct-url/.
    """
    by = f" by {name}" if (name := (installer or "").strip()) and re.fullmatch(r"[\w.-]{1,20}", name) else ""
    if direct_url is None:
        return f"a package index{by}"
    try:
        told = json.loads(direct_url)
        vcs, archive, folder = (told.get(f"{kind}_info") for kind in ("vcs", "archive", "dir"))
    except (ValueError, AttributeError, RecursionError):
        return f"an unknown place{by}"
    if isinstance(vcs, dict):
        commit = re.fullmatch(r"[0-9a-f]{7,64}", str(vcs.get("commit_id")))
        return f"a version control system{by}, commit {commit[0] if commit else 'unknown'}"
    if isinstance(archive, dict):
        hashes = archive.get("hashes")
        digest = re.fullmatch(r"[0-9a-f]{64}", str(hashes.get("sha256"))) if isinstance(hashes, dict) else None
        return f"a file{by}" + (f", sha256 {digest[0]}" if digest else "")
    return f"a folder{by}" + (", editable" if isinstance(folder, dict) and folder.get("editable") is True else "")


def installed_from() -> str:
    """Return where this program was installed from, in words."""
    try:
        found = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "nowhere: it runs from a folder"
    return origin(found.read_text("direct_url.json"), found.read_text("INSTALLER"))


def libraries() -> dict[str, str]:
    """Return the version of each library that this program imports itself, by its name.

    A library that is not installed has the version "missing". Optional libraries are listed only if they are installed.
    """
    found: dict[str, str] = {}
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return found
    for line in required:
        extra = re.search(r"extra == .(?:devnet|diagrams)\b", line)
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name is None or ("extra ==" in line and not extra):
            continue
        try:
            found[name[0].lower()] = metadata.version(name[0])
        except metadata.PackageNotFoundError:
            if not extra:
                found[name[0].lower()] = "missing"
    return dict(sorted(found.items()))


def machine() -> dict[str, str]:
    """Return the versions of Python, SQLite and OpenSSL, the platform, and the encodings."""
    import locale
    import sqlite3
    import ssl

    libc = " ".join(filter(None, platform.libc_ver()))
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": " ".join(filter(None, (platform.system(), platform.machine(), libc))),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "encodings": f"{sys.getfilesystemencoding()} for file names, {locale.getencoding()} for files",
    }
