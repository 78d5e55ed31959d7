"""Explain why the record of a name cannot be changed. Each function returns the error for one reason."""

from __future__ import annotations

from publisher.errors import NameUnusable
from publisher.names.ens import abi, rpc
from publisher.names.ens.normalize import Name
from publisher.names.ens.rpc import Chain

MANAGER = "https://app.ens.domains"


def no_resolver(chain: Chain, name: Name) -> NameUnusable:
    """Return the error for a name without a resolver.

    The hint has the call that sets one, if the name is registered. Raises RpcError if no end point answers.
    """
    owner = owner_of(chain, name)
    if not owner:
        return unknown(name)
    return NameUnusable(
        name.text,
        "the name has no resolver, so it cannot show anything",
        hint=set_resolver(name, owner, abi.REGISTRY),
    )


def set_resolver(name: Name, owner: str, contract: str) -> str:
    """Return the hint with the call that sets a resolver. `owner` sends the call to `contract`.

    `contract` is the registry, or the Name Wrapper if the name is wrapped.
    """
    call = f"setResolver(0x{name.node.hex()}, RESOLVER) on {contract}"
    return f"set the public resolver at {MANAGER}/{name.text}; or let {owner} call {call}"


def parents_resolver(chain: Chain, name: Name, parent: str, resolver: str) -> NameUnusable:
    """Return the error for a name that has no resolver of its own. `resolver` is the resolver of `parent`.

    Raises RpcError if no end point answers.
    """
    wildcard = rpc.call(resolver, abi.SUPPORTS + abi.word(abi.RESOLVE))
    answers = chain.batch(wildcard)
    if answers.perhaps(wildcard, abi.read_word):
        return offchain(name, f"made by the resolver of {parent}", resolver)
    if not owner_of(chain, name) and len(name.labels) == 2:
        return unknown(name)
    return NameUnusable(
        name.text,
        f"the name has no resolver of its own, only that of {parent}: a change there would have no effect",
        hint=f"create the name as a subname and set its resolver at {MANAGER}",
    )


def unknown(name: Name) -> NameUnusable:
    """Return the error for a name that is not registered."""
    return NameUnusable(
        name.text,
        "the name is not registered, or its registration has ended",
        hint=f"check the spelling and chain-id; look at {MANAGER}/{name.text}",
    )


def offchain(name: Name, where: str, resolver: str = "") -> NameUnusable:
    """Return the error for a name whose records are not on this chain. `where` says where they are."""
    by = f" (resolver {resolver})" if resolver else ""
    return NameUnusable(
        name.text,
        f"the records of the name are {where}{by}: no transaction on this chain can set them",
        hint="set the root where the name is kept, or use a name of this chain",
    )


def owner_of(chain: Chain, name: Name) -> str:
    """Return the owner of the name in the registry of ENS version 1, or "" if this registry does not know the name.

    Only error messages use the answer, because this registry lacks names that moved to a newer registry.
    """
    ask = rpc.call(abi.REGISTRY, abi.OWNER + name.node)
    return chain.batch(ask).perhaps(ask, abi.read_address) or ""
