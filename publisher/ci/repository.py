"""Read where a git work tree comes from: its remote repository, its branch, and whether its history is cut.

The files of the repository are read without running git, because the configuration of a repository may name programs
that git would start. Their form: https://git-scm.com/docs/git-config#_syntax and
https://git-scm.com/docs/gitrepository-layout.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.regular_files import read_all

LARGEST = 1 << 20
"""The largest configuration of a repository in bytes."""
SECTION = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
SCP = re.compile(r"(?:[^/@]+@)?([^/:]+|\[[0-9a-fA-F:]+\]):(?!//)(.+)")
"""Matches the short form of an SSH address, such as git@github.com:owner/name.git."""
WEB = ("https", "http")


@dataclass(frozen=True, slots=True)
class Remote:
    """The address of a remote repository. Every text is empty if there is no remote repository."""

    url: str = ""
    """The address as git has it, without a password."""
    host: str = ""
    """The name of the server in lower case. It is empty for a local folder.

    The port of a web address is a part of it. The port of SSH is left out, because the forge has its web pages at
    another port.
    """
    path: str = ""
    """The path on the server, without a slash at its beginning and without `.git`, such as `owner/name`."""

    @property
    def name(self) -> str:
        """The last part of the path, which is the usual name of a clone."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Repository:
    """The git work tree of a site."""

    top: Path
    """The folder at the top of the work tree."""
    site: str
    """The path of the site below `top`, with slashes. It is `.` if the site is at the top."""
    remote: Remote
    branch: str
    """The branch from which the site is published: the default branch of the remote, else the checked-out branch.

    It is empty if neither is known.
    """
    shallow: bool
    """Whether the clone has only the newest commits."""


def find_repository(site: Path) -> Repository:
    """Return the git work tree that contains the folder `site`.

    Raises ConfigError if the folder is in no work tree, or if the files of the repository cannot be read.
    """
    top = work_tree(site)
    if top is None:
        hint = "run `git init` in the folder of the site, or clone its repository"
        raise ConfigError(str(site), "this folder is in no git repository", hint=hint)
    try:
        git = git_folder(top)
        common = common_folder(git)
        head = branch_in(git / "HEAD")
        tables = _tables(read_all(common / "config", LARGEST, follow=True).decode("utf-8", "surrogateescape"))
    except (OSError, ValueError) as error:
        what = f"the git repository cannot be read: {getattr(error, 'strerror', None) or 'it has an unknown form'}"
        raise ConfigError(
            str(top), what, hint="run `git status` in this folder, and correct what it reports"
        ) from error
    name = _remote_name(tables, head)
    branch = branch_in(common / "refs" / "remotes" / name / "HEAD", f"refs/remotes/{name}/") if name else ""
    remote = read_remote(tables.get(("remote", name), {}).get("url", ""))
    below = site.resolve().relative_to(top).as_posix()
    return Repository(top, below, remote, branch or head, (common / "shallow").exists())


def read_remote(url: str) -> Remote:
    """Return the parts of the address of a remote repository. A password in the address is dropped.

    Every part is empty for an address that git cannot use.
    """
    if match := SCP.fullmatch(url):
        return Remote(url, match[1].strip("[]").lower(), _plain(match[2]))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # Git cannot use this address either. It is not shown, because it may have a password.
        return Remote()
    if parts.hostname:
        user = f"{parts.username}@" if parts.username and parts.scheme == "ssh" else ""
        place = parts.netloc.rpartition("@")[2].lower()
        host = place if parts.scheme in WEB else place.removesuffix(f":{port}")
        return Remote(parts._replace(netloc=user + place).geturl(), host, _plain(parts.path))
    return Remote(url, "", _plain(url)) if url else Remote()


def _plain(path: str) -> str:
    return path.strip("/").removesuffix(".git")


def work_tree(folder: Path) -> Path | None:
    """Return the folder at the top of the git work tree that contains `folder`, or None if there is none."""
    real = folder.resolve()
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)


def git_folder(top: Path) -> Path:
    """Return the folder of the repository. In a linked work tree and in a submodule, a file names it.

    `top` is the folder at the top of a work tree. Raises OSError or ValueError if that file cannot be read.
    """
    git = top / ".git"
    if git.is_file():
        return git.parent / git.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
    return git


def common_folder(git: Path) -> Path:
    """Return the folder with the configuration and the refs.

    This is `git` itself or, in a linked work tree, the folder that the file `commondir` in `git` names. Raises OSError
    or ValueError if this file cannot be read.
    """
    file = git / "commondir"
    return git / file.read_text(encoding="utf-8").strip() if file.is_file() else git


def branch_in(file: Path, prefix: str = "refs/heads/") -> str:
    """Return the branch to which a file such as HEAD points, or "" if it points to no ref with this prefix."""
    try:
        ref = file.read_text(encoding="utf-8").strip().removeprefix("ref: ")
    except (OSError, ValueError):
        return ""
    return ref.removeprefix(prefix) if ref.startswith(prefix) else ""


def _remote_name(tables: Mapping[tuple[str, str], Mapping[str, str]], branch: str) -> str:
    """Return the remote of the branch, else `origin`, else the only remote. Return "" if there is none of these."""
    names = [name for section, name in tables if section == "remote"]
    wanted = (tables.get(("branch", branch), {}).get("remote", ""), "origin", *(names if len(names) == 1 else ()))
    return next((name for name in wanted if name in names), "")


def _tables(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Return the values of a git configuration by section, such as `remote`, its name, such as `origin`, and key.

    If a key occurs more than once, its last value counts. Included files and values of several lines are not read.
    Addresses of remotes need neither.
    """
    tables: dict[tuple[str, str], dict[str, str]] = {}
    table: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if match := SECTION.match(line):
            table = tables.setdefault((match[1].lower(), re.sub(r"\\(.)", r"\1", match[2] or "")), {})
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            table[key.strip().lower()] = value.strip().strip('"')
    return tables
