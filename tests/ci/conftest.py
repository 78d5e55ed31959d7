"""A forge for each test of pipelines, a repository with a pull request, and a branch that is published.

The forge is quick to start, so its tests run in `make check` too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.branch import Branch
from tests.ci.pull_requests import FORK, NEW, Repository
from tests.services.chain import Anvil
from tests.services.forge import Forge, running_forge
from tests.services.kubo import Node


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge without branches and pull requests."""
    with running_forge() as running:
        yield running


@pytest.fixture
def branch(tmp_path: Path, kubo: Node, chain: Anvil) -> Branch:
    """A branch without commits, and the services that its pipeline publishes to."""
    return Branch(tmp_path, kubo, chain)


@pytest.fixture
def repository(
    tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Repository:
    """A repository with one open pull request of a fork, number 12."""
    forge.pull(12, NEW, source=FORK)
    return Repository(tmp_path / "checkout", forge, monkeypatch, capfd)
