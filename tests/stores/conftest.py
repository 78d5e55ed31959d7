"""A web server whose answers a test sets."""

from collections.abc import Iterator

import pytest

from tests.stores.fakeweb import FakeWeb, fake_web


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with fake_web() as one:
        yield one
