"""The two workflows of previews: what their text permits, and a pull request of a fork that goes through both."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.ci.templates import PipelineValues, filled
from tests.ci.pull_requests import FORK
from tests.services.act import CHECKOUT, Run, Runner, commit, program
from tests.services.binaries import binary
from tests.services.chain import OWNER, Anvil
from tests.services.forge import Forge
from tests.services.kubo import Node

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


def written(folder: Path, settings: str, text: str) -> str:
    """A repository with both workflows and a site with one article; its commit."""
    (folder / "content").mkdir(parents=True)
    (folder / "publish.toml").write_text(f"[site]\ntitle = 'Example'\n{settings}")
    (folder / "content/about.md").write_text(f"---\ntitle: About\n---\n\n{text}\n")
    action = folder / VALUES.action
    action.mkdir(parents=True)
    shutil.copy(CHECKOUT / "action.yml", action)
    shutil.copy(CHECKOUT / "constraints.txt", action)
    (folder / ".github/workflows").mkdir(parents=True)
    for name in NAMES:
        made = filled(f"github/{name}.yml", VALUES).replace('install: "."', "install: none")
        # The runner checks out only what is there, so the test itself plays the checkout of a commit.
        made = re.sub(r"\n +ref: .*", "", made)
        (folder / f".github/workflows/{name}.yml").write_text(made)
    return commit(folder, "All")


def test_a_pull_request_of_a_fork_is_previewed_and_learns_no_secret(
    tmp_path: Path, kubo: Node, chain: Anvil, forge: Forge
) -> None:
    """The runner has no event `workflow_run` of its own, no environments and no concurrency: the test plays them."""
    secrets = {"PUBLISH_KUBO_API": kubo.api, "PUBLISH_RPC": f"{chain.url}/rpc-key-77", "GITHUB_TOKEN": forge.token}
    secrets |= {"PUBLISH_KEY": OWNER.key}
    settings = (
        "[ci]\npreview-gateway = 'https://{root}.preview.example.org'\n"
        "[stores.local]\nkind = 'kubo'\napi = 'env:PUBLISH_KUBO_API'\n"
        "[names.main]\nkind = 'ens'\nname = 'demo.eth'\nrpc = ['env:PUBLISH_RPC']\nchain-id = 31337\n"
        "signer = 'env:PUBLISH_KEY'\n"
    )
    evil = settings.replace("'env:PUBLISH_KUBO_API'", "'http://evil.example.org'").replace(
        "preview.example", "evil.example"
    )
    here, fork = tmp_path / "repository", tmp_path / "fork"
    written(here, settings, "First words.")
    head = written(fork, evil, "Other words.")
    forge.pull(12, head, source=FORK, branch="main")
    env = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": forge.repository, "GITHUB_RUN_ID": "7"}
    runner, path = Runner(tmp_path / "runner", env), program(tmp_path / "bin")
    repository = {"full_name": "anna/site", "default_branch": "main", "fork": False}
    pull = {"number": 12, "head": {"sha": head}, "updated_at": "2026-11-30T10:00:00Z"}
    payload = {"action": "synchronize", "pull_request": pull, "repository": repository}
    built = runner.run(fork, "preview-build.yml", "pull_request", payload, program=path)
    assert built.code == 0, built.said()[-3000:]
    run = {"event": "pull_request", "conclusion": "success", "head_sha": head, "head_branch": "main", "id": 7}
    run |= {"created_at": "2026-11-30T10:00:00Z", "head_repository": {"full_name": FORK}}
    payload = {"action": "completed", "workflow_run": run, "repository": repository}
    shown = runner.run(here, "preview.yml", "workflow_run", payload, secrets=secrets, program=path)
    assert shown.code == 0, shown.said()[-3000:]
    root = built.outputs("build")["root"]
    assert kubo.pins()[root].startswith("preview/demo.eth/pr-12/")
    assert forge.statuses[head][-1]["target_url"] == f"https://{root}.preview.example.org/"
    assert root in forge.texts(12)[0]
    assert shown.skipped("close")
    payload = {"action": "closed", "pull_request": {"number": 12}, "repository": repository}
    closed = runner.run(here, "preview.yml", "pull_request_target", payload, secrets=secrets, program=path)
    assert closed.code == 0, closed.said()[-3000:]
    assert root not in kubo.pins()
    assert closed.skipped("preview")
    for secret in (OWNER.key.removeprefix("0x"), "rpc-key-77", kubo.api, forge.token):
        assert secret not in built.log
        assert secret not in forge.texts(12)[0] + json.dumps(forge.statuses)
        assert all(secret not in each.body.decode() for each in forge.requests)
        for done, job in ((shown, "preview"), (closed, "close")):
            assert_masked(done, job, secret)


def assert_masked(done: Run, job: str, secret: str) -> None:
    """The log of a job and its summary do not have the secret."""
    assert secret not in done.said(job)
    assert secret not in done.summary(job)
