"""A forge for each test of pipelines. It is quick to start, so its tests run in `make check` too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.pull_requests import FORK, NEW, Repository
from tests.services.forge import Forge, running_forge


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge without branches and pull requests."""
    with running_forge() as running:
        yield running


@pytest.fixture
def repository(
    tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Repository:
    """A repository with one open pull request of a fork, number 12."""
    forge.pull(12, NEW, source=FORK)
    return Repository(tmp_path / "checkout", forge, monkeypatch, capfd)
