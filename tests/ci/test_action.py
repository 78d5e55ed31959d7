"""The action and the workflow of this project on a real runner."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.names.contenthash import decode
from tests.services import chain as chains
from tests.services import kubo as nodes
from tests.services.act import CHECKOUT, Run, Runner, commit, program
from tests.services.chain import OWNER, Anvil
from tests.services.forge import Forge
from tests.services.kubo import Node

pytestmark = pytest.mark.whole
TOKEN = "kubo-token-93ab5c"
PARTS = ("templates", "content", "publish.toml", "constraints.txt", "action.yml", ".github")


def push(commit: str) -> dict[str, object]:
    repository = {"full_name": "anna/site", "default_branch": "main", "fork": False}
    return {"ref": "refs/heads/main", "after": commit, "repository": repository}


@pytest.fixture(scope="module")
def mainnet() -> Iterator[Anvil]:
    """A chain with the number of the main network, on which the name of this project is."""
    with chains.running("--chain-id", "1") as anvil:
        anvil.register("gazeth.eth")
        yield anvil


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that asks for a token."""
    rights = {"ci": {"AuthSecret": f"bearer:{TOKEN}", "AllowedPaths": ["/api/v0"]}}
    node = nodes.prepare(tmp_path_factory.mktemp("guarded") / "repo", API={"Authorizations": rights})
    node.credentials = f"Bearer {TOKEN}"
    try:
        node.start()
        yield node
    finally:
        node.stop()


def test_this_project_publishes_itself_with_its_own_action(
    tmp_path: Path, mainnet: Anvil, guarded: Node, forge: Forge
) -> None:
    """The test plays what the runner lacks: the environment, its secrets and the concurrency group."""
    repository = copied(tmp_path / "repository")
    workflow = repository / ".github/workflows/publish.yml"
    workflow.write_text(workflow.read_text().replace('install: ".[diagrams]"', "install: none"))
    head = forge.branches["main"] = commit(repository, "All")
    env = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": forge.repository, "GITHUB_RUN_ID": "7"}
    secrets = {"PUBLISH_KEY": OWNER.key, "PUBLISH_RPC": mainnet.url, "PUBLISH_KUBO_API": guarded.url}
    secrets |= {"PUBLISH_KUBO_TOKEN": TOKEN, "GITHUB_TOKEN": forge.token}
    done = Runner(tmp_path / "runner", env).run(
        repository,
        "publish.yml",
        "push",
        push(head),
        secrets=secrets,
        variables={"PUBLISH_KUBO_TOKEN_HOST": guarded.url.partition("//")[2]},
        program=program(tmp_path / "bin"),
    )
    (tmp_path / "log").write_text(done.log)
    assert done.code == 0, done.said()[-3000:]
    found = done.outputs("deploy")
    assert decode(mainnet.record("gazeth.eth")) == f"ipfs://{found['root']}"
    assert found["root"] in guarded.pins()
    assert found["root"] == done.outputs("build")["root"]
    assert found["name-changed"] == "true"
    assert found["transaction"] in mainnet.mined()
    assert "gazeth&#46;eth shows a new root" in done.summary("deploy")
    (deployment,) = forge.deployments
    assert (deployment["ref"], deployment["environment"]) == (head, "gazeth.eth")
    assert_nothing_leaked(done, [OWNER.key.removeprefix("0x"), TOKEN, forge.token])


def copied(folder: Path) -> Path:
    """This project as a repository of its own."""
    folder.mkdir()
    leave = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        if (CHECKOUT / part).is_dir():
            shutil.copytree(CHECKOUT / part, folder / part, ignore=leave)
        else:
            shutil.copy(CHECKOUT / part, folder)
    return folder


def assert_nothing_leaked(done: Run, secrets: list[str]) -> None:
    for secret in secrets:
        assert secret not in done.log
    for job in ("build", "deploy"):
        assert all(secret not in done.summary(job) for secret in secrets)
