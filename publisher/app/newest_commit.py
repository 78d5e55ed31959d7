"""Keep a slow run for an older commit from overwriting the names that a newer run has moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.git_commit import branch_of, commit_of

if TYPE_CHECKING:
    from publisher.ci.pipeline import Pipeline


def newest_only(
    session: Session, pipeline: Pipeline, ask: Callable[[str], str] | None = None
) -> Callable[[], str] | None:
    """Return a function for `DeployOptions.before_move`, or None if the commit or the branch of this run is unknown.

    The function returns a reason if the branch has a newer commit than this run. The commit and the branch are those of
    `pipeline` or, outside of a pipeline, those of the work tree. `ask` returns the newest commit of a branch. Without
    `ask`, `git ls-remote` is run in the folder of the site.
    """
    from publisher.ci.git_remote import branch_head
    from publisher.ci.newest_commit import before_move

    commit = pipeline.commit or commit_of(session.site)
    branch = pipeline.branch or branch_of(session.site)
    if not commit or not branch:
        return None

    def newest() -> str:
        return ask(branch) if ask is not None else branch_head(session.site, branch, session.env)

    return before_move(commit, branch, newest)
