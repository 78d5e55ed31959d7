"""Ethereum's libraries, imported without what they do to the whole process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_deeper() -> Iterator[None]:
    """Import something of web3 or eth_account, and keep Python's own limit of recursion.

    py_ecc, far below them, raises it to 100,000: then a node that answers 100,000 brackets would not be an error, but
    would overflow the stack and end the process.
    """
    depth = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
