"""An embedded chain with ENS, for the demo and the tests. Needs the extra `devnet`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

KEY = "0x" + "67617a657468" * 5 + "2e64"
"""A key that everybody knows: it owns the demonstration's names on a chain that ends with the process."""


DEPTH = sys.getrecursionlimit()


@dataclass(frozen=True, slots=True)
class Devnet:
    """Where the chain answers, and who owns the names on it."""

    url: str
    chain_id: int
    owner: str
    key: str = field(repr=False)


@contextmanager
def devnet(names: Sequence[str] = ("demo.eth",)) -> Iterator[Devnet]:
    """A chain behind HTTP while the block lasts; its state is gone afterwards. ImportError without the extra."""
    from eth_account import Account

    from publisher.devnet.chain import embedded_chain
    from publisher.devnet.server import RpcServer

    owner = Account.from_key(KEY).address
    answer, chain_id = embedded_chain(owner, names)
    sys.setrecursionlimit(DEPTH)  # which the libraries raise so far that deep JSON would end the process
    server = RpcServer(answer)
    server.start()
    try:
        yield Devnet(server.url, chain_id, owner, KEY)
    finally:
        server.stop()
