"""Examine the signing key for `publish doctor`: the rights that it needs, needless rights, and its balance."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.findings import Finding
from publisher.names import contenthash
from publisher.names.base import Cost
from publisher.names.ens import abi, allowance, fees, rights, rpc, stops, version2
from publisher.names.ens.chain_state import read_all
from publisher.names.ens.fees import TransactionLimits
from publisher.names.ens.nonces import Call, Nonces
from publisher.names.ens.resolver import ResolvedName, record_queries
from publisher.names.ens.rights import Rights
from publisher.names.ens.rpc import Chain, Reverted, TransactionRefused

FEW = 10
"""If the key can pay for fewer publishes than this, the finding is a warning."""
ENOUGH = 100
"""If the key holds more ether than this number of publishes can cost, the finding is a warning."""
OTHER = contenthash.encode("ipfs://bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
"""The record that the simulated change sets. It is the empty folder, which no site has as its root."""


def findings(chain: Chain, resolved: ResolvedName, sender: str, limits: TransactionLimits) -> Iterator[Finding]:
    """Yield the findings. Nothing is signed. `limits` are the limits of a publish.

    Raises the error that would stop a publish: NotAuthorised, NameUnusable, FeeTooHigh, RpcError or ConfigError.
    """
    who = resolved.name.text
    call = Call(who, resolved.resolver, resolved.calldata(OTHER), resolved.shows, contenthash.decode(OTHER), 0)
    state = read_all(chain, sender, call, record_queries(chain, resolved), (), None)
    match state.refusal:
        case Reverted() as no:
            raise rights.explain(chain, resolved, sender, no) from no
        case TransactionRefused(reason=reason) as no if reason != "no-funds":
            raise stops.no_simulation(chain.hosts[0], no.message) from no
    yield from _may(chain, resolved, sender)
    if (many := state.pending - state.nonce) > 0:
        what = f"a transaction of {sender} waits" if many == 1 else f"{many} transactions of {sender} wait"
        yield Finding(
            who,
            "note",
            f"{what} to be mined",
            "run `publish` again: a run continues with its own transactions and waits for others",
        )
    if not state.balance:
        yield Finding(who, "fault", f"{sender} holds no ether to pay with", "send some ether to this account")
        return
    if state.refusal is not None:
        raise stops.no_simulation(chain.hosts[0], state.refusal.message) from state.refusal
    cost = allowance.planned(call, limits, Nonces(()), state, sender)
    yield _balance(who, sender, cost)
    if cost.balance > ENOUGH * cost.max_cost:
        enough = fees.ether(ENOUGH * cost.max_cost)
        much = f"{sender} holds {fees.ether(cost.balance)} ETH; {ENOUGH} publishes need at most {enough} ETH"
        yield Finding(who, "warning", much, "move the rest to an account that no machine signs with")


def _may(chain: Chain, resolved: ResolvedName, sender: str) -> Iterator[Finding]:
    """Yield one finding about the rights of the key. It is a warning if the key has rights that no deploy needs."""
    if resolved.version == 2:
        yield _roles(chain, resolved, sender)
        return
    who, found = resolved.name.text, rights.rights(chain, resolved, sender)
    much = list(_too_much(chain, resolved, found, sender))
    if much:
        way = "approve" if found.approves else "setAuthorisation"
        fix = "sign with a key that does nothing else: the owner of the name calls "
        fix += f"{way}(node, KEY, true) on {resolved.resolver}"
        known = found.approves or found.delegate is not None
        yield Finding(who, "warning", f"{sender} may {'; '.join(much)}", fix if known else "sign with another key")
    elif found.delegate:
        yield Finding(who, "ok", f"{sender} may change the records of this name, and nothing else")
    else:
        yield Finding(who, "ok", f"{sender} may change the record")


def _roles(chain: Chain, resolved: ResolvedName, sender: str) -> Finding:
    """Return the finding about the roles of the key in a resolver of version 2. They hold for all of its names."""
    ask = version2.roles_query(resolved.resolver, sender)
    roles = chain.batch(ask).perhaps(ask, abi.read_word)
    more = version2.role_texts((roles or 0) & ~version2.ROLE_SET_CONTENTHASH)
    what = f"{sender} may change the record of {version2.SCOPE} ({resolved.resolver})"
    if not more:
        return Finding(resolved.name.text, "ok", what)
    fix = f"sign with a key that has only this role: call grantRootRoles({version2.ROLE_SET_CONTENTHASH}, KEY)"
    return Finding(resolved.name.text, "warning", f"{what}; it may also {', '.join(more)}", fix)


def _too_much(chain: Chain, resolved: ResolvedName, found: Rights, sender: str) -> Iterator[str]:
    if not found.owner:  # the registry of ENS version 1 does not know the name, so nothing is known of other rights
        return
    if found.owner.lower() == sender.lower():
        yield "give the name away: this key is the owner"
        return
    if found.operator:
        yield f"change the records of every name of {found.owner}"
    owner = rpc.call(abi.REGISTRY, abi.OWNER + resolved.name.node)
    holder = chain.batch(owner).perhaps(owner, abi.read_address) or ""
    words = abi.word(found.owner) + abi.word(sender)
    contracts = [abi.REGISTRY, *([holder] if found.wrapped else [])]
    queries = [rpc.call(contract, abi.IS_OPERATOR + words) for contract in contracts]
    answers = chain.batch(*queries)
    if any(answers.perhaps(query, abi.read_word) for query in queries):
        yield f"give every name of {found.owner} away"


def _balance(who: str, sender: str, cost: Cost) -> Finding:
    times = cost.balance // cost.likely_cost if cost.likely_cost else 0
    each = f"about {fees.ether(cost.likely_cost)} ETH each"
    if cost.likely_cost and times < FEW:
        what = f"{sender} can pay for {times} more publish{'' if times == 1 else 'es'} ({each})"
        return Finding(
            who, "warning", what, f"send some ether to this account, which holds {fees.ether(cost.balance)} ETH"
        )
    many = f"{times:,}" if 0 < times < 1000 else "more than 1,000"
    return Finding(who, "ok", f"{sender} can pay for {many} publishes ({each})")
