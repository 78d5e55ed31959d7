"""Find addresses that differ only in case or in their form of Unicode. Some file systems cannot distinguish them.

Windows and macOS have such file systems. If a host copies a site to one of them, one of the two files is lost.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping

from publisher.errors import Problem
from publisher.site.links.check import MADE, NOWHERE, Places
from publisher.site.structure.old_addresses import OldAddress

HINT = "rename one of the two: some file systems can hold only one of them"


def folded(path: str) -> str:
    """Return a path in lower case and NFC.

    If the results for two paths are equal, some file systems cannot distinguish the paths.
    """
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).lower())


def all_folded(paths: Collection[str]) -> set[str]:
    """Return `folded` of all paths. If they are ASCII, this takes a tenth of the time of single calls."""
    joined = "\0".join(paths)
    in_one_step = joined.lower().split("\0") if joined.isascii() else []
    return set(in_one_step if len(in_one_step) == len(paths) else map(folded, paths))


def alike(claims: Iterable[tuple[str, str]], places: Places) -> list[Problem]:
    """Return a problem for each pair of files whose paths some file systems cannot distinguish.

    Also return a problem for each file whose path these file systems cannot distinguish from a folder of another file.
    `claims` and `places` are as in `collisions` of check.py.
    """
    owners = dict(sorted(claims, reverse=True))
    spelt: dict[str, str] = {}
    folders: dict[str, str] = {}
    found: list[Problem] = []
    for file in sorted(owners):
        other = spelt.setdefault(folded(file), file)
        if other != file:
            found.append(_problem(file, owners[file], other, owners[other], places))
        parts = file.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            folders.setdefault(folded(folder), file)
    for name, inside in folders.items():
        file = spelt.get(name, "")
        if file and not inside.startswith(f"{file}/"):
            found.append(_problem(file, owners[file], inside, owners[inside], places))
    return found


def of_old(old: Iterable[OldAddress], content: str, claims: Iterable[tuple[str, str]], places: Places) -> list[Problem]:
    """Return a problem for each old address that is in conflict with a file or with an old address of another article.

    `content` is the name of the content folder in messages. `claims` and `places` are as in `collisions` of check.py.
    """
    owners = {folded(file): (file, owner) for file, owner in sorted(claims, reverse=True)}
    folders = {folder: claim for name, claim in owners.items() for folder in above(name)}
    first: dict[str, OldAddress] = {}
    found: list[Problem] = []

    def problem(of: OldAddress, what: str, hint: str) -> None:
        found.append(Problem(f"{content}/{of.source}", *of.place, what, hint, kind="old-address"))

    for each in old:
        name = folded(each.file)
        inside = next((first[folder] for folder in above(name) if folder in first), None)
        taken = owners.get(name) or folders.get(name)
        taken = taken or next((owners[folder] for folder in above(name) if folder in owners), None)
        other = inside or first.setdefault(name, each)
        if taken and not (taken[1] == f"{content}/{each.source}" and taken[0] != each.file):
            who = _placed(taken[1], places)
            problem(each, f"the old address /{each.url} is taken by {who}", "remove the address from the aliases")
        elif other is not each and (inside or other.source != each.source):
            who = _placed(f"{content}/{other.source}", {f"{content}/{other.source}": other.place})
            what = "is below an old address of" if inside else "is also an old address of"
            problem(each, f"the old address /{each.url} {what} {who}", "keep one of the two")
    return found


def _problem(file: str, owner: str, other: str, owner_of_other: str, places: Places) -> Problem:
    """Return the problem for two files with similar paths. The problem names a file that an author can change."""
    if owner.startswith(MADE):
        file, owner, other, owner_of_other = other, owner_of_other, file, owner
    what = (
        f"/{file} and /{other}, of {_placed(owner_of_other, places)}, differ only in case or in their form of Unicode"
    )
    return Problem(owner, *places.get(owner, NOWHERE), what, HINT)


def _placed(owner: str, places: Mapping[str, tuple[int, int]]) -> str:
    return ":".join([owner, *map(str, places.get(owner, ()))])


def above(path: str) -> list[str]:
    """Return all folders that contain a file, outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
