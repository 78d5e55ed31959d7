"""Read from the environment which repository, branch and commit a pipeline runs for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.regular_files import read_all

Forge = Literal["github", "gitlab", "forgejo", "woodpecker", ""]
TOKEN = "PUBLISH_FORGE_TOKEN"  # noqa: S105
"""The environment variable that has the token of the forge."""
LARGEST = 32 << 20
"""The largest event file in bytes. GitHub sends at most 25 MB in an event."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One run of a pipeline. A text is empty if the pipeline does not have this value."""

    forge: Forge = ""
    """The kind of forge. Gitea counts as Forgejo. The text is empty outside of a pipeline."""
    repository: str = ""
    """The repository as `owner/name`."""
    branch: str = ""
    """The branch of the commit. For a pull request, this is the branch that asks to be merged."""
    default_branch: str = ""
    commit: str = ""
    """The hash of the commit for which the pipeline runs."""
    run_url: str = ""
    """The address of the page of this run."""
    api: str = ""
    """The address of the REST interface, without a slash at its end."""
    summary: Path | None = None
    """The file to which the job summary is appended, or None."""
    outputs: Path | None = None
    """The file to which the outputs of the step are appended, or None."""
    event_file: Path | None = None
    """The file with the event in JSON, or None."""
    pull_request: bool = False
    """The run is for a pull request, so anybody may have written the commit. No name may move."""


PULL_REQUEST = "pull_request"
"""The names of the events of a pull request begin with this text, such as `pull_request_review`. GitLab has others."""
GITLAB_PULL_REQUESTS = ("merge_request_event", "external_pull_request_event")
"""The events of a pull request on GitLab. The second one is for a repository that GitLab mirrors from GitHub."""
GITLAB_NUMBERS = ("CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID")
"""The variables with the number of such a pull request.

The pipeline of a pull request has them, and so has every pipeline that this pipeline starts.
"""


def read_pipeline(env: Mapping[str, str]) -> Pipeline:
    """Return the run that the variables of a pipeline describe. Outside of a pipeline, every field is empty.

    Raises ConfigError if the event file cannot be read.
    """
    if env.get("GITHUB_ACTIONS") == "true":  # Forgejo and Gitea set this variable too.
        return _actions(env)
    if env.get("GITLAB_CI") == "true":
        return _gitlab(env)
    if env.get("CI") == "woodpecker":
        return _woodpecker(env)
    return Pipeline()


def read_event(path: Path) -> Mapping[str, Any]:
    """Return the event of a run, which the runner of GitHub Actions or of Forgejo writes into the file `path`.

    Raises ConfigError if the file cannot be read or does not contain a JSON object.
    """
    try:
        event = json.loads(read_all(path, LARGEST, follow=True))
    except (OSError, ValueError, RecursionError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "it is not JSON"
        hint = "let GITHUB_EVENT_PATH name the file that the runner wrote"
        raise ConfigError(str(path), f"the event of this run cannot be read: {what}", hint=hint) from error
    if not isinstance(event, dict):
        hint = "let GITHUB_EVENT_PATH name the file that the runner wrote"
        raise ConfigError(str(path), "the event of this run is not a JSON object", hint=hint)
    return event


def _actions(env: Mapping[str, str]) -> Pipeline:
    """Return the run that the variables of GitHub Actions, or of Forgejo or Gitea Actions, describe."""
    forgejo = "true" in (env.get("FORGEJO_ACTIONS"), env.get("GITEA_ACTIONS"))
    server, repository = env.get("GITHUB_SERVER_URL", "").rstrip("/"), env.get("GITHUB_REPOSITORY", "")
    run, event_file = env.get("GITHUB_RUN_ID", ""), _file(env, "GITHUB_EVENT_PATH")
    ref = env.get("GITHUB_REF", "")
    branch = env.get("GITHUB_HEAD_REF", "") or (
        ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    )
    event, name = read_event(event_file) if event_file else {}, env.get("GITHUB_EVENT_NAME", "")
    return Pipeline(
        forge="forgejo" if forgejo else "github",
        repository=repository,
        branch=branch,
        default_branch=_text(event, "repository", "default_branch"),
        commit=env.get("GITHUB_SHA", ""),
        run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
        api=env.get("GITHUB_API_URL", "").rstrip("/"),
        summary=_file(env, "GITHUB_STEP_SUMMARY"),
        outputs=_file(env, "GITHUB_OUTPUT"),
        event_file=event_file,
        # A workflow that runs after the workflow of a pull request can read files which the pull request made.
        # A workflow that a review starts runs on the code of the pull request, and its GITHUB_REF shows this.
        pull_request=ref.startswith("refs/pull/")
        or any(each.startswith(PULL_REQUEST) for each in (name, _text(event, "workflow_run", "event"))),
    )


def _text(event: Mapping[str, Any], *keys: str) -> str:
    """Return the text of an event to which `keys` lead, or "" if there is none."""
    value: Any = event
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _gitlab(env: Mapping[str, str]) -> Pipeline:
    branch = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "") or env.get("CI_COMMIT_BRANCH", "")
    return Pipeline(
        forge="gitlab",
        repository=env.get("CI_PROJECT_PATH", ""),
        branch=branch,
        default_branch=env.get("CI_DEFAULT_BRANCH", ""),
        commit=env.get("CI_COMMIT_SHA", ""),
        run_url=env.get("CI_JOB_URL", ""),
        api=env.get("CI_API_V4_URL", "").rstrip("/"),
        pull_request=env.get("CI_PIPELINE_SOURCE") in GITLAB_PULL_REQUESTS
        or any(env.get(name) for name in GITLAB_NUMBERS),
    )


def _woodpecker(env: Mapping[str, str]) -> Pipeline:
    return Pipeline(
        forge="woodpecker",
        repository=env.get("CI_REPO", ""),
        branch=env.get("CI_COMMIT_SOURCE_BRANCH", "") or env.get("CI_COMMIT_BRANCH", ""),
        default_branch=env.get("CI_REPO_DEFAULT_BRANCH", ""),
        commit=env.get("CI_COMMIT_SHA", ""),
        run_url=env.get("CI_PIPELINE_URL", ""),
        pull_request=env.get("CI_PIPELINE_EVENT", "").startswith(PULL_REQUEST),
    )


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None
