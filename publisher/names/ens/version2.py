"""Recognise the contracts of ENS version 2 by their interfaces, encode their calls and read their answers.

Everything about version 2 that may still change is here. The source is https://github.com/ensdomains/contracts-v2, as
of September 2026. Version 2 has two kinds of names:

- A name that was not migrated has a mirror as its resolver. The mirror has no record, and names the resolver of version
  1. The record is changed there.
- A migrated name has a resolver that takes DNS-encoded names. Its records are read through `resolve` alone. Several
  names may share one record.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import NotAuthorised
from publisher.fast_dataclass import dataclass
from publisher.names.ens import abi, rpc
from publisher.names.ens.normalize import Name
from publisher.names.ens.queries import Query, QueryAnswers
from publisher.names.ens.responses import Reverted

COMPOSITE = bytes.fromhex("c7e45d73")
"""The interface id of a mirror (ICompositeResolver): getResolver(bytes) and requiresOffchain(bytes)."""
GET_RESOLVER = bytes.fromhex("eea330f9")  # getResolver(bytes)
SET_CONTENTHASH = bytes.fromhex("c5d7badd")  # setContenthash(bytes,bytes). It is also the interface id of this setter.
RECORD_ID = bytes.fromhex("faf10086")  # getRecordId(bytes32)
ROLES = bytes.fromhex("5adf4724")  # roles(uint256,address)
GRANT = bytes.fromhex("072d5d77")  # grantRootRoles(uint256,address)
REVOKE = bytes.fromhex("ce156e82")  # revokeRootRoles(uint256,address)
REGISTRIES = bytes.fromhex("f272e2af")  # findRegistries(bytes)
OWNER_OF_LABEL = bytes.fromhex("63560a8e")  # findOwner(string)

ROLE_SET_CONTENTHASH = 1 << 8
ADMIN = 128
"""The bit of a role plus this number is the bit of its admin role, which allows an account to grant the role."""
ROLE_NAMES = {0: "addresses", 4: "texts", 8: "contenthash", 12: "ABIs", 16: "interfaces", 20: "names", 24: "data"}
"""Maps the bit of a role to the kind of records that an account with this role may change."""
ROLE_LINK, ROLE_UPGRADE = 1 << 28, 1 << 124

SCOPE = "all names of this resolver"
"""The scope of the role that changes a contenthash. Version 2 has no such role for one name."""


@dataclass(frozen=True, slots=True)
class Interfaces:
    """What a resolver says about itself."""

    setter: bool
    """Whether the resolver takes DNS-encoded names. The resolvers of migrated names take them."""
    mirror: bool
    """Whether the resolver is a mirror."""
    behind: str
    """The resolver that a mirror names, or "" if there is none."""
    offchain: bool
    """Whether the resolver that the mirror names is not on this chain."""


def interface_queries(resolver: str, name: Name) -> tuple[Query[bytes], ...]:
    """Return the queries that recognise a resolver of version 2, for `interfaces`.

    The first one asks for the interface that ERC-165 forbids. A contract that has it says yes to every question.
    """
    return (
        rpc.call(resolver, abi.SUPPORTS + abi.word(b"\xff" * 4)),
        rpc.call(resolver, abi.SUPPORTS + abi.word(SET_CONTENTHASH)),
        rpc.call(resolver, abi.SUPPORTS + abi.word(COMPOSITE)),
        rpc.call(resolver, GET_RESOLVER + abi.encode(name.dns)),
    )


def interfaces(answers: QueryAnswers, queries: Sequence[Query[bytes]]) -> Interfaces:
    """Return what a resolver says about itself. `queries` are those of `interface_queries`."""
    anything, setter, mirror, behind = queries
    honest = not answers.perhaps(anything, abi.read_word)
    return Interfaces(
        honest and bool(answers.perhaps(setter, abi.read_word)),
        honest and bool(answers.perhaps(mirror, abi.read_word)),
        answers.perhaps(behind, abi.read_address) or "",
        bool(answers.perhaps(behind, lambda answer: abi.read_word(answer, 1))),
    )


def record_query(resolver: str, name: Name) -> Query[bytes]:
    """Return the query for the record of a migrated name. `read_record` reads its answer."""
    return rpc.call(resolver, abi.RESOLVE + abi.encode(name.dns, abi.CONTENTHASH + name.node, dynamic=2))


def read_record(answer: bytes) -> bytes:
    """Return the record in the answer to `record_query`. Raises ValueError if the answer is malformed."""
    return abi.read_bytes(abi.read_bytes(answer))


def set_contenthash(name: Name, record: bytes) -> bytes:
    """Return the data of the call that sets the record of a migrated name."""
    return SET_CONTENTHASH + abi.encode(name.dns, record, dynamic=2)


def record_id_query(resolver: str, node: bytes) -> Query[bytes]:
    """Return the query for the number of the record that the name with the namehash `node` has in a resolver.

    The number is 0 if the name has no record of its own. Such a name shows the record of the root name, whose namehash
    is 32 zero bytes.
    """
    return rpc.call(resolver, RECORD_ID + node)


def roles_query(resolver: str, account: str) -> Query[bytes]:
    """Return the query for the roles of an account in a resolver, as a bitmap. They hold for all of its names."""
    return rpc.call(resolver, ROLES + abi.word(0) + abi.word(account))


def registries_query(name: Name) -> Query[bytes]:
    """Return the query for the registries of a name and of the names above it. `abi.read_addresses` reads its answer.

    The second registry of the answer has the entry of the name.
    """
    return rpc.call(abi.UNIVERSAL_RESOLVER, REGISTRIES + abi.encode(name.dns))


def owner_query(registry: str, name: Name) -> Query[bytes]:
    """Return the query for the owner of a name in its registry."""
    return rpc.call(registry, OWNER_OF_LABEL + abi.encode(name.labels[0].encode()))


def role_texts(roles: int) -> tuple[str, ...]:
    """Return one text for each right that the roles in a bitmap give in a resolver."""
    records = [text for bit, text in ROLE_NAMES.items() if roles >> bit & 1]
    texts = [f"set {text}" for text in records]
    if roles & ROLE_LINK:
        texts.append("link names to records")
    if roles & ROLE_UPGRADE:
        texts.append("replace the code of the resolver")
    if roles >> ADMIN:
        texts.append("give roles to others")
    return tuple(texts)


def missing_role(name: str, resolver: str, sender: str, no: Reverted) -> NotAuthorised | None:
    """Return the error for a change that was refused because `sender` lacks a role. Return None for another refusal."""
    if no.data[:4] != abi.NO_ROLE:
        return None
    try:
        resource, roles = abi.read_word(no.data[4:]), abi.read_word(no.data[4:], 1)
    except ValueError:
        return None
    role = "ROLE_SET_CONTENTHASH" if roles == ROLE_SET_CONTENTHASH else f"with the bitmap {roles:#x}"
    scope = SCOPE if resource == 0 else f"resource {resource:#x}"
    return NotAuthorised(
        name,
        f"{sender} may not change the record: it lacks the role {role} on the resolver {resolver} ({scope})",
        hint=f"let an account that may give this role call grantRootRoles({roles}, {sender}) on {resolver}; the role "
        f"then covers {SCOPE}: if the key should change only one name, give this name a resolver of its own",
    )
