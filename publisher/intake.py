"""Folders and CAR files that other tools made -> blocks and a root. Names are taken as they are, bytes untouched."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from publisher.dag import car, walk
from publisher.dag.cid import Block, Cid, Emit, Get
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import Link, Profile, add_file
from publisher.errors import BlockMissing, ConfigError, ContentError, Problem, StoreRefused
from publisher.site.private import HEAD, secret, secret_name

Warn = Callable[[str], None]
UNREADABLE = "correct its owner or mode"


def add_folder(folder: Path, profile: Profile, emit: Emit, warn: Warn) -> Cid:
    """The root of a folder, its blocks emitted. Dot entries stay out; what is no file or folder is a ContentError."""
    problems: list[Problem] = []
    hidden: list[str] = []
    links = dict(_links(folder, "", profile, emit, problems, hidden))
    if problems:
        raise ContentError(folder.name or str(folder), problems)
    if hidden:
        named = ", ".join(sorted(hidden)[:5]) + (f" and {len(hidden) - 5} more" if len(hidden) > 5 else "")
        warn(f"left out, because its name begins with a dot: {named}")
    if "index.html" not in links:
        warn("there is no index.html at the root: visitors will get a bare listing")
    return add_tree(links, profile, emit).cid


def add_car(path: Path, put: Callable[[Block], None], get: Get) -> Cid:
    """The one root of a CAR file, its blocks put. StoreRefused when it is cut, lies, or lacks a part of its root."""
    try:
        with path.open("rb") as file:
            roots, blocks = car.read(file)
            for block in blocks:
                put(block)
    except ValueError as error:
        raise StoreRefused(path.name, str(error), hint="make the CAR file again, or copy it again") from error
    except OSError as error:
        raise ConfigError(path.name, f"cannot be read: {error.strerror}", hint=UNREADABLE) from error
    if len(roots) != 1:
        raise StoreRefused(path.name, f"it names {len(roots)} roots", hint="a site has exactly one: export it alone")
    try:
        must_be_folder(get, roots[0], path.name)
        for _ in walk.reachable(
            get, roots[0]
        ):  # reads every block once: measure would take a leaf's word from its link
            pass
    except BlockMissing as error:
        raise StoreRefused(path.name, f"it is not whole: {error.message}", hint="export the whole root") from error
    return roots[0]


def must_be_folder(get: Get, root: Cid, who: str) -> None:
    """A site's root is a UnixFS folder: anything else would not open in a browser."""
    try:
        folder = walk.node(get, root).kind in ("folder", "shard")
    except walk.Malformed as error:
        raise StoreRefused(who, f"its root is no UnixFS folder: {error}", hint="a site is a folder of files") from error
    if not folder:
        hint = "put the file into a folder as index.html, and add that"
        raise StoreRefused(who, "its root is not a folder", hint=hint)


def _links(
    folder: Path, at: str, profile: Profile, emit: Emit, problems: list[Problem], hidden: list[str]
) -> Iterator[tuple[str, Link]]:
    """Path -> link of every file below; an empty folder is a path that ends with a slash."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        problems.append(Problem(at or folder.name, 0, 0, f"cannot be read: {error.strerror}", UNREADABLE))
        return
    if at and not any(not entry.name.startswith(".") for entry in found):
        yield at, add_tree({}, profile, emit)
    for entry in found:
        path = at + entry.name
        fault = _fault(entry)
        if entry.name.startswith("."):
            hidden.append(path)
        elif fault:
            problems.append(Problem(path, 0, 0, *fault))
        elif entry.is_dir(follow_symlinks=False):
            yield from _links(Path(entry.path), path + "/", profile, emit, problems, hidden)
        else:
            made = _file(entry.path, path, profile, emit)
            if isinstance(made, Link):
                yield path, made
            else:
                problems.append(Problem(path, 0, 0, *made))


def _file(place: str, path: str, profile: Profile, emit: Emit) -> Link | tuple[str, str]:
    """The link of a file, or what is wrong with it and what to do."""
    try:
        with io.BufferedReader(io.FileIO(place), HEAD) as file:
            if kind := secret_name(path) or secret(file.peek(HEAD)):
                return f"{kind}: never published", "what is published stays public for ever: take it out of the folder"
            return add_file(iter(lambda: file.read(profile.chunk_size), b""), profile, emit)
    except OSError as error:
        return f"cannot be read: {error.strerror}", UNREADABLE


def _fault(entry: os.DirEntry[str]) -> tuple[str, str] | None:
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8", "rename it"
    if entry.is_symlink():
        return "a symbolic link", "put the file itself here: a link would be published as a text"
    mode = entry.stat(follow_symlinks=False).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "neither a file nor a folder", "take it out of the folder"
    return None
