"""Run an embedded chain with ENS, for the demonstration and the tests. The extra `devnet` is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from publisher.fast_dataclass import dataclass, field

KEY = "0x" + "67617a657468" * 5 + "2e64"
"""A private key that everyone knows. It owns the demonstration's names on a chain that ends with the process."""


DEPTH = sys.getrecursionlimit()


@dataclass(frozen=True, slots=True)
class Devnet:
    """A running embedded chain: its URL and id, and the address and private key that own its names."""

    url: str
    chain_id: int
    owner: str
    key: str = field(repr=False)


@contextmanager
def devnet(names: Sequence[str] = ("demo.eth",), migrated: Sequence[str] | None = None) -> Iterator[Devnet]:
    """Start a chain on which `names` exist, serve it over HTTP, and yield it. Its state is lost at the end.

    The chain has ENS version 1 if `migrated` is None. Otherwise it has version 2, and the .eth names in `migrated` are
    names of version 2. The names in `names` are names of version 1, which a chain with version 2 still resolves.

    Raises ImportError if the extra `devnet` is not installed.
    """
    from eth_account import Account

    from publisher.devnet.chain import embedded_chain
    from publisher.devnet.server import RpcServer

    owner = Account.from_key(KEY).address
    answer, chain_id = embedded_chain(owner, names, migrated)
    sys.setrecursionlimit(DEPTH)  # The libraries raise the limit so far that deeply nested JSON would crash Python.
    server = RpcServer(answer)
    server.start()
    try:
        yield Devnet(server.url, chain_id, owner, KEY)
    finally:
        server.stop()
