"""Which repository, branch and commit a pipeline runs for, by the variables of each forge."""

import json
from pathlib import Path

import pytest

from publisher.ci.pipeline import Pipeline, read_pipeline
from publisher.errors import ConfigError

ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "ann/site",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_SERVER_URL": "https://forge.example/",
    "GITHUB_API_URL": "https://api.forge.example/",
    "GITHUB_RUN_ID": "7",
}


def test_outside_of_a_pipeline_every_field_is_empty() -> None:
    assert read_pipeline({"GITHUB_REPOSITORY": "ann/site", "CI": "true"}) == Pipeline()


def test_github_says_all(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "trunk"}}))
    files = {"GITHUB_EVENT_PATH": str(event), "GITHUB_STEP_SUMMARY": "/s", "GITHUB_OUTPUT": "/o"}
    assert read_pipeline(ACTIONS | files) == Pipeline(
        "github",
        "ann/site",
        "main",
        "trunk",
        "a" * 40,
        "https://forge.example/ann/site/actions/runs/7",
        "https://api.forge.example",
        Path("/s"),
        Path("/o"),
        event,
    )


@pytest.mark.parametrize("name", ["FORGEJO_ACTIONS", "GITEA_ACTIONS"])
def test_forgejo_and_gitea_are_told_from_github(name: str) -> None:
    assert read_pipeline(ACTIONS | {name: "true"}).forge == "forgejo"


def test_a_pull_request_has_the_branch_that_asks_and_a_tag_has_none() -> None:
    of = {"GITHUB_REF": "refs/pull/3/merge", "GITHUB_HEAD_REF": "fix"}
    assert read_pipeline(ACTIONS | of).branch == "fix"
    assert read_pipeline(ACTIONS | {"GITHUB_REF": "refs/tags/main"}).branch == ""
    assert read_pipeline(ACTIONS | {"GITHUB_REF": ""}).branch == ""


@pytest.mark.parametrize(
    ("event", "of", "pull"),
    [
        ("push", "", False),
        ("pull_request", "", True),
        ("pull_request_target", "", True),
        ("pull_request_review", "", True),
        ("workflow_run", "push", False),
        ("workflow_run", "pull_request", True),
        ("workflow_run", "pull_request_review", True),
    ],
)
def test_a_run_for_a_pull_request_is_known_also_behind_another_workflow(
    event: str, of: str, pull: bool, tmp_path: Path
) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"workflow_run": {"event": of}} if of else {}))
    assert read_pipeline(ACTIONS | {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(file)}).pull_request is pull
    assert read_pipeline(ACTIONS | {"GITHUB_REF": "refs/pull/3/merge"}).pull_request
    for source in ("merge_request_event", "external_pull_request_event"):
        assert read_pipeline({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": source}).pull_request
    for variable in ("CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"):  # a child pipeline
        child = {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "parent_pipeline"}
        assert read_pipeline(child | {variable: "3"}).pull_request
        assert not read_pipeline(child | {variable: ""}).pull_request
    assert read_pipeline({"CI": "woodpecker", "CI_PIPELINE_EVENT": "pull_request_closed"}).pull_request


def test_gitlab_and_woodpecker() -> None:
    gitlab = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "g/sub/site", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": "b"}
    gitlab |= {"CI_DEFAULT_BRANCH": "main", "CI_API_V4_URL": "https://gitlab.example/api/v4"}
    found = read_pipeline(gitlab)
    assert (found.forge, found.repository, found.branch) == ("gitlab", "g/sub/site", "main")
    assert found.api == "https://gitlab.example/api/v4"
    woodpecker = {"CI": "woodpecker", "CI_REPO": "ann/site", "CI_COMMIT_BRANCH": "main"}
    assert read_pipeline(woodpecker).forge == "woodpecker"
    assert read_pipeline(woodpecker | {"CI_COMMIT_SOURCE_BRANCH": "fix"}).branch == "fix"


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "[" * 100_000, b"\xff"])
def test_an_event_that_cannot_be_read_is_a_fault_of_the_environment(text: str | bytes | None, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    if text is not None:
        event.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=r"event\.json: the event of this run"):
        read_pipeline(ACTIONS | {"GITHUB_EVENT_PATH": str(event)})
