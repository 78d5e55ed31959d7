"""Find the resolver of a name, without a cache, and check that a transaction could change its record.

A transaction to a resolver that the name does not use costs as much, but changes a record that no one reads. So there
are six checks:

1. The name has a resolver.
2. The resolver is set for this name and not for a parent of it.
3. The resolver has code.
4. Its records are on this chain. A mirror of ENS version 2 has no records and names a resolver of version 1. Then the
   record in that resolver counts.
5. The resolver lets this sender change the record. A simulation shows it.
6. After the change, the Universal Resolver returns the new record (`shown`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from publisher.errors import NameUnusable, RecordMoved
from publisher.fast_dataclass import dataclass, replace
from publisher.names import contenthash
from publisher.names.ens import abi, rpc, universal, unusable, version2
from publisher.names.ens.chain_state import RecordQueries
from publisher.names.ens.normalize import Name, normalise
from publisher.names.ens.rpc import Chain, Query, QueryAnswers, Reverted, TransactionRefused
from publisher.names.ens.unusable import MANAGER

GRACE = 90 * 86400
"""The length of the grace period in seconds. It begins when the registration of a .eth name ends.

During this time the name can be renewed, but nobody can register it.
"""


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """The resolver that a name uses, and its present record."""

    name: Name
    resolver: str
    record: bytes
    ends: int | None
    """The end of the registration in seconds since 1970, or None if it is unknown.

    For a subname, it is the end of the .eth name above it.
    """
    version: int = 1
    """The version of ENS whose calls the resolver takes: 1 or 2."""
    entry: str = ""
    """The name above this one that has the resolver, or "" if this name itself has it. Only version 2 allows that."""
    found: tuple[str, int] | None = None
    """The resolver and the offset that the Universal Resolver named, or None if it was not asked."""

    @property
    def shows(self) -> str:
        """The record as a URI, or "" if it is empty."""
        return contenthash.describe(self.record)

    @property
    def registered(self) -> str:
        """The name whose registration ends at `ends`: the last two labels of the name."""
        return ".".join(self.name.labels[-2:])

    def calldata(self, record: bytes) -> bytes:
        """Return the data of the call that sets the record to `record`."""
        if self.version == 2:
            return version2.set_contenthash(self.name, record)
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
    """Ask the Universal Resolver for the resolver of a name, and do check 1. It takes one round trip.

    `extra` are further queries for the same round trip. Raises NameUnusable if a check fails, RpcError if the end
    points do not answer or differ, and ConfigError if the chain has no ENS.
    """
    ask = universal.find_query(name)
    eth = rpc.call(abi.REGISTRY, abi.OWNER + Name("eth").node)
    answers = chain.query_agreed(ask, extra=(eth, *extra))
    resolver, offset = universal.read_resolver(chain, name, answers, ask)
    if not resolver:
        raise unusable.no_resolver(chain, name)
    return ResolverLookup(resolver, offset, answers, answers.perhaps(eth, abi.read_address) or "")


def recognise(
    chain: Chain, name: Name, found: ResolverLookup, extra: Sequence[Query[Any]] = ()
) -> tuple[ResolvedName, QueryAnswers]:
    """Do checks 2 to 4 for the resolver in `found`, and read the record.

    It takes one round trip, or two for a resolver of ENS version 2. `extra` are further queries for the first round
    trip. Raises NameUnusable if the record cannot be set in this resolver, RpcError if the end points do not answer or
    differ, and ConfigError if an end point is on another chain.
    """
    resolved, answers = _recognised(chain, name, found, extra)
    return replace(resolved, found=(found.resolver, found.offset)), answers


def _recognised(
    chain: Chain, name: Name, found: ResolverLookup, extra: Sequence[Query[Any]]
) -> tuple[ResolvedName, QueryAnswers]:
    ask = _RecordQueries(name, found.resolver)
    newer = version2.interface_queries(found.resolver, name)
    own = rpc.call(abi.REGISTRY, abi.RESOLVER + name.node)
    ends = rpc.call(found.registrar or abi.REGISTRY, abi.EXPIRES + abi.keccak(name.labels[-2].encode()))
    answers = chain.query_agreed(ask.record, own, *newer, extra=(*ask.others, ends, *extra))
    kind = version2.interfaces(answers, newer)
    until = answers.perhaps(ends, abi.read_word) if found.registrar and name.labels[-1] == "eth" else None
    if kind.setter:
        return _migrated(chain, name, found), answers
    if kind.mirror:
        resolver = _behind_mirror(chain, name, kind, answers.perhaps(own, abi.read_address) or "")
        return _mirrored(chain, name, resolver, until or None), answers
    if found.offset:
        raise unusable.parents_resolver(chain, name, name.parent_at(found.offset), found.resolver)
    return ResolvedName(name, found.resolver, ask.read(answers), until or None), answers


class _RecordQueries:
    """The queries for checks 3 and 4 of a resolver of version 1, and for its record."""

    def __init__(self, name: Name, resolver: str) -> None:
        self._name = name
        self._resolver = resolver
        self.record = rpc.call(resolver, abi.CONTENTHASH + name.node)
        self._code = rpc.code(resolver)
        self._wildcard, self._plain = (_supports(resolver, profile) for profile in (abi.RESOLVE, abi.CONTENTHASH))
        self.others: tuple[Query[bytes], ...] = (self._code, self._wildcard, self._plain)

    def read(self, answers: QueryAnswers) -> bytes:
        """Return the record. Raises NameUnusable if a check fails."""
        if not answers[self._code]:
            raise NameUnusable(
                self._name.text,
                f"the resolver {self._resolver} has no code: a change would cost gas and do nothing",
                hint=f"set the public resolver for this name at {MANAGER}",
            )
        if answers.perhaps(self._wildcard, abi.read_word) and not answers.perhaps(self._plain, abi.read_word):
            raise unusable.offchain(self._name, "kept outside this chain by the resolver", self._resolver)
        return _record(self._name, self._resolver, answers, self.record, abi.read_bytes)


def _behind_mirror(chain: Chain, name: Name, kind: version2.Interfaces, own: str) -> str:
    """Return the resolver of version 1 that a mirror names. `own` is the resolver that the registry of version 1 has.

    Raises NameUnusable if the mirror names no resolver on this chain, or a resolver that differs from `own`. Raises
    RpcError if no end point answers.
    """
    if kind.offchain:
        raise unusable.offchain(name, "outside this chain, behind a mirror", kind.behind)
    if not kind.behind:
        raise unusable.no_resolver(chain, name)
    if not own:
        raise unusable.parents_resolver(chain, name, _nearest(chain, name), kind.behind)
    if own != kind.behind:
        raise NameUnusable(
            name.text,
            "the two versions of ENS disagree about the resolver of this name: "
            f"version 2 names {kind.behind}, and version 1 has {own}",
            hint=f"look at {MANAGER}/{name.text}, and set the resolver there again",
        )
    return own


def older(chain: Chain, name: Name) -> str:
    """Return the resolver that the registry of version 1 has for a name, or "" if it has none.

    A migrated name had this resolver before. Raises RpcError if no end point answers.
    """
    ask = rpc.call(abi.REGISTRY, abi.RESOLVER + name.node)
    return chain.batch(ask).perhaps(ask, abi.read_address) or ""


def _nearest(chain: Chain, name: Name) -> str:
    """Return the nearest name above `name` that has a resolver in the registry of version 1, or the top-level name."""
    above = [Name(".".join(name.labels[start:])) for start in range(1, len(name.labels))]
    queries = [rpc.call(abi.REGISTRY, abi.RESOLVER + each.node) for each in above]
    answers = chain.batch(*queries)
    with_one = (each.text for each, ask in zip(above, queries, strict=True) if answers.perhaps(ask, abi.read_address))
    return next(with_one, above[-1].text)


def _mirrored(chain: Chain, name: Name, resolver: str, ends: int | None) -> ResolvedName:
    """Read the record of a name that was not migrated, in its resolver of version 1."""
    ask, visitor = _RecordQueries(name, resolver), universal.record_query(name)
    answers = chain.query_agreed(ask.record, visitor, extra=ask.others)
    record = ask.read(answers)
    _same(name, resolver, record, universal.read_record(chain, name, answers, visitor))
    return ResolvedName(name, resolver, record, ends)


def _migrated(chain: Chain, name: Name, found: ResolverLookup) -> ResolvedName:
    """Read the record of a migrated name. The registry of version 1 does not know when its registration ends."""
    ask, visitor = version2.record_query(found.resolver, name), universal.record_query(name)
    answers = chain.query_agreed(ask, visitor)
    record = _record(name, found.resolver, answers, ask, version2.read_record)
    _same(name, found.resolver, record, universal.read_record(chain, name, answers, visitor))
    entry = name.parent_at(found.offset) if found.offset else ""
    return ResolvedName(name, found.resolver, record, None, 2, entry)


def _same(name: Name, resolver: str, record: bytes, visitor: bytes) -> None:
    """Raise NameUnusable if visitors do not read `record`, which is in the resolver that a change would use."""
    if record != visitor:
        raise NameUnusable(
            name.text,
            f"visitors read {contenthash.describe(visitor) or 'nothing'}, but the resolver {resolver} has "
            f"{contenthash.describe(record) or 'nothing'}: a change there might have no effect",
            hint=f"run again; if the two still differ, look at the resolver of the name at {MANAGER}/{name.text}",
        )


def record_queries(chain: Chain, resolved: ResolvedName) -> RecordQueries:
    """Return the queries that read the record again from its resolver, and that look up the resolver again.

    Reading the answers raises RecordMoved if the name has another resolver now, NameUnusable if the resolver has no
    such record, and RpcError if an end point refuses a query.
    """
    name = resolved.name
    decode: Callable[[bytes], bytes] = version2.read_record if resolved.version == 2 else abi.read_bytes
    record = rpc.call(resolved.resolver, abi.CONTENTHASH + name.node)
    if resolved.version == 2:
        record = version2.record_query(resolved.resolver, name)
    lookup = universal.find_query(name)

    def read(answers: QueryAnswers) -> str:
        now = universal.read_resolver(chain, name, answers, lookup)
        if resolved.found not in (None, now):
            raise RecordMoved(
                name.text,
                f"the resolver of the name was changed during this run: it is {now[0] or 'missing'} now",
                hint="find out who else may change this name; then run again",
            )
        return contenthash.describe(_record(name, resolved.resolver, answers, record, decode))

    return RecordQueries((record, lookup), read)


def shown(chain: Chain, name: Name) -> bytes:
    """Read the record as visitors do, through the Universal Resolver (for check 6). It takes one round trip.

    Return b"" if the name has no record. Raises NameUnusable if the record cannot be read, RpcError if the end points
    do not answer or differ, and ConfigError if the chain has no ENS.
    """
    ask = universal.record_query(name)
    return universal.read_record(chain, name, chain.query_agreed(ask), ask)


def lookup(chain: Chain, text: str) -> str:
    """Return the URI that the name `text` shows, or "" if its record is empty.

    Raises NameUnusable if `text` is not a name or cannot be read. Raises RpcError and ConfigError as `shown` does.
    """
    return contenthash.describe(shown(chain, normalise(text)))


def _record(
    name: Name, resolver: str, answers: QueryAnswers, query: Query[bytes], decode: Callable[[bytes], bytes]
) -> bytes:
    """Return the record in a resolver. `decode` reads it from the answer to `query`.

    Raises NameUnusable if the resolver cannot hold a contenthash.
    """
    try:
        return decode(answers[query])
    except Reverted as no:
        if no.data[:4] in abi.OFFCHAIN:
            raise unusable.offchain(name, abi.OFFCHAIN[no.data[:4]], resolver) from no
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


def _supports(resolver: str, profile: bytes) -> Query[bytes]:
    return rpc.call(resolver, abi.SUPPORTS + abi.word(profile))
