"""The two workflows of previews: what their text permits. The story test runs them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.ci.templates import PipelineValues, filled
from tests.services.binaries import binary

VALUES = PipelineValues(
    secrets=("PUBLISH_KEY", "PUBLISH_KUBO_API", "PUBLISH_RPC"),
    signing=("PUBLISH_KEY",),
    hosts=("PUBLISH_KUBO_TOKEN_HOST",),
)
NAMES = ("preview-build", "preview")


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(filled(f"github/{name}.yml", VALUES))
    return found


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def test_what_runs_the_code_of_a_stranger_has_no_secret_and_no_right_to_write() -> None:
    text = filled("github/preview-build.yml", VALUES)
    assert "secrets." not in text
    assert "vars." not in text
    assert "pull_request_target" not in text
    found = workflow("preview-build")
    assert found["permissions"] == {}
    assert [job["permissions"] for job in found["jobs"].values()] == [{"contents": "read"}]
    assert all("environment" not in job for job in found["jobs"].values())


def test_what_has_secrets_runs_the_code_of_the_default_branch_and_cannot_sign() -> None:
    found, text = workflow("preview"), filled("github/preview.yml", VALUES)
    assert {step["with"]["ref"] for step in steps("preview") if "checkout" in step.get("uses", "")} == {"main"}
    assert "PUBLISH_KEY" not in text
    assert "secrets.PUBLISH_KUBO_API" in text
    assert found["permissions"] == {}
    rights = {name: job["permissions"] for name, job in found["jobs"].items()}
    assert rights["close"] == {"contents": "read"}
    assert rights["preview"] == {
        "actions": "read",
        "contents": "read",
        "pull-requests": "write",
        "statuses": "write",
    }
    assert {job["environment"] for job in found["jobs"].values()} == {"preview"}


def test_the_second_workflow_waits_for_the_first_by_its_name() -> None:
    (trigger,) = workflow("preview")[True]["workflow_run"]["workflows"]  # YAML reads `on` as true.
    assert trigger == workflow("preview-build")["name"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_stranger_writes_stands_in_a_script(name: str) -> None:
    for step in steps(name):
        assert "${{" not in step.get("run", "")
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.whole
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    action = tmp_path / VALUES.action
    action.mkdir(parents=True)
    (action / "action.yml").write_text(filled("github/action.yml", VALUES))
    for name in NAMES:
        (folder / f"{name}.yml").write_text(filled(f"github/{name}.yml", VALUES))
    words = [str(binary("actionlint")), *map(str, sorted(folder.glob("*.yml")))]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
