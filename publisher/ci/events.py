"""Read the events that start the jobs of previews. The forge writes them, so a pull request cannot change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from publisher.ci.forge import is_commit
from publisher.ci.pipeline import read_event
from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run of another workflow, from an event `workflow_run`."""

    event: str
    """The name of the event that started that workflow, such as `pull_request`."""
    commit: str
    """The commit for which that workflow ran."""
    repository: str
    """The repository of the branch, as `owner/name`. It is empty if this repository was deleted."""
    branch: str
    day: date
    """The day on which that run began, in UTC."""


def finished_run(path: Path | None, repository: str) -> FinishedRun:
    """Return the run in the event file `path` of an event `workflow_run` in `repository`.

    Raises ConfigError if there is no such event, or if it is of another repository.
    """
    event = read_event(path) if path is not None else {}
    run, here = event.get("workflow_run"), _text(event.get("repository"), "full_name")
    if not isinstance(run, Mapping):
        raise _no_event("workflow_run")
    commit, name = _text(run, "head_sha"), _text(run, "event")
    try:
        day = date.fromisoformat(_text(run, "created_at")[:10])
    except ValueError:
        raise _no_event("workflow_run") from None
    if not is_commit(commit) or not name or here != repository:
        raise _no_event("workflow_run")
    source = _text(run.get("head_repository"), "full_name")
    return FinishedRun(name, commit.lower(), source, _text(run, "head_branch"), day)


def pull_request_number(path: Path | None) -> int:
    """Return the number of the pull request in the event file `path`. Raises ConfigError if there is no such event."""
    event = read_event(path) if path is not None else {}
    pull = event.get("pull_request")
    number = pull.get("number") if isinstance(pull, Mapping) else None
    if type(number) is not int or number < 1:
        raise ConfigError(
            "publish ci",
            "the event of this run has no pull request",
            hint="name the pull request with --pull-request NUMBER",
        )
    return number


def _no_event(name: str) -> ConfigError:
    hint = "run this command in publish-preview.yml, the workflow that `publish ci init` writes"
    return ConfigError("publish ci", f"this run was not started by an event {name} of this repository", hint=hint)


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
