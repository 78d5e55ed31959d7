"""Which commit of a branch is the newest, by real git, and what a run does when it is not its own."""

import os
import time
from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.git_commit import branch_of, commit_of
from publisher.app.newest_commit import newest_only
from publisher.ci.git_remote import branch_head
from publisher.ci.newest_commit import before_move
from publisher.ci.pipeline import Pipeline
from publisher.errors import ConfigError, PublishError, StoreRefused, StoreUnreachable, Unfinished
from tests.services.git import git

OLD, NEW = "1" * 40, "2" * 40


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A work tree with one commit, whose remote repository is beside it."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote")
    git(tmp_path, "clone", "-q", "remote", "clone")
    folder = tmp_path / "clone"
    git(folder, "checkout", "-q", "-b", "main")
    commit(folder, "one")
    git(folder, "push", "-q", "origin", "main")
    return folder


def commit(folder: Path, text: str) -> str:
    (folder / "page.md").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", text)
    return git(folder, "rev-parse", "HEAD")


def test_the_newest_commit_is_asked_of_the_remote_and_not_of_the_work_tree(clone: Path) -> None:
    first = git(clone, "rev-parse", "HEAD")
    second = commit(clone, "two")
    assert branch_head(clone, "main", os.environ) == first
    git(clone, "push", "-q", "origin", "main")
    assert branch_head(clone, "main", os.environ) == second
    git(clone, "reset", "-q", "--hard", first)
    third = commit(clone, "three")
    git(clone, "push", "-q", "--force", "origin", "main")
    assert branch_head(clone, "main", os.environ) == third != second


def test_a_shallow_clone_with_a_detached_head_is_enough(clone: Path, tmp_path: Path) -> None:
    commit(clone, "two")
    git(clone, "push", "-q", "origin", "main")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path}/remote", "shallow")
    shallow = tmp_path / "shallow"
    git(shallow, "checkout", "-q", "--detach")
    assert branch_head(shallow, "main", os.environ) == commit_of(shallow) == git(clone, "rev-parse", "HEAD")
    assert (branch_of(shallow), branch_of(clone), branch_of(tmp_path)) == ("", "main", "")
    assert newest_only(Session(site=shallow), Pipeline()) is None
    reason = newest_only(Session(site=shallow), Pipeline(branch="main"))
    assert reason is not None
    assert reason() == ""


def test_a_scheduled_run_that_builds_another_branch_asks_for_that_branch(clone: Path) -> None:
    """The forge starts scheduled runs for its default branch, whatever branch the run checks out and publishes."""
    git(clone, "checkout", "-q", "-b", "trunk")
    mine = git(clone, "rev-parse", "HEAD")
    git(clone, "config", "remote.origin.url", "https://forge.example/Ann/site.git")
    scheduled, heads = Pipeline(branch="main", commit=OLD, repository="ann/site"), {"main": OLD, "trunk": NEW}
    reason = newest_only(Session(site=clone), scheduled, heads.__getitem__, builds=True)
    assert reason is not None
    assert reason() == f"the newest commit of trunk is {NEW[:12]}, and this run is for {mine[:12]}"
    heads["trunk"] = mine
    assert reason() == ""
    # A CAR file was built by the run, and the work tree of another repository says nothing about this one.
    other = Pipeline(branch="main", commit=OLD, repository="ann/other-site")
    for pipeline, builds in ((scheduled, False), (other, True)):
        reason = newest_only(Session(site=clone), pipeline, {"main": OLD}.__getitem__, builds=builds)
        assert reason is not None
        assert reason() == ""


def test_a_run_is_for_the_commit_that_it_builds_and_not_for_the_one_that_started_it(clone: Path) -> None:
    """A job may wait for another one. Then it checks out a newer commit than the one for which the forge started it."""
    git(clone, "config", "remote.origin.url", "https://forge.example/ann/site.git")
    mine = git(clone, "rev-parse", "HEAD")
    heads = {"main": mine}
    for words in (("checkout", "-q", "main"), ("checkout", "-q", "--detach")):
        git(clone, *words)
        late = Pipeline(branch="main", commit=OLD, repository="ann/site")
        reason = newest_only(Session(site=clone), late, heads.__getitem__, builds=True)
        assert reason is not None
        assert reason() == ""
        heads["main"] = OLD
        assert reason() == f"the newest commit of main is {OLD[:12]}, and this run is for {mine[:12]}"
        heads["main"] = mine


def test_a_branch_whose_name_only_ends_alike_is_another_branch(clone: Path) -> None:
    git(clone, "push", "-q", "origin", "main:refs/heads/refs/heads/gone")
    assert branch_head(clone, "gone", os.environ) == ""
    assert branch_head(clone, "ma*", os.environ) == ""


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (OLD, ""),
        (OLD.upper(), ""),
        (NEW, "the newest commit of main is 222222222222, and this run is for 111111111111"),
        ("", "the branch main does not exist any more"),
    ],
)
def test_a_name_moves_only_for_the_newest_commit(head: str, reason: str) -> None:
    assert before_move(OLD, "main", lambda: head)() == reason


@pytest.mark.parametrize(
    ("error", "kind"),
    [(StoreUnreachable("forge", "no answer"), Unfinished), (StoreRefused("forge", "no permission"), StoreRefused)],
)
def test_who_cannot_be_asked_leaves_the_name_and_says_so(error: PublishError, kind: type[PublishError]) -> None:
    def newest() -> str:
        raise error

    with pytest.raises(kind, match="the name was not moved"):
        before_move(OLD, "main", newest)()


def test_a_remote_that_is_gone_is_told_without_its_key(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "http://ann:hunter2@127.0.0.1:9/site.git")
    with pytest.raises(Unfinished, match="the newest commit of main is unknown") as error:
        branch_head(clone, "main", os.environ)
    assert "hunter2" not in str(error.value)
    assert error.value.exit_code == 75


def test_without_git_the_run_says_so(clone: Path) -> None:
    with pytest.raises(ConfigError, match="this program is not installed"):
        branch_head(clone, "main", {"PATH": "/nowhere"})


@pytest.fixture
def hanging(clone: Path, tmp_path: Path) -> Path:
    """A work tree whose remote never answers: its ssh starts a program that outlives it, and writes what it got."""
    git(clone, "remote", "set-url", "origin", "ann@forge.example:site.git")
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nenv > "{tmp_path}/env"\nsleep 60 &\necho $! > "{tmp_path}/pid"\nwait\n')
    ssh.chmod(0o755)
    return ssh


def test_a_remote_that_hangs_ends_with_the_patience_and_leaves_no_process(hanging: Path, clone: Path) -> None:
    env = {**os.environ, "GIT_SSH_COMMAND": str(hanging), "PUBLISH_KEY": "hunter2", "GIT_DIR": "/nowhere"}
    begun = time.monotonic()
    with pytest.raises(Unfinished, match="did not answer within 2 s"):
        branch_head(clone, "main", env, patience=2)
    assert time.monotonic() - begun < 20
    assert "hunter2" not in (hanging.parent / "env").read_text()
    pid = int((hanging.parent / "pid").read_text())
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "sleep" in Path(f"/proc/{pid}/comm").read_text():
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break
        assert time.monotonic() < until, "the program that git started still runs"
        time.sleep(0.01)


def test_ctrl_c_is_reported_as_such_also_if_git_has_ended_meanwhile(clone: Path, tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nsleep 0.3\nkill -INT $PPID\n")
    program.chmod(0o755)
    with pytest.raises(KeyboardInterrupt):
        branch_head(clone, "main", {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})


def test_files_of_the_author_that_look_like_a_repository_run_no_program(clone: Path, tmp_path: Path) -> None:
    evil = clone / "content"
    git(clone, "init", "-q", "--bare", "content")
    git(evil, "config", "core.sshCommand", f"touch {tmp_path}/owned; false")
    git(evil, "config", "remote.origin.url", "ann@forge.example:site.git")
    with pytest.raises(Unfinished):
        branch_head(evil, "main", os.environ)
    assert not (tmp_path / "owned").exists()
