"""Find out from where this program was installed, and which versions of its libraries it runs with.

A pipeline installs the same program and the same versions. So it computes the same root as this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publisher.app.git_commit import commit_of
from publisher.app.installation import DISTRIBUTION
from publisher.ci.repository import find_repository
from publisher.errors import ConfigError

EXTRA, LIBRARY = "diagrams", "merman"
"""This library changes the pages. So if it is installed here, the pipeline needs the extra that brings it."""
REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?")
HINT = "run `publish ci init --install SPEC`, where SPEC is what pip installs, such as git+https://HOST/PATH@COMMIT"
Find = Callable[[str], Distribution]


def install_spec(top: Path, find: Find = distribution) -> str:
    """Return what pip has to install so that a pipeline runs this version of the program.

    It is an exact version if an index gave the program, and a git commit if a git repository gave it. It is a dot if
    the program runs from the work tree at `top`. `find` returns an installed distribution. Raises ConfigError if
    this machine has the program from a place that a pipeline cannot reach.
    """
    found = find(DISTRIBUTION)
    name = f"{DISTRIBUTION}[{EXTRA}]" if _installed(LIBRARY, find) else DISTRIBUTION
    text = found.read_text("direct_url.json")
    if not text:
        return f"{name}=={found.version}"
    origin = json.loads(text)
    url = str(origin.get("url", ""))
    if vcs := origin.get("vcs_info"):
        return f"{name} @ {vcs['vcs']}+{_public(url)}@{vcs['commit_id']}"
    if url.startswith("https://"):
        return f"{name} @ {_public(url)}"
    folder = Path(unquote(urlsplit(url).path))
    if not folder.is_dir():
        raise ConfigError(
            "publish ci init", f"a pipeline cannot install the file {folder.name} of this machine", hint=HINT
        )
    if folder.resolve() == top.resolve():
        return f".[{EXTRA}]" if name != DISTRIBUTION else "."
    return f"{name} @ {_checkout(folder)}"


def _checkout(folder: Path) -> str:
    """Return the git address of the work tree in `folder` and its commit. Raises ConfigError without a remote."""
    try:
        remote, commit = find_repository(folder).remote, commit_of(folder)
    except ConfigError:
        remote, commit = None, ""
    if remote is None or not remote.host or not commit:
        what = "this program runs from a folder of this machine, and no remote repository has it"
        raise ConfigError("publish ci init", what, hint=HINT)
    return f"git+https://{remote.host}/{remote.path}@{commit}"


def _public(url: str) -> str:
    """Return an address without a user and a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def constraints(find: Find = distribution) -> str:
    """Return a line `name==version` for each library that this program needs, sorted by name, for `pip --constraint`.

    The versions are those that run here. `find` returns an installed distribution.
    """
    lines: dict[str, str] = {}
    todo = [(DISTRIBUTION, frozenset({EXTRA}))]
    done: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in done or not (name == DISTRIBUTION or _installed(name, find)):
            continue
        done.add((name, extras))
        found = find(name)
        if name != DISTRIBUTION:
            lines[name] = f"{name}=={found.version}\n"
        todo += _needs(found, extras)
    return "".join(lines[name] for name in sorted(lines))


def _needs(found: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the name and the extras of each library that a distribution needs. Markers other than extras count as true.

    A constraint for a library that only another platform needs does no harm on this platform.
    """
    for line in found.requires or ():
        text, _, marker = line.partition(";")
        named = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", marker)
        match = REQUIREMENT.match(text.strip())
        if match and (named is None or named[1] in extras):
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            yield name, frozenset(part.strip() for part in (match[2] or "").split(",") if part.strip())


def _installed(name: str, find: Find) -> bool:
    try:
        find(name)
    except PackageNotFoundError:
        return False
    return True
