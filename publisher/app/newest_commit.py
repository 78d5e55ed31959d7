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

    The function returns a reason if the branch has a newer commit than this run (see `commit_and_branch`). `ask`
    returns the newest commit of a branch. Without `ask`, `git ls-remote` is run in the folder of the site.
    """
    from publisher.ci.git_remote import branch_head
    from publisher.ci.newest_commit import before_move

    commit, branch = commit_and_branch(session, pipeline, builds=builds)
    if not commit or not branch:
        return None

    def newest() -> str:
        return ask(branch) if ask is not None else branch_head(session.site, branch, session.env)

    return before_move(commit, branch, newest)


def commit_and_branch(session: Session, pipeline: Pipeline, *, builds: bool) -> tuple[str, str]:
    """Return the commit and the branch of this run. Each is "" if it is unknown.

    They are those of `pipeline` or, outside of a pipeline, those of the work tree. `builds` says whether this run
    builds the work tree. If it does, and the work tree is a clone of the pipeline's repository, then the commit
    and the branch are those of the work tree. There are two reasons. A job may have waited, and then its work tree is
    newer than the commit for which the forge started the job. A forge starts scheduled runs for its default branch, but
    the work tree may be of another branch.
    """
    here, checked_out = commit_of(session.site), branch_of(session.site)
    if builds and _is_of(session.site, pipeline.repository):
        return here or pipeline.commit, checked_out or pipeline.branch
    return pipeline.commit or here, pipeline.branch or checked_out


def _is_of(site: Path, repository: str) -> bool:
    """Return whether `site` is in a work tree of `repository`, which is `owner/name`."""
    from publisher.ci.repository import find_repository

    try:
        path = find_repository(site).remote.path
    except ConfigError:
        return False
    return bool(repository) and f"/{path}".lower().endswith(f"/{repository}".lower())
