"""Files become one root: the last root with a few changes, or a new tree. Both give the same root."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from publisher.build.rows import Rows, pack_link, unpack_link
from publisher.dag.tree import add_tree, edit
from publisher.dag.unixfs import Link, Profile
from publisher.errors import BlockMissing
from publisher.hashing import DIGEST

OUT = "out"
TREE = "tree"


def make_root(files: Mapping[str, Link], profile: Profile, rows: Rows) -> Link:
    """Return the root of these files. The list of files and its root are kept for the next build.

    Raises StateError if the cache cannot be written, and ValueError for a path that no tree can hold.
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
    rows.keep(TREE, {profile.name.encode(): _digest(after) + pack_link(made)})
    return made


def _known(before: Mapping[bytes, bytes], profile: Profile, rows: Rows) -> Link | None:
    """Return the root of the files in the rows; None if it has to be made again.

    That is the case if another build has written rows meanwhile, or if the root's block is lost.
    """
    row = rows.one(TREE, profile.name.encode()) or b""
    if row[:DIGEST] != _digest(before):
        return None
    root = unpack_link(row[DIGEST:])
    return root if rows.cache.has(root.cid) else None


def _edited(
    root: Link, changes: Mapping[str, Link | None], files: Mapping[str, Link], profile: Profile, rows: Rows
) -> Link:
    try:
        return edit(rows.cache.get_verified, root.cid, changes, profile, rows.cache.put)
    except BlockMissing:
        return add_tree(files, profile, rows.cache.put)  # the block of a folder is lost: make all folders again


def _digest(files: Mapping[bytes, bytes]) -> bytes:
    whole = sha256()
    for path in sorted(files):
        whole.update(b"%d:%b%b" % (len(path), path, files[path]))
    return whole.digest()
