"""The story of a site in a repository: its pipeline is written, a merge moves the name, and what goes wrong on the way.

Git, the node, the chain, the runner and the program are real. The tests say where they play a part of the forge.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.names.contenthash import decode
from tests.ci.test_written import ALLOWED, tags
from tests.forkserver import Forkserver
from tests.services import chain as chains
from tests.services.act import Runner, commit, program
from tests.services.chain import OTHER, OWNER, Anvil
from tests.services.forge import Forge, running_forge
from tests.services.git import git
from tests.services.kubo import Node

pytestmark = pytest.mark.whole
NAME = "story.eth"
PREVIEWS = "[ci]\npreview-gateway = 'https://{root}.preview.example.org'\n"
FEATURED = "---\ntitle: {title}\ndate: 2026-01-{day:02}\n---\n\n{text}\n"


@dataclass
class Story:
    """The author's repository, a bare repository that stands for the one at the forge, and the services."""

    folder: Path
    kubo: Node
    chain: Anvil
    forge: Forge
    forkserver: Forkserver
    jobs: int = 0
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def author(self) -> Path:
        return self.folder / "author"

    def write(self, name: str, text: str) -> None:
        (self.author / "content/posts" / name).write_text(text, encoding="utf-8")

    def merge(self, message: str) -> str:
        """Commit what the author wrote and push it to the main branch; the commit."""
        made = commit(self.author, message)
        git(self.author, "push", "--quiet", "--force", "remote", "HEAD:main")
        self.forge.branches["main"] = made
        return made

    def checkout(self, *words: str) -> Path:
        """A fresh clone, as a runner makes it: of one commit, without a branch, and without a journal."""
        self.jobs += 1
        job = self.folder / f"job-{self.jobs}"
        git(self.folder, "clone", "--quiet", *words, f"file://{self.folder}/remote", str(job))
        git(job, "checkout", "--quiet", "--detach")
        return job

    def env(self, job: Path, **more: str) -> dict[str, str]:
        """What a step of the deploy job has in its environment on the forge."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISH_", "GITHUB_"))}
        files = {"GITHUB_STEP_SUMMARY": f"{job}.summary", "GITHUB_OUTPUT": f"{job}.outputs"}
        push = {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ID": "7"}
        push |= {"GITHUB_SHA": git(job, "rev-parse", "HEAD"), "GITHUB_WORKSPACE": str(job)}
        return clean | self.forge.env | push | files | self.secrets | more

    def step(
        self, job: Path, *words: str, killed: tuple[int, str] | None = None, code: int = 0, **more: str
    ) -> dict[str, Any]:
        """`publish ci run` in a checkout; its JSON object, or nothing if it was killed."""
        done = self.forkserver.run(("--json", "ci", "run", *words), job, self.env(job, **more), killed)
        assert done.returncode == code, done.stdout + done.stderr
        self.hears_no_secret(done.stdout + done.stderr)
        for file in (Path(f"{job}.summary"), Path(f"{job}.outputs")):
            self.hears_no_secret(file.read_text() if file.exists() else "")
        return json.loads(done.stdout) if done.stdout else {}

    def step_killed(self, number: int) -> int:
        """Run a job that dies after its event `number`; its exit code."""
        job = self.checkout()
        return self.forkserver.run(("ci", "run", "deploy", "out"), job, self.env(job), (number, "after")).returncode

    def states(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        """The states of a deployment, newest first."""
        found: list[dict[str, Any]] = deployment["states"]
        return found[::-1]

    def hears_no_secret(self, text: str) -> None:
        for secret in (OWNER.key.removeprefix("0x"), self.forge.token):
            assert secret not in text

    def shows(self) -> str:
        return decode(self.chain.record(NAME)).removeprefix("ipfs://")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, shared_kubo: Node, forkserver: Forkserver) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    with chains.running() as chain, running_forge() as forge:
        chain.register(NAME)
        made = Story(folder, shared_kubo, chain, forge, forkserver, secrets={"PUBLISH_KEY": OWNER.key})
        subprocess.run([f"{program(folder / 'bin')}/publish", "init", made.author], check=True, capture_output=True)
        (made.author / "publish.toml").write_text(
            f'[site]\ntitle = "Story"\n\n[stores.node]\nkind = "kubo"\napi = "{shared_kubo.api}"\n\n[names.main]\n'
            f'kind = "ens"\nname = "{NAME}"\nrpc = ["{chain.url}"]\nchain-id = 31337\nsigner = "env:PUBLISH_KEY"\n'
        )
        git(folder, "init", "--quiet", "--bare", "remote")
        commit(made.author, "A new site")
        git(made.author, "remote", "add", "remote", f"file://{folder}/remote")
        yield made


def test_1_a_merge_moves_the_name_and_the_job_with_the_key_gets_a_car(story: Story) -> None:
    """`publish ci init` writes the files. The test plays the environment `production`, which holds the secret."""
    written = story.forkserver.run(
        ("ci", "init", "--for", "github", "--install", "none"), story.author, story.env(story.author)
    )
    assert written.returncode == 0, written.stderr
    head = story.merge("The pipeline")
    env = {"GITHUB_API_URL": story.forge.url, "GITHUB_REPOSITORY": story.forge.repository, "GITHUB_RUN_ID": "7"}
    payload = {"ref": "refs/heads/main", "after": head, "repository": {"default_branch": "main", "fork": False}}
    done = Runner(story.folder / "runner", env).run(
        story.author,
        "publish.yml",
        "push",
        payload,
        secrets={**story.secrets, "GITHUB_TOKEN": story.forge.token},
        program=str(story.folder / "bin"),
    )
    assert done.code == 0, done.said()[-3000:]
    found = done.outputs("deploy")
    assert story.shows() == found["root"] == done.outputs("build")["root"]
    assert found["root"] in story.kubo.pins()
    assert (found["name-changed"], found["transaction"]) == ("true", story.chain.mined()[-1])
    assert found["url"] == f"https://{NAME}.limo/"
    assert re.search(r"\d+ pages? and \d+ files? added|\d+ pages, ", found["diff"])
    (deployment,) = story.forge.deployments
    assert (deployment["ref"], deployment["environment"]) == (head, NAME)
    story.hears_no_secret(done.log)
    story.hears_no_secret(done.summary("deploy"))


def test_2_a_second_merge_is_told_in_words_and_the_older_deployment_becomes_inactive(story: Story) -> None:
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="A sentence that nobody had read before."))
    head = story.merge("A sentence")
    job = story.checkout()
    found = story.step(job, "publish")
    assert story.shows() == found["root"]
    assert "<ins>" in (summary := Path(f"{job}.summary").read_text())
    assert "nobody had read before" in summary
    before, after = story.forge.deployments
    assert (after["ref"], [state["state"] for state in story.states(after)][:1]) == (head, ["success"])
    assert story.states(before)[0]["state"] == "inactive"


def test_3_a_pull_request_is_checked_without_secrets_and_its_fault_is_an_annotation(story: Story) -> None:
    """The test plays the forge, which gives a fork no secrets."""
    fork = story.folder / "fork"
    shutil.copytree(story.author, fork)
    (fork / "content/posts/broken.md").write_text(FEATURED.format(title="Broken", day=2, text="See [x](gone.md)."))
    (fork / ".github/workflows/check.yml").write_text(
        """name: check
on: pull_request
jobs:
  check:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - uses: ./.github/actions/publish
        continue-on-error: true
        with:
          command: check
          install: none
      - run: rm content/posts/broken.md
      - uses: ./.github/actions/publish
        id: again
        env:
          PUBLISH_KEY: ${{ secrets.PUBLISH_KEY }}
        with:
          command: publish
          install: none
      - env:
          ROOT: ${{ steps.again.outputs.root }}
        run: echo "the root is $ROOT"
"""
    )
    commit(fork, "A pull request")
    shown, sent = story.shows(), len(story.forge.requests)
    done = Runner(story.folder / "runner-3", {"GITHUB_API_URL": story.forge.url}).run(
        fork, "check.yml", "pull_request", {"number": 1}, program=str(story.folder / "bin")
    )
    assert done.code == 0, done.said()[-3000:]
    assert re.search(r"::error file=content/posts/broken\.md,line=6,col=\d+::", done.said())
    assert "this run is for a pull request" in done.said()
    assert re.search(r"the root is bafy\w+", done.said())
    assert "not published" in done.summary("check")
    assert (story.shows(), len(story.forge.requests)) == (shown, sent)


def test_4_a_job_that_is_cancelled_after_any_step_is_run_again_and_the_name_is_right(story: Story) -> None:
    """A cancelled job leaves no journal: the next one begins with a fresh checkout. A folder saves the builds."""
    (story.author / "out").mkdir()
    for number in range(20):
        (story.author / "out/index.html").write_text(f"<title>Step</title><p>Cancelled after step {number}.</p>")
        story.merge(f"Step {number}")
        spent = len(story.chain.mined())
        done = story.step_killed(number)
        if done == 0:
            break
        assert done == -9
        found = story.step(story.checkout("--depth=1"), "deploy", "out")
        assert story.shows() == found["root"]
        assert len(story.chain.mined()) == spent + 1
    else:
        pytest.fail("the run did not end")
    assert number >= 5


def test_5_a_force_push_while_a_job_runs_leaves_the_name_alone(story: Story) -> None:
    shown, records = story.shows(), len(story.forge.deployments)
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="This commit will be replaced."))
    story.merge("Will be replaced")
    job = story.checkout()
    git(story.author, "reset", "--quiet", "--hard", "HEAD~1")
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="This commit replaces it."))
    story.merge("Replaces it")
    found = story.step(job, "publish")
    assert [row["outcome"] for row in found["names"]] == ["superseded"]
    assert story.shows() == shown
    assert "a newer commit will be published" in Path(f"{job}.summary").read_text().replace("&#45;", "-")
    assert len(story.forge.deployments) == records
    assert story.step(story.checkout(), "publish")["names"][0]["outcome"] == "moved"


def test_6_without_a_token_git_is_asked_also_in_a_shallow_clone_and_a_detached_head(story: Story) -> None:
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="The one that is slow."))
    story.merge("Slow")
    slow = story.checkout("--depth=1")
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="The one that is newer."))
    story.merge("Newer")
    found = story.step(story.checkout("--depth=1"), "publish", PUBLISH_FORGE_TOKEN="")
    assert found["names"][0]["outcome"] == "moved"
    assert story.step(slow, "publish", PUBLISH_FORGE_TOKEN="")["names"][0]["outcome"] == "superseded"
    assert story.shows() == found["root"]


@pytest.mark.parametrize(
    ("key", "codes"),
    [(OWNER.key[:40], (2,)), ("0x" + "zz" * 32, (2,)), (OTHER.key, (5,)), ("correct horse battery staple", (2,))],
)
def test_7_a_wrong_or_truncated_key_stores_nothing_and_is_not_shown(
    key: str, codes: tuple[int, ...], story: Story
) -> None:
    pins, shown = story.kubo.pins(), story.shows()
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text=f"A key that ends in {key[-4:]}."))
    story.merge("A wrong key")
    job = story.checkout()
    done = story.forkserver.run(("-v", "ci", "run", "publish"), job, story.env(job, PUBLISH_KEY=key))
    assert done.returncode in codes, done.stderr
    said = done.stdout + done.stderr + Path(f"{job}.summary").read_text() + Path(f"{job}.outputs").read_text()
    assert key.removeprefix("0x") not in said
    assert (story.kubo.pins(), story.shows()) == (pins, shown)
    deployment = story.forge.deployments[-1]
    assert [state["state"] for state in story.states(deployment)] == ["failure"]


def test_8_two_builders_must_find_the_same_root_before_anything_is_stored(story: Story) -> None:
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="Built twice."))
    story.merge("Built twice")
    ours, theirs = story.checkout(), story.checkout()
    day = story.step(ours, "build", "--car", "site.car")["now"]
    assert story.step(theirs, "build", "--car", "site.car", "--now", day)["now"] == day
    (theirs / "content/posts/hello.md").write_text(FEATURED.format(title="Hello", day=1, text="Built otherwise."))
    story.step(theirs, "build", "--car", "other.car", "--now", day)
    pins, shown = story.kubo.pins(), story.shows()
    words = ("deploy", "site.car", "--now", day, "--same-root-as")
    failed = story.step(ours, *words, str(theirs / "other.car"), code=6)
    assert "posts/hello/index.html" in failed["error"]["message"]
    assert (story.kubo.pins(), story.shows()) == (pins, shown)
    found = story.step(ours, *words, str(theirs / "site.car"))
    assert story.shows() == found["root"] != shown


EVIL = 'main";$(touch${IFS}pwned)`id`<img/src=x>|@team#1::error'
"""The name of a branch, as git allows it, but for the colons that the forge itself would refuse."""


def test_9_the_name_of_a_branch_gives_no_orders_and_a_forge_that_refuses_a_record_is_a_warning(story: Story) -> None:
    story.write("hello.md", FEATURED.format(title="Hello", day=1, text="On a strange branch."))
    story.merge("Strange")
    job = story.checkout()
    story.forge.branches[EVIL] = "e" * 40
    found = story.step(job, "publish", GITHUB_REF=f"refs/heads/{EVIL}")
    assert "the newest commit of main" in found["names"][0]["why"]
    assert tags(Path(f"{job}.summary").read_text()) <= ALLOWED
    assert not [*story.folder.rglob("pwned")]
    story.forge.fail(r"POST .*/deployments", 403, "Resource not accessible by integration")
    found = story.step(job, "publish")
    story.forge.faults.clear()
    assert found["names"][0]["outcome"] == "moved"
    assert any("the forge has no record of this deployment" in warning for warning in found["warnings"])


def test_10_a_pull_request_of_a_fork_is_previewed_and_the_merge_publishes_the_same_root(story: Story) -> None:
    """The test plays the events and the environment `preview`, which has no key. It also plays the checkouts of a ref.

    The pull request changes the settings and the workflows too. Only its own build without secrets reads them.
    """
    fork, here = story.folder / "preview-fork", story.folder / "preview-base"
    text = FEATURED.format(title="Hello", day=1, text="Words that only reviewers have read. <b>@anna</b>")
    for folder in (fork, here):
        git(story.folder, "clone", "--quiet", f"file://{story.folder}/remote", str(folder))
        git(folder, "remote", "set-url", "origin", "https://github.com/anna/site")
        for file in folder.glob(".github/workflows/publish-preview*.yml"):
            file.write_text(re.sub(r"\n +ref: .*", "", file.read_text()))
    (here / "publish.toml").write_text(PREVIEWS + (here / "publish.toml").read_text())
    (fork / "publish.toml").write_text(
        (fork / "publish.toml").read_text().replace(story.kubo.api, "http://evil.example")
    )
    (fork / ".github/workflows/evil.yml").write_text("on: push\njobs: {}\n")
    (fork / "content/posts/hello.md").write_text(text)
    head, _ = commit(fork, "Hello"), commit(here, "Previews")
    story.forge.pull(12, head, source="mallory/site", branch="main")
    env = {"GITHUB_API_URL": story.forge.url, "GITHUB_REPOSITORY": story.forge.repository, "GITHUB_RUN_ID": "7"}
    runner, tools = Runner(story.folder / "runner-10", env), str(story.folder / "bin")
    repository = {"full_name": story.forge.repository, "default_branch": "main", "fork": False}
    day = datetime.now(UTC).date().isoformat()
    payload: dict[str, Any] = {"repository": repository, "pull_request": {"number": 12, "updated_at": f"{day}T1"}}
    built = runner.run(fork, "publish-preview-build.yml", "pull_request", payload, program=tools)
    assert built.code == 0, built.said()[-3000:]
    root, shown = built.outputs("build")["root"], story.shows()
    payload["workflow_run"] = {
        "event": "pull_request",
        "conclusion": "success",
        "created_at": f"{day}T1",
        "id": 7,
        "head_sha": head,
        "head_branch": "main",
        "head_repository": {"full_name": "mallory/site"},
    }
    secrets = {"GITHUB_TOKEN": story.forge.token, **story.secrets}
    done = runner.run(here, "publish-preview.yml", "workflow_run", payload, secrets=secrets, program=tools)
    assert done.code == 0, done.said()[-3000:]
    assert story.forge.statuses[head][-1]["target_url"] == f"https://{root}.preview.example.org/"
    (comment,) = story.forge.texts(12)
    assert "only reviewers have read" in comment
    assert "@anna" not in comment
    assert (story.shows(), story.kubo.pins()[root].rpartition("/")[0]) == (shown, f"preview/{NAME}/pr-12")
    story.write("hello.md", text)
    story.merge("Hello")
    assert story.step(story.checkout(), "publish", "--now", day)["root"] == root == story.shows()
    closed = runner.run(here, "publish-preview.yml", "pull_request_target", payload, secrets=secrets, program=tools)
    assert closed.code == 0, closed.said()[-3000:]
    assert root in story.kubo.pins()  # The site has published it.
    assert (done.skipped("close"), closed.skipped("preview")) == (True, True)
    for run in (built, done, closed):
        story.hears_no_secret(run.said() + run.summary(""))


def test_11_two_jobs_at_once_spend_one_transaction(story: Story) -> None:
    """The test plays a forge without concurrency groups. Both jobs are for one commit, and neither has a journal."""
    (story.author / "out").mkdir(exist_ok=True)
    (story.author / "out/index.html").write_text("<title>Twice</title><p>Deployed by two jobs at once.</p>")
    story.merge("Two jobs")
    spent, jobs = len(story.chain.mined()), [story.checkout(), story.checkout()]
    words = [f"{story.folder}/bin/publish", "--json", "ci", "run", "deploy", "out"]
    running = [
        subprocess.Popen(
            words, cwd=job, env=story.env(job), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        for job in jobs
    ]
    found = [(json.loads(each.communicate(timeout=120)[0]), each.returncode) for each in running]
    assert [code for _, code in found] == [0, 0], found
    assert {story.shows()} == {data["root"] for data, _ in found}
    assert {data["names"][0]["outcome"] for data, _ in found} <= {"moved", "unchanged"}
    assert len(story.chain.mined()) == spent + 1


def test_99_no_request_to_the_forge_held_a_secret_of_the_site(story: Story) -> None:
    assert story.forge.requests
    for request in story.forge.requests:
        assert OWNER.key.removeprefix("0x") not in repr(request)
