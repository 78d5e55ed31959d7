"""Make one root from files, either by editing the last root or by making a new tree. The resulting root is the same."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.build.rows import Rows, pack_link, unpack_link
from publisher.dag.tree import add_tree, edit
from publisher.dag.unixfs import Link, Profile
from publisher.errors import BlockMissing
from publisher.hashing import DIGEST, digest_of_rows

OUT = "out"
TREE = "tree"


def make_root(files: Mapping[str, Link], profile: Profile, rows: Rows) -> Link:
    """Return the link of the root of these files. Store the list of files and the root for the next build.

    Raises StateError if the cache cannot be written, and ValueError if a path is not allowed in a tree.
    """
    stage = f"{OUT} {profile.name}"
    before = rows.all(stage)
    after = {path.encode(): pack_link(link) for path, link in files.items()}
    changed = {path: value for path, value in after.items() if before.get(path) != value}
    gone = before.keys() - after.keys()
    root = _known(before, profile, rows)
    if root is None or len(changed) + len(gone) > len(after) // 4 or not after:
        made = add_tree(files, profile, rows.cache.put)
    elif changed or gone:
        changes: dict[str, Link | None] = {path.decode(): unpack_link(value) for path, value in changed.items()}
        changes |= {path.decode(): None for path in gone}
        made = _edited(root, changes, files, profile, rows)
    else:
        made = root
    rows.keep(stage, changed)
    rows.drop(stage, gone)
    rows.keep(TREE, {profile.name.encode(): digest_of_rows(after) + pack_link(made)})
    return made


def _known(before: Mapping[bytes, bytes], profile: Profile, rows: Rows) -> Link | None:
    """Return the link of the root of the files in `before`, or None if it is unknown.

    It is unknown if another build has changed the rows, or if the cache has lost the block of the root.
    """
    row = rows.one(TREE, profile.name.encode()) or b""
    if row[:DIGEST] != digest_of_rows(before):
        return None
    root = unpack_link(row[DIGEST:])
    return root if rows.cache.has(root.cid) else None


def _edited(
    root: Link, changes: Mapping[str, Link | None], files: Mapping[str, Link], profile: Profile, rows: Rows
) -> Link:
    try:
        return edit(rows.cache.get_verified, root.cid, changes, profile, rows.cache.put)
    except BlockMissing:
        return add_tree(files, profile, rows.cache.put)  # if the cache has lost a folder's block, make the whole tree
