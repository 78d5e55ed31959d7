"""Make one root from files. Make an edited root from an old root, and read only a few of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from publisher.dag.cid import Cid, Emit, Get
from publisher.dag.folder import add_folder, edit_folder, find, raw_name, seal_folder
from publisher.dag.node import Node, node
from publisher.dag.unixfs import Link, Profile
from publisher.fast_dataclass import dataclass

__all__ = ["add_folder", "add_tree", "edit"]


_Names = dict[bytes, Link | None]
_Links = dict[bytes, Link]
"""Maps the stored names of a folder to their links. Unlike in `_Names`, no link is None."""


@dataclass(frozen=True, slots=True)
class _Plan:
    folders: dict[str, _Names]
    """Maps the path of each changed folder ("" for the root) to its changed names. A link of None removes the name."""
    stay: frozenset[str]
    """Paths of folders that stay even if they are empty."""

    def inner_first(self) -> list[str]:
        """Return the paths of all folders. Each folder comes before its parent, and the root comes last."""
        return sorted(self.folders, key=len, reverse=True)


def add_tree(files: Mapping[str, Link | None], profile: Profile, emit: Emit) -> Link:
    """Make a tree from files and their paths, such as `posts/first/index.html`. Return the link of its root.

    A path that ends with / makes a folder, which may be empty. The link of such a path is ignored. Raises ValueError if
    a name is not allowed, or if a path is both a file and a folder.
    """
    plan = _plan(files, removes=False)
    for path in plan.inner_first()[:-1]:
        _place(plan, path, seal_folder(cast(_Links, plan.folders[path]), profile, emit))
    return seal_folder(cast(_Links, plan.folders[""]), profile, emit)


def edit(get: Get, root: Cid, changes: Mapping[str, Link | None], profile: Profile, emit: Emit) -> Link:
    """Return the link of the edited root. Read only the blocks of the folders that change.

    `changes` maps each path to its new link, or to None to remove it. The result equals `add_tree` of the new files, if
    the old root has the same profile. Removals come first, so a file can become a folder and a folder can become a
    file. Removing a folder removes its content. A folder that becomes empty is removed, except if `changes` maps
    its path with / at the end to a link. `get` only has to return blocks of the old root. Raises ValueError as
    `add_tree` does, and Malformed if a block is malformed. Exceptions of `get` pass through.
    """
    plan = _plan(changes, removes=True)
    top = node(get, root)
    old = _old_folders(get, top, plan)
    for path in plan.inner_first()[:-1]:
        before = old[path]
        made = _edited(get, before, path, plan, profile, emit)
        if made is not None:
            _place(plan, path, made)
        elif before is not None:
            parent, _, name = path.rpartition("/")
            plan.folders[parent][raw_name(name)] = None
    return edit_folder(get, top, plan.folders[""], profile, emit) or add_folder({}, profile, emit)


def _edited(get: Get, before: Node | None, path: str, plan: _Plan, profile: Profile, emit: Emit) -> Link | None:
    """Return the link of the folder at `path` after its changes, or None if it no longer exists.

    `before` is the old folder, or None if there was none.
    """
    if before is None:
        names = _present(plan.folders[path])
        return seal_folder(names, profile, emit) if names or path in plan.stay else None
    made = edit_folder(get, before, plan.folders[path], profile, emit)
    if made is None and (path in plan.stay or not before.links):
        return add_folder({}, profile, emit)
    return made


def _old_folders(get: Get, top: Node, plan: _Plan) -> dict[str, Node | None]:
    """Return the old folder at each changed path, or None if there was no folder or if the plan removes it."""
    old: dict[str, Node | None] = {"": top}
    for path in plan.inner_first()[-2::-1]:
        parent, _, name = path.rpartition("/")
        above = old[parent]
        old[path] = None
        found = find(get, above, name) if above and raw_name(name) not in plan.folders[parent] else None
        if found is None:
            continue
        read = None if found.cid.is_raw else node(get, found.cid)
        if read and read.kind in ("folder", "shard"):
            old[path] = read
        else:
            # The plan has a path below an old file that stays, which is an error. The next line adds the file to the
            # plan, so `_place` finds both a file and a folder, and raises the error.
            plan.folders[parent][raw_name(name)] = found
    return old


def _plan(paths: Mapping[str, Link | None], *, removes: bool) -> _Plan:
    folders: dict[str, _Names] = {"": {}}
    stay = set()
    for path, link in paths.items():
        if path.startswith("/"):
            raise ValueError(f"{path!r}: a path begins with a name, not with /")
        parent, _, name = path.rpartition("/")
        if not name and path:  # the path ends with a slash
            if not (removes and link is None):
                stay.add(parent)
                _touch(folders, parent)
                continue
            parent, _, name = parent.rpartition("/")
        names = folders.get(parent) or _touch(folders, parent)
        if link is not None or removes:
            names[raw_name(name)] = link
    return _Plan(folders, frozenset(stay))


def _touch(folders: dict[str, _Names], path: str) -> _Names:
    found = folders.get(path)
    if found is None:
        found = folders[path] = {}
        while (path := path.rpartition("/")[0]) not in folders:
            folders[path] = {}
    return found


def _place(plan: _Plan, path: str, made: Link) -> None:
    parent, _, name = path.rpartition("/")
    names, raw = plan.folders[parent], raw_name(name)
    if names.get(raw) is not None:
        raise ValueError(f"{path!r} is both a file and a folder")
    names[raw] = made


def _present(names: _Names) -> _Links:
    return {name: link for name, link in names.items() if link is not None}
