"""The scripts of the workflows for a rollback and for the schedule, run as they stand on real services."""

import html
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.ci.templates import PipelineValues, filled
from tests.ci.branch import Branch
from tests.services.chain import OWNER
from tests.services.forge import Forge
from tests.services.git import git


def jobs(name: str) -> dict[str, Any]:
    """The jobs of a workflow that `publish ci init` writes for a site with one secret, its key."""
    values = PipelineValues(secrets=("PUBLISH_KEY",), signing=("PUBLISH_KEY",))
    found: dict[str, Any] = yaml.safe_load(filled(f"github/{name}.yml", values))
    return found["jobs"]  # type: ignore[no-any-return]


TOKEN = "PUBLISH_FORGE_TOKEN"


@dataclass
class Runner:
    """A runner of the forge. Each job has a fresh clone of the branch."""

    branch: Branch
    forge: Forge

    @property
    def folder(self) -> Path:
        return self.branch.folder

    def checkout(self) -> Path:
        clone = self.branch.clone(f"job{len(list(self.folder.glob('job*')))}")
        git(clone, "remote", "set-url", "origin", f"{self.forge.env['GITHUB_SERVER_URL']}/{self.forge.repository}")
        return clone

    def env(self, clone: Path) -> dict[str, str]:
        plain = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        plain["PATH"] = f"{Path(sys.executable).parent}:{plain['PATH']}"
        commit = git(clone, "rev-parse", "HEAD")
        files = {name: str(self.folder / name) for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        branch = {"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": commit, "GITHUB_EVENT_NAME": "schedule"}
        return {**plain, **self.forge.env, **files, **branch}

    def job(self, workflow: str, **more: str) -> dict[str, int]:
        """Run the scripts of the only job of a workflow in a fresh checkout. Return the exit code of each step."""
        (job,), clone = jobs(workflow).values(), self.checkout()
        env = self.env(clone)
        secrets = {"PUBLISH_KEY": OWNER.key, TOKEN: env.pop(TOKEN)}
        codes: dict[str, int] = {}
        for step in job["steps"]:
            if "run" not in step or (any(codes.values()) and "if" not in step):
                continue
            given = {name: secrets[name] for name in step.get("env", {}) if name in secrets}
            added = dict(line.split("=", 1) for line in self.lines("GITHUB_ENV"))
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step["run"]],
                cwd=clone,
                env={**env, **given, **added, **more},
                capture_output=True,
                text=True,
            )
            codes[step["name"].split()[0]] = done.returncode
            assert OWNER.key[2:] not in done.stdout + done.stderr
        return codes

    def publish(self, *words: str) -> str:
        """Publish the newest commit from a fresh checkout. Return its root."""
        clone = self.checkout()
        command = ["publish", "ci", "run", "publish", *words]
        env = {**self.env(clone), "PUBLISH_KEY": OWNER.key}
        done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return self.branch.record().removeprefix("ipfs://")

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def summary(self) -> str:
        return html.unescape("\n".join(self.lines("GITHUB_STEP_SUMMARY")))

    def merge(self, name: str, text: str) -> None:
        self.forge.branches["main"] = self.branch.merge(f"content/posts/{name}", text)


@pytest.fixture
def runner(branch: Branch, forge: Forge) -> Runner:
    made = Runner(branch, forge)
    made.merge("one.md", "---\ntitle: One\ndate: 2026-01-01\n---\nText.\n")
    made.merge("due.md", "---\ntitle: Due\ndate: 2026-06-01\n---\nText.\n")
    return made


def test_a_schedule_publishes_what_became_due_and_does_not_undo_a_rollback(runner: Runner) -> None:
    first = runner.publish("--now", "2026-05-31")
    assert runner.job("scheduled") == {"Bind": 0, "Publish": 0, "Check": 0, "Unpin": 0}
    due = runner.branch.record()
    assert due != f"ipfs://{first}"
    assert runner.job("scheduled") == {"Bind": 0, "Publish": 0, "Check": 0, "Unpin": 0}
    assert (runner.branch.record(), len(runner.branch.chain.mined())) == (due, 2)
    assert "no article became due" in runner.summary()
    runner.merge("two.md", "---\ntitle: Two\ndate: 2026-01-02\n---\nText.\n")
    newest = runner.publish()
    for root in ("$(touch owned)", "--help"):
        assert runner.job("rollback", ROOT=root, DRY_RUN="false") == {"Store": 2}
    assert runner.job("rollback", ROOT=due, DRY_RUN="true") == {"Store": 0}
    assert not list(runner.folder.glob("*/owned"))
    assert runner.branch.record() == f"ipfs://{newest}"
    assert runner.job("rollback", ROOT=due, DRY_RUN="false") == {"Store": 0}, "it needs only a root and no journal"
    assert (runner.branch.record(), len(runner.branch.chain.mined())) == (due, 4)
    codes = runner.job("scheduled")
    assert codes == {"Bind": 0, "Publish": 6, "Check": 0, "Unpin": 0}, "the other steps run all the same"
    assert (runner.branch.record(), len(runner.branch.chain.mined())) == (due, 4)
    assert "after a rollback" in runner.summary()


def test_a_job_that_started_for_an_older_commit_publishes_and_records_the_one_that_it_built(runner: Runner) -> None:
    """The forge starts a scheduled job for one commit. While the job waits, another one is merged."""
    newest = runner.forge.branches["main"]
    older = git(runner.checkout(), "rev-parse", "HEAD~1")
    first = runner.publish("--now", "2026-05-31")
    assert runner.job("scheduled", GITHUB_SHA=older)["Publish"] == 0
    assert runner.branch.record() != f"ipfs://{first}"
    assert runner.forge.deployments[-1]["ref"] == newest


def test_only_the_steps_that_ask_the_forge_get_its_token() -> None:
    """The other steps install libraries and ask services."""
    (job,) = jobs("scheduled").values()
    assert "env" not in job
    given = [step["name"].split()[0] for step in job["steps"] if TOKEN in str(step.get("env"))]
    assert given == ["Publish", "Unpin"]


@pytest.mark.parametrize("workflow", ["rollback", "scheduled"])
def test_no_expression_stands_in_a_script_and_no_token_of_the_checkout_is_kept(workflow: str) -> None:
    for job in jobs(workflow).values():
        assert job["environment"] == "production"
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
