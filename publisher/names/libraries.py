"""Import the Ethereum libraries without their side effect on the whole process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_deeper() -> Iterator[None]:
    """Restore Python's recursion limit after the body of the `with` block has imported web3 or eth_account.

    Their dependency py_ecc raises the limit to 100,000. With that limit, an answer of 100,000 nested brackets overflows
    the stack and ends the process. With the usual limit, it raises RecursionError.
    """
    depth = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
