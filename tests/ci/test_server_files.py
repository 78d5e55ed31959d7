"""The hook of a server, run by a real push. A script stands for the program."""

import os
import subprocess
from pathlib import Path

import pytest

from publisher.ci.templates import PipelineValues, filled
from tests.ci.test_newest_commit import clone, commit
from tests.services.git import git

__all__ = ["clone"]


@pytest.fixture
def bare(clone: Path) -> Path:
    """The bare repository of `clone`, with the hook."""
    remote = clone.parent / "remote"
    hook = remote / "hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(filled("server/post-receive", PipelineValues(branch="main")))
    hook.chmod(0o755)
    return remote


def pushed(clone: Path, text: str) -> str:
    """Push a commit and return it. Fail if the hook did not run the program in a work tree of this commit."""
    program = clone.parent / "program"
    asked = "ci run publish --fails-without-credentials"
    program.write_text(f'#!/bin/sh\n[ "$*" = "{asked}" ] && git ls-remote origin refs/heads/main >"$TOLD"\n')
    program.chmod(0o755)
    told = clone.parent / "told"
    told.write_text("")
    made = commit(clone, text)
    env = {**os.environ, "HOME": str(clone.parent), "PROGRAM": str(program), "TOLD": str(told)}
    push = ["git", "-c", "protocol.file.allow=always", "push", "-q", "origin", "main"]
    done = subprocess.run(push, cwd=clone, env=env, capture_output=True, text=True, check=False)
    assert made in told.read_text(), done.stderr
    (found,) = clone.parent.glob("*/publish-site/page.md")
    assert found.read_text() == text
    return made


def test_the_hook_goes_on_after_a_set_up_that_was_interrupted(clone: Path, bare: Path) -> None:
    git(bare.parent, "init", "-q", str(bare / "publish-site"))
    pushed(clone, "two")
    pushed(clone, "three")


def test_the_hook_follows_a_repository_that_was_moved(clone: Path, bare: Path) -> None:
    pushed(clone, "two")
    bare.rename(bare.with_name("moved"))
    git(clone, "remote", "set-url", "origin", str(bare.with_name("moved")))
    pushed(clone, "three")
