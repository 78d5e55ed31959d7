"""The runner `act`, which runs workflows of GitHub Actions on this machine, without containers and without a network.

The actions of others are small stand-ins: `setup-python` takes the Python of the tests, `upload-artifact` and
`download-artifact` copy files, and `cache` notes what it was given and keeps nothing. `checkout` is the runner's own.
It ignores concurrency groups, environments and permissions.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services.binaries import binary
from tests.services.git import git

CHECKOUT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"uses: (actions/([\w-]+)@[0-9a-f]{40})")
STAND_INS = {
    "setup-python": 'dirname "$TEST_PYTHON" >> "$GITHUB_PATH"',
    "cache": 'echo "$IN_PATH" >> "$TEST_ARTIFACTS/cached"',
    "upload-artifact": 'mkdir -p "$TEST_ARTIFACTS/$IN_NAME" && cp -R "$IN_PATH" "$TEST_ARTIFACTS/$IN_NAME/"',
    "download-artifact": 'mkdir -p "${IN_PATH:-.}" && cp "$TEST_ARTIFACTS/$IN_NAME"/* "${IN_PATH:-.}"',
}
SECONDS = 300.0


@dataclass(frozen=True)
class Run:
    """One run of a workflow, as its log has it."""

    code: int
    log: str
    """Every line of the runner, in JSON."""
    rows: list[dict[str, Any]]

    def said(self, job: str = "") -> str:
        """What the steps of a job printed, or of all jobs."""
        return "".join(
            f"{row['msg']}\n".replace("\n\n", "\n") for row in self.rows if self._of(row, job) and "msg" in row
        )

    def outputs(self, job: str) -> dict[str, str]:
        """The outputs of all steps of a job."""
        found = [row for row in self.rows if self._of(row, job) and row.get("command") == "set-output"]
        return {row["name"]: row["arg"] for row in found}

    def summary(self, job: str) -> str:
        """The summary of a job in Markdown."""
        found = [row for row in self.rows if self._of(row, job) and row.get("command") == "summary"]
        return "".join(str(row.get("content", "")) for row in found)

    def skipped(self, job: str) -> bool:
        return not any(self._of(row, job) and row.get("stage") == "Main" for row in self.rows)

    def _of(self, row: Mapping[str, Any], job: str) -> bool:
        return not job or row.get("jobID") == job


@dataclass
class Runner:
    """A machine that runs the workflows of repositories. `folder` is its own."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    """What each step has in its environment."""

    def run(
        self,
        repository: Path,
        workflow: str,
        event: str,
        payload: Mapping[str, Any],
        *,
        secrets: Mapping[str, str] = {},
        variables: Mapping[str, str] = {},
        program: str = "",
        job: str = "",
    ) -> Run:
        """Run a file of .github/workflows for an event, or only one `job` of it and the jobs that it needs.

        `program` is a folder with `publish`, put on the PATH.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "artifacts").mkdir(exist_ok=True)
        (self.folder / "event.json").write_text(json.dumps(payload))
        for name, values in (("secrets", secrets), ("variables", variables)):
            (self.folder / name).write_text("".join(f"{key}={json.dumps(value)}\n" for key, value in values.items()))
        env = {"TEST_PYTHON": sys.executable, "TEST_ARTIFACTS": str(self.folder / "artifacts"), **self.env}
        env["PATH"] = os.pathsep.join(filter(None, [program, os.environ["PATH"]]))
        words = [str(binary("act")), event, "--json", "-P", "ubuntu-24.04=-self-hosted", "--pull=false"]
        words += ["--workflows", f".github/workflows/{workflow}", "--eventpath", str(self.folder / "event.json")]
        words += ["--secret-file", str(self.folder / "secrets"), "--var-file", str(self.folder / "variables")]
        words += ["--no-cache-server", "--action-cache-path", str(self.folder / "cache"), "--concurrent-jobs", "1"]
        words += ["--job", job] if job else []
        for pinned, name in self._pinned(repository):
            words += ["--local-repository", f"https://github.com/{pinned}={self._stand_in(name)}"]
        words += [word for key, value in env.items() for word in ("--env", f"{key}={value}")]
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "xdg"), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            words, cwd=repository, env=home, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=SECONDS
        )
        log = done.stdout + done.stderr
        return Run(done.returncode, log, [json.loads(line) for line in log.splitlines() if line.startswith("{")])

    def _pinned(self, repository: Path) -> set[tuple[str, str]]:
        files = [*(repository / ".github").rglob("*.yml"), *repository.glob("action.yml")]
        found = {pair for file in files for pair in PIN.findall(file.read_text(encoding="utf-8"))}
        return {(pinned, name) for pinned, name in found if name in STAND_INS}

    def _stand_in(self, name: str) -> Path:
        folder = self.folder / "stand-ins" / name
        folder.mkdir(parents=True, exist_ok=True)
        inputs = "".join(
            f"  {key}: {{required: false, default: ''}}\n"
            for key in ("name", "path", "key", "python-version", "retention-days", "run-id", "github-token")
        )
        (folder / "action.yml").write_text(
            f"name: {name}\ndescription: A stand-in of the tests.\ninputs:\n{inputs}"
            "runs:\n  using: composite\n  steps:\n    - shell: bash\n      env:\n"
            "        IN_NAME: ${{ inputs.name }}\n        IN_PATH: ${{ inputs.path }}\n"
            f"      run: {STAND_INS[name]}\n"
        )
        return folder


def commit(folder: Path, message: str) -> str:
    """Commit everything in a folder, which becomes a repository if it is none; the commit."""
    if not (folder / ".git").exists():
        git(folder, "init")
        git(folder, "remote", "add", "origin", "https://github.com/anna/site")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def program(folder: Path) -> str:
    """A folder with `publish`: the program of this checkout, as an installation would bring it."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "publish"
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from publisher.cli import main; main()"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    script.chmod(0o755)
    return str(folder)
