"""A runner cancels a job with SIGTERM. The run ends in order and leaves no secret, and the next one goes on."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.names.contenthash import decode
from tests.deploy.test_whole import PUBLISH
from tests.services.act import commit
from tests.services.chain import OWNER, Anvil
from tests.services.forge import Forge, Request
from tests.services.git import git
from tests.services.kubo import Node

pytestmark = pytest.mark.whole
NAME = "stopped.eth"
TOKEN = "a-token-that-the-node-ignores"
PATIENCE = 60


@dataclass
class Scene:
    """A checkout on a runner, with its environment, a node, a chain and a forge."""

    folder: Path
    chain: Anvil
    forge: Forge
    env: dict[str, str]

    def start(self) -> subprocess.Popen[str]:
        words = [*PUBLISH, "--json", "ci", "run", "publish"]
        site, pipe, nothing = self.folder / "site", subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(words, cwd=site, env=self.env, text=True, stdin=nothing, stdout=pipe, stderr=pipe)

    def events(self) -> list[str]:
        journal = self.folder / "site/.publish/journal.jsonl"
        return [json.loads(line)["event"] for line in journal.read_text().splitlines()]

    def files_with_a_secret(self) -> list[str]:
        secrets = [OWNER.key.removeprefix("0x").encode(), TOKEN.encode(), self.forge.token.encode()]
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return [str(path) for path in files if any(secret in path.read_bytes() for secret in secrets)]


@pytest.fixture
def scene(tmp_path: Path, kubo: Node, chain: Anvil, forge: Forge) -> Scene:
    site = tmp_path / "site"
    (site / "content").mkdir(parents=True)
    (site / "content/index.md").write_text("# Home\n\nA job was cancelled.\n")
    (site / ".gitignore").write_text(".publish/\n_site/\n")
    (site / "publish.toml").write_text(
        f'[site]\ntitle = "Stopped"\n\n'
        f'[stores.node]\nkind = "kubo"\napi = "{kubo.url}"\ntoken-env = "PUBLISH_TOKEN"\n\n'
        f'[names.main]\nkind = "ens"\nname = "{NAME}"\nrpc = ["{chain.url}"]\n'
        f'chain-id = 31337\nsigner = "env:PUBLISH_KEY"\n'
    )
    forge.branches["main"] = commit(site, "A site")
    chain.register(NAME)
    (tmp_path / "tmp").mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISH_", "GITHUB_"))}
    push = {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ID": "7"}
    push |= {"GITHUB_SHA": git(site, "rev-parse", "HEAD"), "GITHUB_WORKSPACE": str(site)}
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "outputs")}
    secrets = {"PUBLISH_KEY": OWNER.key, "PUBLISH_TOKEN": TOKEN, "PUBLISH_TOKEN_HOST": kubo.url}
    env = clean | forge.env | push | files | secrets | {"TMPDIR": str(tmp_path / "tmp")}
    return Scene(tmp_path, chain, forge, env)


def when_the_branch_is_asked_for(scene: Scene, run: subprocess.Popen[str]) -> None:
    """The site is stored, and nothing is signed."""

    def stop(request: Request) -> None:
        scene.forge.before = lambda later: None
        run.send_signal(signal.SIGTERM)
        time.sleep(1)

    scene.forge.before = stop


def when_the_transaction_waits(scene: Scene, run: subprocess.Popen[str]) -> None:
    """The transaction is signed and sent, and no block has it."""
    scene.chain.automine(False)
    end = time.monotonic() + PATIENCE
    while not scene.chain.pool():
        assert time.monotonic() < end
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("moment", "last"), [(when_the_branch_is_asked_for, "verified"), (when_the_transaction_waits, "sending")]
)
def test_a_cancelled_job_leaves_its_journal_and_no_secret_and_the_next_goes_on(
    moment: Callable[[Scene, subprocess.Popen[str]], None], last: str, scene: Scene
) -> None:
    with scene.start() as run:
        moment(scene, run)
        out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130, err
    found: dict[str, Any] = json.loads(out)
    assert found["error"]["kind"] == "Interrupted"
    assert "Traceback" not in err
    assert scene.events()[-1] == last
    assert "not finished" in (scene.folder / "summary").read_text()
    assert scene.files_with_a_secret() == []
    assert all(secret not in out + err for secret in (OWNER.key[2:], TOKEN, scene.forge.token))
    assert list((scene.folder / "tmp").iterdir()) == []
    assert scene.forge.deployments == []

    scene.chain.automine(True)
    scene.chain.mine()
    with scene.start() as again:
        out, err = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, err
    root = json.loads(out)["root"]
    assert decode(scene.chain.record(NAME)) == f"ipfs://{root}"
    assert len(scene.chain.mined()) == 1
    assert scene.events()[-1] == "finished"
    assert scene.files_with_a_secret() == []
