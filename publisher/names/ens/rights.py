"""Find out who may change a record.

A failed simulation does not say who may change the record, because the public resolver reverts without a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.errors import NameUnusable, NamingError, NotAuthorised
from publisher.fast_dataclass import dataclass
from publisher.names.ens import abi, rpc, version2
from publisher.names.ens.accounts import Account, accounts
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Chain, Query, QueryAnswers, Reverted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a sender, as registry, Name Wrapper and resolver report them.

    A right is None if the resolver does not have this kind of right.
    """

    owner: str
    """The address of the owner, or "" if the registry of ENS version 1 does not know the name."""
    wrapped: bool
    """Whether the name is inside the Name Wrapper."""
    operator: bool | None
    """Whether the owner lets the sender change all names of the owner."""
    delegate: bool | None
    """Whether the owner lets the sender change this name, by `approve` or by `setAuthorisation` of older resolvers."""
    approves: bool
    """Whether the resolver has the function `approve(node, delegate, true)`."""


def rights(chain: Chain, resolved: ResolvedName, sender: str) -> Rights:
    """Ask for every right that the public resolvers check. It takes three round trips.

    Raises RpcError if no end point answers.
    """
    node = resolved.name.node
    owner = _ask(chain, abi.REGISTRY, abi.OWNER + node, abi.read_address) or ""
    inner = _ask(chain, owner, abi.OWNER_OF + node, abi.read_address) if owner else None
    holder = inner or owner
    words = abi.word(holder or "0x0"), abi.word(sender)
    operator = rpc.call(resolved.resolver, abi.IS_OPERATOR + words[0] + words[1])
    delegate = rpc.call(resolved.resolver, abi.IS_DELEGATE + words[0] + node + words[1])
    older = rpc.call(resolved.resolver, abi.AUTHORISATIONS + node + words[0] + words[1])
    answers = chain.batch(operator, delegate, older)
    may, allowed = _flag(answers, delegate), _flag(answers, older)
    return Rights(holder, bool(inner), _flag(answers, operator), allowed if may is None else may, may is not None)


def explain(chain: Chain, resolved: ResolvedName, sender: str, no: Reverted) -> NamingError:
    """Return the error for the refused change `no`. The hint of the error says who may make the change.

    Raises RpcError if no end point answers.
    """
    if (lacking := version2.missing_role(resolved.name.text, resolved.resolver, sender, no)) is not None:
        return lacking
    found = rights(chain, resolved, sender)
    name, why = resolved.name.text, abi.reason(no.data) if no.data else (no.message or "the call reverts")
    if found.owner.lower() == sender.lower() or found.operator or found.delegate:
        return NameUnusable(
            name,
            f"the resolver {resolved.resolver} refuses the change, though {sender} may make it: {why}",
            hint="set the public resolver for this name at https://app.ens.domains",
        )
    owner = accounts(chain, [found.owner]).get(found.owner)
    return NotAuthorised(
        name, f"{sender} may not change the record of this name", hint=_who_may(found, resolved, sender, owner)
    )


def _who_may(found: Rights, resolved: ResolvedName, sender: str, owner: Account | None) -> str:
    if not found.owner:
        return "sign with the key of the owner or manager of the name; check signer in publish.toml"
    wrapped = " (inside the Name Wrapper)" if found.wrapped else ""
    if owner is not None and owner.contract:
        return (
            f"run `publish name delegate {sender} --calldata`, and let the owner {found.owner}{wrapped} send it; "
            f"the owner is {owner.text}"
        )
    hint = f"sign with the key of {found.owner}{wrapped}, to whom the name belongs"
    if found.approves:
        return (
            hint + f", or let that key call approve(node, {sender}, true) on {resolved.resolver}, for this name alone"
        )
    if found.delegate is not None:
        return (
            hint + f", or let that key call setAuthorisation(node, {sender}, true) on the resolver {resolved.resolver}"
        )
    return hint


def _ask(chain: Chain, to: str, data: bytes, read: Callable[[bytes], T]) -> T | None:
    ask = rpc.call(to, data)
    return chain.batch(ask).perhaps(ask, read)


def _flag(answers: QueryAnswers, query: Query[bytes]) -> bool | None:
    found = answers.perhaps(query, abi.read_word)
    return None if found is None else bool(found)
