"""List who may change a name or its records: owner, manager, wrapper, operators, delegates and roles.

The contracts answer whether an account has a right, but they do not list the accounts. So the candidates come from
their logs, and each candidate is then checked with a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from publisher.errors import RpcError
from publisher.fast_dataclass import dataclass
from publisher.names.ens import abi, rpc, version2
from publisher.names.ens.accounts import Account, accounts
from publisher.names.ens.normalize import Name
from publisher.names.ens.queries import Log
from publisher.names.ens.record_history import Pages
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Chain, Query

OPERATOR = bytes.fromhex(
    "17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31"
)  # ApprovalForAll(address,address,bool)
DELEGATE = bytes.fromhex(
    "f0ddb3b04746704017f9aa8bd728fcc2c1d11675041205350018915f5e4750a0"
)  # Approved(address,bytes32,address,bool)
OLDER_DELEGATE = bytes.fromhex(
    "e1c5610a6e0cbe10764ecd182adcef1ec338dc4e199c99c32ce98f38e12791df"
)  # AuthorisationChanged(bytes32,address,address,bool)
ROLE = bytes.fromhex(
    "0d35bf721a39b614de00ca5038e1deb0cb0c69a278645e83405a7226cf80ba3c"
)  # EACRolesChanged(uint256,address,uint256,uint256)

ALL_RECORDS = "change all records of this name"


@dataclass(frozen=True, slots=True)
class Holder:
    """An account that may do something with a name."""

    part: str
    """owner, manager, wrapper, operator, delegate or role."""
    account: Account
    may: str
    """What the account may do, as text that follows the word `may`."""


@dataclass(frozen=True, slots=True)
class Holders:
    """All accounts that may change a name, as far as they are known."""

    found: tuple[Holder, ...]
    unknown: str = ""
    """The reason why operators, delegates and roles are not all known, or "" if they are."""

    def of(self, address: str) -> tuple[Holder, ...]:
        """Return what the account at `address` may do."""
        return tuple(holder for holder in self.found if holder.account.address.lower() == address.lower())


@dataclass(frozen=True, slots=True)
class Owners:
    """The accounts that the registries name. An address is "" if there is none."""

    registrant: str
    """The account that has the token of an unwrapped .eth name. It can take the name back from the manager."""
    manager: str
    """The account that the registry names as owner."""
    wrapped: str
    """The account that has the token of a wrapped name. Then the manager is the Name Wrapper."""

    @property
    def controller(self) -> str:
        """The account that decides about the records: the owner in the wrapper, or the manager."""
        return self.wrapped or self.manager


def owners(chain: Chain, name: Name) -> Owners:
    """Ask the registries of version 1 for the owners of a name. It takes two round trips.

    All addresses are "" for a name that only version 2 knows. Raises RpcError if no end point answers.
    """
    manager, registrar = rpc.call(abi.REGISTRY, abi.OWNER + name.node), rpc.call(abi.REGISTRY, abi.OWNER + _ETH)
    first = chain.batch(manager, registrar)
    holder, contract = (first.perhaps(ask, abi.read_address) or "" for ask in (manager, registrar))
    second_level = len(name.labels) == 2 and name.labels[-1] == "eth"
    token = rpc.call(contract or abi.REGISTRY, abi.OWNER_OF + abi.keccak(name.labels[0].encode()))
    inside = rpc.call(holder or abi.REGISTRY, abi.OWNER_OF + name.node)
    second = chain.batch(token, inside)
    wrapped = second.perhaps(inside, abi.read_address) or "" if holder else ""
    registrant = second.perhaps(token, abi.read_address) or "" if contract and second_level else ""
    return Owners("" if registrant == holder and wrapped else registrant, holder, wrapped)


_ETH = abi.keccak(bytes(32) + abi.keccak(b"eth"))


def holders(chain: Chain, resolved: ResolvedName, head: int) -> Holders:
    """Return all accounts that may change a name. `head` is the newest block.

    Raises RpcError if no end point answers. If the end points answer no queries for logs, the result may lack
    operators, delegates and roles, and its field `unknown` has the reason.
    """
    own = owners(chain, resolved.name) if resolved.version == 1 else Owners("", "", "")
    parts = [*_named(own)] if resolved.version == 1 else [*_owner_of_version2(chain, resolved)]
    unknown = ""
    try:
        if resolved.version == 2:
            parts += _roles(chain, resolved, head)
        else:
            parts += _permitted(chain, resolved, own, head)
    except RpcError as error:
        unknown = str(error)
    known = accounts(chain, (address for _, address, _ in parts))
    return Holders(tuple(Holder(part, known[address], may) for part, address, may in parts), unknown)


Row = tuple[str, str, str]
"""The values of a Holder: its part, its address, and what the account at this address may do."""


def _named(own: Owners) -> Iterator[Row]:
    """Yield the accounts that the registries name."""
    everything = "give the name away, change its resolver and all its records, create subnames, and permit others"
    if own.wrapped:
        yield "owner", own.wrapped, everything
        yield "wrapper", own.manager, "act for the owner: it is the contract that holds the name"
        return
    if own.registrant and own.registrant != own.manager:
        yield "owner", own.registrant, "give the name away, and take it back from the manager"
    if own.manager:
        part = "owner" if own.registrant in ("", own.manager) else "manager"
        yield part, own.manager, everything if part == "owner" else everything.removeprefix("give the name away, ")


def _permitted(chain: Chain, resolved: ResolvedName, own: Owners, head: int) -> Iterator[Row]:
    """Yield the operators and delegates of the account that decides about the records."""
    controller, node, resolver = own.controller, resolved.name.node, resolved.resolver
    if not controller:
        return
    yield from _operators(chain, resolved, own, head)
    who = abi.word(controller)
    kinds = ((DELEGATE, 2, abi.IS_DELEGATE + who + node), (OLDER_DELEGATE, 3, abi.AUTHORISATIONS + node + who))
    for kind, at, ask in kinds if resolver else ():
        logs = Pages(chain, [kind], node).between(0, head, resolver)
        candidates = _accounts_in(logs, at)
        for address in _those(chain, candidates, lambda each, ask=ask: rpc.call(resolver, ask + abi.word(each))):  # type: ignore[misc]
            yield "delegate", address, f"{ALL_RECORDS}, and nothing else"


def _operators(chain: Chain, resolved: ResolvedName, own: Owners, head: int) -> Iterator[Row]:
    contracts = {resolved.resolver: "change all records of every name of the owner"} if resolved.resolver else {}
    contracts |= {
        abi.REGISTRY: "act for the owner in the registry: change the resolver of every name, and give it away",
    }
    if own.wrapped:
        contracts[own.manager] = "act for the owner in the Name Wrapper: give every wrapped name away"
    who = abi.word(own.controller)
    for contract, may in contracts.items():
        candidates = _accounts_in(Pages(chain, [OPERATOR], who).between(0, head, contract), 2)
        asked = contract
        for address in _those(
            chain,
            candidates,
            lambda each, asked=asked: rpc.call(asked, abi.IS_OPERATOR + who + abi.word(each)),  # type: ignore[misc]
        ):
            yield "operator", address, may


def _owner_of_version2(chain: Chain, resolved: ResolvedName) -> Iterator[Row]:
    """Yield the owner of a migrated name in the registry of version 2, if the registry gives it."""
    asked = version2.registries_query(resolved.name)
    registries = chain.batch(asked).perhaps(asked, abi.read_addresses) or ()
    if len(registries) < 2 or not registries[1]:
        return
    owner = version2.owner_query(registries[1], resolved.name)
    if address := chain.batch(owner).perhaps(owner, abi.read_address):
        yield "owner", address, "give the name away and change its resolver"


def _roles(chain: Chain, resolved: ResolvedName, head: int) -> Iterator[Row]:
    """Yield the accounts with roles in a resolver of version 2."""
    logs = Pages(chain, [ROLE], abi.word(0)).between(0, head, resolved.resolver)
    candidates = _accounts_in(logs, 2)
    queries = {address: version2.roles_query(resolved.resolver, address) for address in candidates}
    answers = chain.batch(*queries.values()) if queries else None
    for address, ask in queries.items():
        roles = answers.perhaps(ask, abi.read_word) if answers else None
        if texts := version2.role_texts(roles or 0):
            yield "role", address, f"{', '.join(texts)}, for {version2.SCOPE}"


def _accounts_in(logs: Iterable[Log], at: int) -> Sequence[str]:
    """Return the addresses in the topic `at` of the logs, or in their first word of data if there is no such topic."""
    found = []
    for log in logs:
        word = log.topics[at] if len(log.topics) > at else log.data[:32]
        if len(word) == 32 and any(word[12:]):
            found.append(abi.checksum(word[12:]))
    return [*dict.fromkeys(found)]


def _those(chain: Chain, candidates: Sequence[str], ask: Callable[[str], Query[bytes]]) -> Sequence[str]:
    """Return the candidates for which the call of `ask` returns true."""
    queries = {each: ask(each) for each in candidates}
    if not queries:
        return []
    answers = chain.batch(*queries.values())
    return [each for each, query in queries.items() if answers.perhaps(query, abi.read_word)]
