"""Find the commit and the branch of the git work tree that contains a folder, without running git.

The configuration of a repository may name programs that git would start. The layout of the folder `.git` is described
at https://git-scm.com/docs/gitrepository-layout.
"""

from __future__ import annotations

import re
from pathlib import Path

from publisher.ci.repository import branch_in, common_folder, git_folder, work_tree

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""Matches the hash of a commit, in repositories with SHA-1 and with SHA-256."""


def commit_of(folder: Path) -> str:
    """Return the hash of the commit that is checked out, or "" if the folder is in no work tree or has no commit yet.

    The files of the folder may differ from the commit.
    """
    try:
        top = work_tree(folder)
        return _commit(git_folder(top)) if top is not None else ""
    except (OSError, ValueError):  # The repository is damaged, or this program does not know its form.
        return ""


def branch_of(folder: Path) -> str:
    """Return the branch that is checked out, or "" if the folder is in no work tree or HEAD names no branch."""
    try:
        top = work_tree(folder)
        return branch_in(git_folder(top) / "HEAD") if top is not None else ""
    except (OSError, ValueError):
        return ""


def _commit(git: Path) -> str:
    """Return the hash in HEAD of a repository, or "" if there is none. Raises OSError or ValueError."""
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref: "):
        return head if COMMIT.fullmatch(head) else ""
    common, ref = common_folder(git), head.removeprefix("ref: ")
    if (loose := common / ref).is_file():
        text = loose.read_text(encoding="utf-8").strip()
        return text if COMMIT.fullmatch(text) else ""
    packed = (common / "packed-refs").read_text(encoding="utf-8") if (common / "packed-refs").is_file() else ""
    return next((line.split(" ")[0] for line in packed.splitlines() if line.endswith(f" {ref}")), "")
