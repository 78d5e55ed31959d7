"""Ask the Universal Resolver for the resolver and the record of a name, as visitors do.

Every chain with ENS has this contract at the same address. ENS upgrades it in place. It knows the names of versions 1
and 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.errors import ConfigError, NameUnusable, RpcError
from publisher.names.ens import abi, rpc, unusable
from publisher.names.ens.normalize import Name
from publisher.names.ens.rpc import Chain, Query, QueryAnswers, Reverted, TransactionRefused
from publisher.names.ens.unusable import MANAGER

T = TypeVar("T")
ANOTHER = "run again, or name another end point in rpc of publish.toml"


def find_query(name: Name) -> Query[bytes]:
    """Return the query for the resolver of a name. `read_resolver` reads its answer."""
    return rpc.call(abi.UNIVERSAL_RESOLVER, abi.FIND_RESOLVER + abi.encode(name.dns))


def read_resolver(chain: Chain, name: Name, answers: QueryAnswers, query: Query[bytes]) -> tuple[str, int]:
    """Return the resolver in the answer to `find_query`, and an offset in `Name.dns`.

    The name that has this resolver begins at the offset.

    The resolver is "" if there is none. Raises NameUnusable if it cannot be found, RpcError if the end point refuses
    the query, and ConfigError if the chain has no ENS.
    """
    try:
        return _no_ens(chain, answers[query], lambda answer: (abi.read_address(answer), abi.read_word(answer, 2)))
    except Reverted as no:
        if no.data[:4] in (abi.NOT_FOUND, abi.NOT_CONTRACT):
            return "", 0
        raise NameUnusable(
            name.text,
            f"the resolver of the name cannot be found: {abi.reason(no.data)}",
            hint=f"look at {MANAGER}/{name.text}",
        ) from no
    except TransactionRefused as no:
        raise RpcError(
            chain.hosts[0], f"this end point refuses to look up {name.text}: {no.message}", hint=ANOTHER
        ) from no


def record_query(name: Name) -> Query[bytes]:
    """Return the query for the record through the Universal Resolver. `read_record` reads its answer."""
    data = abi.RESOLVE + abi.encode(name.dns, abi.CONTENTHASH + name.node, dynamic=2)
    return rpc.call(abi.UNIVERSAL_RESOLVER, data)


def read_record(chain: Chain, name: Name, answers: QueryAnswers, ask: Query[bytes]) -> bytes:
    """Return the record in the answer to `record_query`, or b"" if the name has none.

    Raises NameUnusable if the record cannot be read, RpcError if the end point refuses the query, and ConfigError if
    the chain has no ENS.
    """
    try:
        return _no_ens(chain, answers[ask], lambda answer: abi.read_bytes(abi.read_bytes(answer)))
    except Reverted as no:
        why = abi.unwrapped(no.data)
        if why[:4] in (abi.NOT_FOUND, abi.NOT_CONTRACT, abi.NO_PROFILE):
            return b""
        if why[:4] in abi.OFFCHAIN:
            raise unusable.offchain(name, abi.OFFCHAIN[why[:4]]) from no
        raise NameUnusable(
            name.text,
            f"the record cannot be read: {abi.reason(why)}",
            hint=f"set the public resolver for this name at {MANAGER}",
        ) from no
    except TransactionRefused as no:
        raise RpcError(
            chain.hosts[0], f"this end point refuses to read the record of {name.text}: {no.message}", hint=ANOTHER
        ) from no


def _no_ens(chain: Chain, answer: bytes, read: Callable[[bytes], T]) -> T:
    """Return `read(answer)` for an answer of the Universal Resolver.

    On a chain without this contract, every call succeeds with an empty answer. Raises ConfigError if the answer is
    empty, and RpcError if `read` raises ValueError.
    """
    if not answer:
        raise ConfigError(
            chain.hosts[0],
            f"chain {chain.number} has no Universal Resolver at {abi.UNIVERSAL_RESOLVER}",
            hint="set chain-id in publish.toml to a chain with ENS, such as 1",
        )
    try:
        return read(answer)
    except ValueError as error:
        raise RpcError(
            chain.hosts[0], f"the answer of the Universal Resolver cannot be read: {error}", hint=ANOTHER
        ) from error
