"""Two merges, of which the first is slow: the name ends on the newer one. Git, the node and the chain are real."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from publisher.app.context import Session
from publisher.app.deploy_existing import deploy
from publisher.app.deploying import DeployOptions
from publisher.app.newest_commit import newest_only
from publisher.app.status import read_status
from publisher.ci.pipeline import Pipeline
from publisher.cli.deploy_report import deploy_report
from publisher.deploy.apply import Result
from publisher.deploy.verify import Check
from publisher.errors import Unfinished
from publisher.report import Report
from tests.ci.branch import Branch
from tests.services.chain import OWNER
from tests.services.git import git


@dataclass
class Job:
    """One run of the pipeline. `after_check` happens when the bytes are held and checked, just before the name."""

    folder: Path
    commit: str
    after_check: Callable[[], object] | None = None

    def run(self) -> dict[str, Any]:
        out = io.StringIO()
        env = {"PUBLISH_KEY": OWNER.key, "PATH": os.environ["PATH"], "HOME": str(self.folder)}
        session = Session(env, self.folder, report=Report(out, io.StringIO(), env, json=True))
        listener = deploy_report(session.report)

        def result(found: Result) -> None:
            listener.result(found)
            if isinstance(found, Check) and found.by == "local" and self.after_check is not None:
                self.after_check()

        newest = newest_only(session, Pipeline(forge="github", branch="main", commit=self.commit))
        options = DeployOptions(yes=True, before_move=newest)
        try:
            deploy(session, str(self.folder / "out"), options, replace(listener, result=result))
        finally:
            session.report.finish()
            session.close()
        found: dict[str, Any] = json.loads(out.getvalue())
        return found


def merge(branch: Branch, text: str) -> Job:
    """Merge a page and return the job of this commit."""
    commit = branch.merge("out/index.html", f"<title>Demo</title><p>{text}</p>")
    folder = branch.clone(f"job {text}")
    git(folder, "checkout", "-q", "--detach")
    return Job(folder, commit)


def test_a_slow_run_for_an_older_merge_leaves_the_name_to_the_newer_one(branch: Branch) -> None:
    newer: list[dict[str, Any]] = []
    first = merge(branch, "one")
    first.after_check = lambda: newer.append(merge(branch, "two").run())
    older = first.run()
    (name,) = older["names"]
    assert name["outcome"] == "superseded"
    assert name["why"].startswith("the newest commit of main is ")
    assert name["before"] == branch.record() == f"ipfs://{newer[0]['root']}" != f"ipfs://{older['root']}"
    assert newer[0]["names"][0]["outcome"] == "moved"
    assert older["root"] in branch.kubo.pins(), "its bytes are stored, so a rollback finds them"
    assert len(branch.chain.mined()) == 1
    with_status = Session({"PUBLISH_KEY": OWNER.key}, first.folder, report=Report(io.StringIO(), io.StringIO()))
    status = read_status(with_status, with_status.settings(), build=False)
    with_status.close()
    assert (str(status.root), status.faults, status.flying) == (newer[0]["root"], {}, [])
    again = replace(first, after_check=None).run()
    assert again["names"][0]["outcome"] == "superseded", "run again, it still leaves the name"


def test_an_older_run_that_moves_the_name_first_does_not_stop_the_newer_one(branch: Branch) -> None:
    older = merge(branch, "one")
    older_done: list[dict[str, Any]] = []
    newer = merge(branch, "two")

    def overtake() -> None:
        older_done.append(replace(older, commit=newer.commit).run())  # it asked before the second merge

    newer.after_check = overtake
    done = newer.run()
    assert older_done[0]["names"][0]["outcome"] == "moved"
    (name,) = done["names"]
    assert (name["outcome"], name["before"]) == ("moved", f"ipfs://{older_done[0]['root']}")
    assert name["cost"]["paid_wei"] <= done["plan"][-1]["max_wei"], "it spends no more than the plan showed"
    assert branch.record() == f"ipfs://{done['root']}"
    assert len(branch.chain.mined()) == 2


def test_a_branch_that_cannot_be_asked_for_leaves_the_name_and_the_next_run_moves_it(branch: Branch) -> None:
    job = merge(branch, "one")
    away = branch.folder / "away"
    job.after_check = lambda: (branch.folder / "remote").rename(away)
    with pytest.raises(Unfinished, match="the name was not moved") as error:
        job.run()
    assert error.value.exit_code == 75
    assert (branch.record(), len(branch.chain.mined())) == ("", 0)
    away.rename(branch.folder / "remote")
    assert replace(job, after_check=None).run()["names"][0]["outcome"] == "moved"
