"""Ask the remote repository of a git work tree for the newest commit of a branch. It runs `git ls-remote`.

This works for every forge, and also for a plain server with SSH. It uses the credentials of the work tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from publisher.errors import ConfigError, Unfinished
from publisher.http.redact import short
from publisher.secrets.child_environment import PREFIX

PATIENCE = 30.0
"""Seconds within which the remote repository must answer."""
SAFE = ("-c", "safe.bareRepository=explicit", "-c", "protocol.ext.allow=never")
"""A folder of the author may look like a bare repository. Git would read its configuration, which can name programs."""
HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH")
"""Git sets these variables for a hook. They would lead git to the repository of the hook."""
SSH = "ssh -oBatchMode=yes -oConnectTimeout=10"
"""SSH fails instead of asking a person."""


def branch_head(
    folder: Path, branch: str, env: Mapping[str, str], *, remote: str = "origin", patience: float = PATIENCE
) -> str:
    """Return the hash of the newest commit of `branch` in the repository `remote`, or "" if it has no such branch.

    `folder` is in a work tree whose configuration names `remote`. `env` has the environment variables of this process.
    Git receives none of those that begin with PUBLISH_. Raises ConfigError if git is not installed, and Unfinished if
    the remote repository does not answer within `patience` seconds or if git fails.
    """
    ref = f"refs/heads/{branch}"
    code, out, err = _run(["ls-remote", "--", remote, ref], folder, env, patience)
    if code:
        raise Unfinished(
            "git",
            f"the newest commit of {branch} is unknown: {short(err) or f'git ended with {code}'}",
            hint="make sure that `git ls-remote` works in this folder, then run again",
        )
    # A pattern of git also matches refs that end with it, so the whole name of the ref is compared.
    rows = (line.partition("\t") for line in out.splitlines())
    return next((commit for commit, _, name in rows if name == ref), "")


def _run(words: list[str], folder: Path, env: Mapping[str, str], patience: float) -> tuple[int, str, str]:
    """Run git and return its exit code, its output and its last line of errors.

    Raises ConfigError if git is not installed, and Unfinished after `patience` seconds.
    """
    usual = {name: value for name, value in env.items() if name not in HOOK and not name.startswith(PREFIX)}
    clean = {"GIT_SSH_COMMAND": SSH, **usual, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        process = subprocess.Popen(
            ["git", *SAFE, *words],
            cwd=folder,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ConfigError(
            "git", "this program is not installed", hint="add git to the machine that runs the pipeline"
        ) from error
    with process:
        try:
            out, err = process.communicate(timeout=patience)
        except BaseException as error:
            # Git starts further programs, such as ssh, and they may run on after git has ended. So end the whole group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                what = f"the remote repository did not answer within {patience:g} s"
                raise Unfinished("git", what, hint="run again") from error
            raise
    return process.returncode, out, (err.strip().splitlines() or [""])[-1]
