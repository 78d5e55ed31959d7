"""Require that another machine, which built the same commit, has found the same root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.root_arguments import find
from publisher.errors import BlockMissing, ConfigError, VerifyError

if TYPE_CHECKING:
    from publisher.dag.cid import Cid

NAMED = 5
"""At most this many files are named in the error. The JSON object has all of them."""
HINT = "build both with the same commit, publish.toml, version of the program and --now"


def require_same_root(session: Session, root: Cid, other: str, target: str = "") -> None:
    """Raise VerifyError if `other` has another root than `root`. The error names the files that differ.

    `other` is a CAR file or a root, as the user wrote it. If it is "", nothing is required. The root that a CAR file
    claims does not count: each of its blocks is hashed, and a file without the whole root is refused. `target` is the
    path that `root` comes from, or "". Raises ConfigError if `target` and `other` are one file, or if `other` has
    no root. Raises NamingError for a name that cannot be read, StoreError for a damaged CAR file, and ContentError for
    a folder that may not be published.
    """
    if not other:
        return
    if target and Path(target).exists() and Path(other).exists() and Path(target).samefile(other):
        raise ConfigError(
            "--same-as", f"{other} is the file that is published", hint="give the CAR file of the other machine"
        )
    theirs = find(session, other)
    if theirs.same_block(root):
        session.report.say(f"the root of {other} is the same")
        return
    what = f"this root is {theirs}, and {root} was to be published; nothing was stored"
    raise VerifyError(other, f"{what}; {_difference(session, root, theirs)}", hint=HINT)


def _difference(session: Session, root: Cid, theirs: Cid) -> str:
    """Return the files that differ between two roots, as text. Put all of them into the JSON object too."""
    from publisher.dag import walk

    try:
        sets = walk.changed(session.cache().get_verified, theirs, root)
    except (BlockMissing, walk.Malformed):
        return "the files that differ are unknown, because the blocks of the other root are not on this machine"
    rows = {"only_here": sets.added, "different": sets.changed, "only_there": sets.removed}
    session.report.add("differs", {key: sorted(paths) for key, paths in rows.items()})
    texts = [
        *(f"{path} differs" for path in sorted(sets.changed)),
        *(f"{path} is only in the root to publish" for path in sorted(sets.added)),
        *(f"{path} is only in the other root" for path in sorted(sets.removed)),
    ]
    more = f", and {len(texts) - NAMED:,} more" if len(texts) > NAMED else ""
    return (", ".join(texts[:NAMED]) or "all files are the same, and the folders differ") + more
