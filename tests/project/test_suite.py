"""Pytest collects the tests of every folder below `tests`."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def test_pytest_skips_no_folder_that_has_tests(pytestconfig: pytest.Config) -> None:
    """By default, pytest skips folders with names such as `build` and `dist`, without a message."""
    passed_over = pytestconfig.getini("norecursedirs")
    folders = {folder for path in TESTS.rglob("test_*.py") for folder in path.relative_to(TESTS).parents}
    names = {name for folder in folders for name in folder.parts}
    assert {"build", "site"} <= names
    assert [name for name in sorted(names) if any(fnmatch(name, pattern) for pattern in passed_over)] == []
