"""Ethereum's libraries do not change the process that imports them."""

import contextlib
import sys

import pytest

from publisher.names.libraries import no_deeper


@pytest.mark.parametrize("fault", [None, ImportError()])
def test_an_import_that_raises_the_limit_of_recursion_leaves_it_as_it_was(fault: ImportError | None) -> None:
    depth = sys.getrecursionlimit()
    with contextlib.suppress(ImportError), no_deeper():
        sys.setrecursionlimit(depth + 1)
        if fault is not None:
            raise fault
    assert sys.getrecursionlimit() == depth
