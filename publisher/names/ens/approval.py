"""Encode the call that lets another key change the record of a name, or that takes this right away again."""

from __future__ import annotations

from publisher.errors import ConfigError, NameUnusable
from publisher.fast_dataclass import dataclass
from publisher.names.ens import abi, holders, rpc, version2
from publisher.names.ens.accounts import Account, accounts
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Chain, Query
from publisher.names.ens.unusable import MANAGER

APPROVE = bytes.fromhex("a4b91a01")  # approve(bytes32,address,bool)
SET_AUTHORISATION = bytes.fromhex("3e9ce794")  # setAuthorisation(bytes32,address,bool)


@dataclass(frozen=True, slots=True)
class Approval:
    """A call to the resolver of a name, and its effect."""

    name: str
    node: bytes
    to: str
    """The resolver, which receives the call."""
    data: bytes
    delegate: str
    """The address of the key that gets the right or loses it."""
    allow: bool
    """Whether the call gives the right."""
    effect: str
    """The effect of the call, as a sentence without its full stop."""
    caller: Account | None
    """The account that has to send the call, or None if the chain does not name it."""
    done: bool
    """Whether the chain already has the state that the call would make."""
    holds: Query[bytes]
    """The query that asks whether `delegate` has the right now. `has_right` reads the answer."""
    role: bool = False
    """Whether the right is a role of ENS version 2."""

    def has_right(self, answer: bytes) -> bool:
        """Return whether an answer to `holds` says that the key has the right. Raises ValueError if it is too short."""
        found = abi.read_word(answer)
        return bool(found & version2.ROLE_SET_CONTENTHASH) if self.role else bool(found)


def approval(chain: Chain, resolved: ResolvedName, delegate: str, allow: bool) -> Approval:
    """Return the call that gives `delegate` the right to change the record, or that takes it.

    Raises ConfigError if `delegate` owns the name, NameUnusable if the resolver has no function that permits one key to
    change one name, and RpcError if no end point answers.
    """
    if resolved.version == 2:
        return _role(chain, resolved, delegate, allow)
    owner = holders.owners(chain, resolved.name).controller
    if owner.lower() == delegate.lower():
        raise ConfigError(
            delegate,
            f"this account owns {resolved.name.text}, so it needs no permission, and none can be taken from it",
            hint="give the address of another key: `publish name key new` makes one",
        )
    node, who, key = resolved.name.node, abi.word(owner or "0x0"), abi.word(delegate)
    newer = rpc.call(resolved.resolver, abi.IS_DELEGATE + who + node + key)
    older = rpc.call(resolved.resolver, abi.AUTHORISATIONS + node + who + key)
    answers = chain.batch(newer, older)
    if (has := answers.perhaps(newer, abi.read_word)) is not None:
        selector, asked = APPROVE, newer
    elif (has := answers.perhaps(older, abi.read_word)) is not None:
        selector, asked = SET_AUTHORISATION, older
    else:
        raise NameUnusable(
            resolved.name.text,
            f"the resolver {resolved.resolver} cannot permit one key to change one name",
            hint=f"set the public resolver for this name at {MANAGER}/{resolved.name.text}",
        )
    data = selector + node + key + abi.word(int(allow))
    return Approval(
        resolved.name.text,
        node,
        resolved.resolver,
        data,
        delegate,
        allow,
        _effect(resolved, delegate, allow),
        accounts(chain, [owner]).get(owner),
        bool(has) is allow,
        asked,
    )


def _effect(resolved: ResolvedName, delegate: str, allow: bool) -> str:
    name = resolved.name.text
    if not allow:
        return f"{delegate} may then no longer change the records of {name}"
    return (
        f"{delegate} may then change all records of {name} (contenthash, addresses and texts), and nothing else: it "
        "cannot give the name away, change its resolver, create subnames or permit others. The permission ends when "
        "the name gets another owner or another resolver"
    )


def _role(chain: Chain, resolved: ResolvedName, delegate: str, allow: bool) -> Approval:
    """Return the call for a resolver of version 2, which has only roles for all of its names."""
    asked = version2.roles_query(resolved.resolver, delegate)
    roles = chain.batch(asked).perhaps(asked, abi.read_word) or 0
    selector = version2.GRANT if allow else version2.REVOKE
    data = selector + abi.word(version2.ROLE_SET_CONTENTHASH) + abi.word(delegate)
    word = "then" if allow else "then no longer"
    effect = f"{delegate} may {word} change the contenthash of {version2.SCOPE} ({resolved.resolver}), not of "
    effect += f"{resolved.name.text} alone"
    done = bool(roles & version2.ROLE_SET_CONTENTHASH) is allow
    return Approval(
        resolved.name.text,
        resolved.name.node,
        resolved.resolver,
        data,
        delegate,
        allow,
        effect,
        None,
        done,
        asked,
        role=True,
    )


def checked_address(text: str) -> str:
    """Return an address with its checksum. Raises ConfigError if `text` is no address, or if its checksum is wrong."""
    digits = text.removeprefix("0x")
    problem = "this is no address"
    if text.startswith("0x") and len(digits) == 40 and all(c in "0123456789abcdefABCDEF" for c in digits):
        address = abi.checksum(bytes.fromhex(digits))
        if text == address or digits in (digits.lower(), digits.upper()):
            if int(digits, 16):
                return address
            problem = "this is the zero address"
        else:
            problem = "the checksum of this address is wrong: a digit may be mistyped"
    # A longer text may be a private key, so no error quotes it.
    raise ConfigError(
        text if len(text) <= 42 else "ADDRESS",
        problem,
        hint="write 0x and 40 hexadecimal digits, as the wallet shows them",
    )
