"""Keep a slow run for an older commit from overwriting the names that a newer run has moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.git_commit import branch_of, commit_of
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.ci.pipeline import Pipeline


def newest_only(
    session: Session, pipeline: Pipeline, ask: Callable[[str], str] | None = None, *, builds: bool = False
) -> Callable[[], str] | None:
    """Return a function for `DeployOptions.before_move`, or None if the commit or the branch of this run is unknown.

    The function returns a reason if the branch has a newer commit than this run. The commit and the branch are those of
    `pipeline` or, outside of a pipeline, those of the work tree. `ask` returns the newest commit of a branch. Without
    `ask`, `git ls-remote` is run in the folder of the site.

    If `builds` is set, this run builds the work tree. A forge starts a scheduled run for its default branch, but the
    work tree may be another branch of the same repository. Then the commit and the branch are those of the work tree.
    """
    from publisher.ci.git_remote import branch_head
    from publisher.ci.newest_commit import before_move

    checked_out, commit, branch = branch_of(session.site), pipeline.commit, pipeline.branch
    if builds and checked_out not in ("", branch) and _is_of(session.site, pipeline.repository):
        commit, branch = "", ""
    commit, branch = commit or commit_of(session.site), branch or checked_out
    if not commit or not branch:
        return None

    def newest() -> str:
        return ask(branch) if ask is not None else branch_head(session.site, branch, session.env)

    return before_move(commit, branch, newest)


def _is_of(site: Path, repository: str) -> bool:
    """Return whether `site` is in a work tree of `repository`, which is `owner/name`."""
    from publisher.ci.repository import find_repository

    try:
        path = find_repository(site).remote.path
    except ConfigError:
        return False
    return bool(repository) and f"/{path}".lower().endswith(f"/{repository}".lower())
