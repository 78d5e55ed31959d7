"""Find the resolver of a name, without a cache, and check that a transaction could change its record.

A transaction to a resolver that the name does not use costs as much, but changes a record that no one reads. So there
are six checks:

1. The name has a resolver.
2. The resolver is set for this name and not for a parent of it.
3. The resolver has code.
4. Its records are on this chain.
5. The resolver lets this sender change the record. A simulation shows it.
6. After the change, the Universal Resolver returns the new record (`shown`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from publisher.errors import ConfigError, NameUnusable, RpcError
from publisher.names import contenthash
from publisher.names.ens import abi, rpc
from publisher.names.ens.normalize import Name, normalise
from publisher.names.ens.rpc import Chain, Query, QueryAnswers, Reverted, TransactionRefused

T = TypeVar("T")
MANAGER = "https://app.ens.domains"
GRACE = 90 * 86400
"""The length of the grace period in seconds. It begins when the registration of a .eth name ends.

During this time only the owner can renew the name.
"""

ANOTHER = "run again, or name another end point in rpc of publish.toml"


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """The resolver that a name uses, and its present record."""

    name: Name
    resolver: str
    record: bytes
    ends: int | None
    """The end of the registration of a .eth name in seconds since 1970, or None if it is unknown."""

    @property
    def shows(self) -> str:
        """The record as a URI, or "" if it is empty."""
        return contenthash.describe(self.record)

    def calldata(self, record: bytes) -> bytes:
        """Return the data of the call that sets the record to `record`."""
        return abi.SET_CONTENTHASH + abi.encode(self.name.node, record)


@dataclass(frozen=True, slots=True)
class ResolverLookup:
    """The resolver of a name, and the answers to all queries of the same round trip."""

    resolver: str
    offset: int
    """The resolver is set for the name that begins at this offset in `Name.dns`. 0 means the whole name."""
    answers: QueryAnswers
    registrar: str
    """The contract that owns .eth, or "" if it is unknown."""


def find(chain: Chain, name: Name, extra: Sequence[Query[Any]] = ()) -> ResolverLookup:
    """Ask the Universal Resolver for the resolver of a name, and do checks 1 and 2. It takes one round trip.

    `extra` are further queries for the same round trip. Raises NameUnusable if a check fails, RpcError if the end
    points do not answer or differ, and ConfigError if the chain has no ENS.
    """
    ask = rpc.call(abi.UNIVERSAL_RESOLVER, abi.FIND_RESOLVER + abi.encode(name.dns))
    eth = rpc.call(abi.REGISTRY, abi.OWNER + Name("eth").node)
    answers = chain.query_agreed(ask, extra=(eth, *extra))
    resolver, offset = _resolver_of(chain, name, answers, ask)
    if not resolver:
        raise _no_resolver(chain, name)
    found = ResolverLookup(resolver, offset, answers, answers.perhaps(eth, abi.read_address) or "")
    if offset:
        raise _parents_resolver(chain, name, found)
    return found


def recognise(
    chain: Chain, name: Name, found: ResolverLookup, extra: Sequence[Query[Any]] = ()
) -> tuple[ResolvedName, QueryAnswers]:
    """Do checks 3 and 4 for the resolver in `found`, and read the record. It takes one round trip.

    `extra` are further queries for the same round trip. Raises NameUnusable if the record cannot be set in this
    resolver, RpcError if the end points do not answer or differ, and ConfigError if an end point is on another chain.
    """
    record = rpc.call(found.resolver, abi.CONTENTHASH + name.node)
    code = rpc.code(found.resolver)
    wildcard, plain = (_supports(found.resolver, profile) for profile in (abi.RESOLVE, abi.CONTENTHASH))
    label = abi.keccak(name.labels[0].encode())
    second_level = name.labels[1:] == ["eth"] and bool(found.registrar)
    ends = rpc.call(found.registrar if second_level else abi.REGISTRY, abi.EXPIRES + label)
    answers = chain.query_agreed(record, extra=(code, wildcard, plain, ends, *extra))
    if not answers[code]:
        raise NameUnusable(
            name.text,
            f"the resolver {found.resolver} has no code: a change would cost gas and do nothing",
            hint=f"set the public resolver for this name at {MANAGER}",
        )
    if answers.perhaps(wildcard, abi.read_word) and not answers.perhaps(plain, abi.read_word):
        raise _offchain(name, "kept outside this chain by the resolver", found.resolver)
    now = _record(name, found.resolver, answers, record)
    return ResolvedName(
        name, found.resolver, now, (answers.perhaps(ends, abi.read_word) or None) if second_level else None
    ), answers


def read(chain: Chain, resolved: ResolvedName) -> bytes:
    """Read the record again from its resolver. It takes one round trip.

    Raises NameUnusable if the resolver has no contenthash records, and RpcError if the end points do not answer or
    differ.
    """
    ask = rpc.call(resolved.resolver, abi.CONTENTHASH + resolved.name.node)
    return _record(resolved.name, resolved.resolver, chain.query_agreed(ask), ask)


def shown(chain: Chain, name: Name) -> bytes:
    """Read the record as visitors do, through the Universal Resolver (for check 6). It takes one round trip.

    Return b"" if the name has no record. Raises NameUnusable if the record cannot be read, RpcError if the end points
    do not answer or differ, and ConfigError if the chain has no ENS.
    """
    data = abi.RESOLVE + abi.encode(name.dns, abi.CONTENTHASH + name.node, dynamic=2)
    ask = rpc.call(abi.UNIVERSAL_RESOLVER, data)
    answers = chain.query_agreed(ask)
    try:
        return _no_ens(chain, answers[ask], lambda answer: abi.read_bytes(abi.read_bytes(answer)))
    except Reverted as no:
        why = abi.unwrapped(no.data)
        if why[:4] in (abi.NOT_FOUND, abi.NOT_CONTRACT, abi.NO_PROFILE):
            return b""
        if why[:4] in abi.OFFCHAIN:
            raise _offchain(name, abi.OFFCHAIN[why[:4]]) from no
        raise NameUnusable(
            name.text,
            f"the record cannot be read: {abi.reason(why)}",
            hint=f"set the public resolver for this name at {MANAGER}",
        ) from no
    except TransactionRefused as no:
        raise RpcError(
            chain.hosts[0], f"this end point refuses to read the record of {name.text}: {no.message}", hint=ANOTHER
        ) from no


def lookup(chain: Chain, text: str) -> str:
    """Return the URI that the name `text` shows, or "" if its record is empty.

    Raises NameUnusable if `text` is not a name or cannot be read. Raises RpcError and ConfigError as `shown` does.
    """
    return contenthash.describe(shown(chain, normalise(text)))


def _resolver_of(chain: Chain, name: Name, answers: QueryAnswers, query: Query[bytes]) -> tuple[str, int]:
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


def _record(name: Name, resolver: str, answers: QueryAnswers, query: Query[bytes]) -> bytes:
    """Return the record in a resolver. Raises NameUnusable if the resolver cannot hold a contenthash."""
    try:
        return abi.read_bytes(answers[query])
    except Reverted as no:
        if no.data[:4] in abi.OFFCHAIN:
            raise _offchain(name, abi.OFFCHAIN[no.data[:4]], resolver) from no
        why = abi.reason(no.data)
    except TransactionRefused as no:
        why = no.message
    except ValueError as error:
        why = str(error)
    raise NameUnusable(
        name.text,
        f"the resolver {resolver} keeps no contenthash: {why}",
        hint=f"set the public resolver for this name at {MANAGER}",
    )


def _no_resolver(chain: Chain, name: Name) -> NameUnusable:
    if _registered(chain, name):
        hint = f"set the public resolver at {MANAGER}"
        return NameUnusable(name.text, "the name has no resolver, so it cannot show anything", hint=hint)
    return _unknown(name)


def _parents_resolver(chain: Chain, name: Name, found: ResolverLookup) -> NameUnusable:
    parent = name.parent_at(found.offset)
    wildcard = rpc.call(found.resolver, abi.SUPPORTS + abi.word(abi.RESOLVE))
    answers = chain.batch(wildcard)
    if answers.perhaps(wildcard, abi.read_word):
        return _offchain(name, f"made by the resolver of {parent}", found.resolver)
    if not _registered(chain, name) and len(name.labels) == 2:
        return _unknown(name)
    return NameUnusable(
        name.text,
        f"the name has no resolver of its own, only that of {parent}: a change there would have no effect",
        hint=f"create the name as a subname and set its resolver at {MANAGER}",
    )


def _unknown(name: Name) -> NameUnusable:
    return NameUnusable(
        name.text,
        "the name is not registered, or its registration has ended",
        hint=f"check the spelling and chain-id; look at {MANAGER}/{name.text}",
    )


def _offchain(name: Name, where: str, resolver: str = "") -> NameUnusable:
    by = f" (resolver {resolver})" if resolver else ""
    return NameUnusable(
        name.text,
        f"the records of the name are {where}{by}: no transaction on this chain can set them",
        hint="set the root where the name is kept, or use a name of this chain",
    )


def _registered(chain: Chain, name: Name) -> bool:
    """Return whether the registry of ENS version 1 knows an owner of the name.

    Only error messages use the answer, because this registry lacks names that moved to a newer registry.
    """
    ask = rpc.call(abi.REGISTRY, abi.OWNER + name.node)
    return bool(chain.batch(ask).perhaps(ask, abi.read_address))


def _supports(resolver: str, profile: bytes) -> Query[bytes]:
    return rpc.call(resolver, abi.SUPPORTS + abi.word(profile))


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
