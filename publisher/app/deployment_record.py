"""Record at the forge that a commit was deployed, with the address at which visitors find it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from publisher.app.context import Session
from publisher.errors import PublishError

if TYPE_CHECKING:
    from publisher.ci.pipeline import Pipeline
    from publisher.config import Config


@contextmanager
def recorded(session: Session, settings: Config, pipeline: Pipeline, environment: str) -> Iterator[None]:
    """Record how the deploy in this context ended. `environment` is the name of the environment at the forge.

    A success is recorded only if a name was moved or showed the root already. Then the older deployments of the
    environment become inactive. A failure is recorded only if another run cannot solve it. Without a token of the
    forge, nothing is recorded. Raises the error of the deploy. An error of the forge is only a warning.
    """
    try:
        yield
    except PublishError as error:
        if not error.retry:
            _record(session, settings, pipeline, environment, "failure")
        raise
    outcomes = {row["outcome"] for row in session.report.data.get("names", ())}
    if outcomes & {"moved", "unchanged"}:
        _record(session, settings, pipeline, environment, "success")


def _record(
    session: Session, settings: Config, pipeline: Pipeline, environment: str, state: Literal["success", "failure"]
) -> None:
    from publisher.app.forge import open_forge
    from publisher.ci.pipeline import TOKEN

    if not pipeline.commit or not session.env.get(TOKEN):
        return
    try:
        forge = open_forge(session, settings, pipeline)
        number = forge.deployment(pipeline.commit, environment)
        forge.finish_deployment(number, environment, state, settings.site.url, pipeline.run_url)
    except PublishError as error:
        session.report.warn(f"the forge has no record of this deployment: {error}")
