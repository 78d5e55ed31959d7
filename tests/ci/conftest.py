"""A forge for each test of pipelines. It is quick to start, so its tests run in `make check` too."""

from collections.abc import Iterator

import pytest

from tests.services.forge import Forge, running_forge


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge without branches and pull requests."""
    with running_forge() as running:
        yield running
