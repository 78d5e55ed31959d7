"""An embedded chain with ENS, for the demonstration and the tests. It needs the extra `devnet`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

KEY = "0x" + "67617a657468" * 5 + "2e64"
"""A key that everyone knows. It owns the demonstration's names on a chain that ends with the process."""


DEPTH = sys.getrecursionlimit()


@dataclass(frozen=True, slots=True)
class Devnet:
    """The URL of the chain, and the owner of its names."""

    url: str
    chain_id: int
    owner: str
    key: str = field(repr=False)


@contextmanager
def devnet(names: Sequence[str] = ("demo.eth",)) -> Iterator[Devnet]:
    """Yield a chain behind HTTP that has `names`. Its state is lost afterwards.

    Raises ImportError without the extra.
    """
    from eth_account import Account

    from publisher.devnet.chain import embedded_chain
    from publisher.devnet.server import RpcServer

    owner = Account.from_key(KEY).address
    answer, chain_id = embedded_chain(owner, names)
    sys.setrecursionlimit(DEPTH)  # the libraries raise it so far that deep JSON would end the process
    server = RpcServer(answer)
    server.start()
    try:
        yield Devnet(server.url, chain_id, owner, KEY)
    finally:
        server.stop()
