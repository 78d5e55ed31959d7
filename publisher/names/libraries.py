"""Import Ethereum's libraries without their effect on the whole process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_deeper() -> Iterator[None]:
    """Import a part of web3 or eth_account, and keep Python's own recursion limit.

    py_ecc, a library far below them, raises the limit to 100,000. A node that answers 100,000 brackets would then not
    cause an error, but overflow the stack and end the process.
    """
    depth = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
