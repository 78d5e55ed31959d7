"""Real services that any test may ask for by name, and a process that tests leave as they found it."""

import sys

import pytest

pytest_plugins = ["tests.services.chain", "tests.services.kubo"]

DEPTH = sys.getrecursionlimit()


@pytest.fixture(autouse=True)
def _python_as_it_begins() -> None:
    """Tests import web3 directly, which raises Python's limit of recursion until deep nesting ends the process."""
    sys.setrecursionlimit(DEPTH)
