"""Write the text and the JSON of `publish name`: who may change a name, a new key, and a permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from publisher.formatting import ether, shown

if TYPE_CHECKING:
    from publisher.app.name_permissions import NewKey
    from publisher.names.ens.permissions import ApprovalPlan, NameRights


def rights_lines(found: NameRights) -> Iterator[str]:
    """Yield the lines about everyone who may change a name."""
    resolver = f"resolver {found.resolver}" if found.resolver else "no resolver, so it cannot show anything"
    yield f"{shown(found.name)} (ENS version {found.version}), {resolver}"
    for holder in found.holders.found:
        account = holder.account
        kind = f", {account.text}" if account.text else ""
        signer = "  <- the configured signer" if account.address.lower() == found.signer.lower() else ""
        yield f"  {holder.part:<8}  {account.address}{kind}{signer}"
        yield f"            may {holder.may}"
    if not found.holders.found:
        yield "  nobody is known who may change it"
    if found.signer and not found.holders.of(found.signer):
        yield f"the configured signer {found.signer} is none of them"
    if found.set_resolver:
        yield f"next: {found.set_resolver}"


def rights_row(found: NameRights) -> dict[str, Any]:
    """Return who may change a name as a JSON object."""
    rows = [
        {
            "part": holder.part,
            "account": holder.account.address,
            "contract": holder.account.contract,
            "owners": list(holder.account.owners),
            "threshold": holder.account.threshold or None,
            "may": holder.may,
            "signer": holder.account.address.lower() == found.signer.lower(),
        }
        for holder in found.holders.found
    ]
    row: dict[str, Any] = {"name": found.name, "node": f"0x{found.node.hex()}", "chain": found.chain}
    row |= {"version": found.version, "resolver": found.resolver or None, "signer": found.signer or None}
    row |= {"set_resolver": found.set_resolver} if found.set_resolver else {}
    return row | {"holders": rows, "unknown": found.holders.unknown or None}


def key_lines(made: NewKey) -> Iterator[str]:
    """Yield the lines about a new key: where it is, what it needs, and what comes next."""
    yield f"the key is in {made.file}, encrypted with the password in {made.password_env}; no command shows the key"
    yield "keep the file out of git, and keep a copy of the password: nobody can restore it"
    if made.funds is not None:
        each = f"{made.funds.updates} publishes need at most {ether(made.funds.wei)}"
        yield f"{each} at the present price of gas; this key needs no more than that"
    elif made.fault:
        yield f"the price of gas is unknown, and so is the ether that the key needs: {made.fault}"
    yield "next:"
    yield f"  1. publish name delegate {made.address}  # the owner of the name sends this call"
    yield f"  2. send ether to {made.address}"
    yield f'  3. write signer = "keystore:{made.file}" and password-env = "{made.password_env}" into publish.toml'
    yield "  4. publish doctor"


def key_row(made: NewKey) -> dict[str, Any]:
    """Return a new key as a JSON object. It has the address and never the key."""
    row: dict[str, Any] = {"address": made.address, "file": made.file, "password_env": made.password_env}
    if made.funds is None:
        return row | {"funds": None}
    funds = made.funds
    return row | {"funds": {"updates": funds.updates, "max_wei": funds.wei, "max_fee_per_gas": funds.max_fee_per_gas}}


def plan_lines(plan: ApprovalPlan) -> Iterator[str]:
    """Yield the effect of a call and its price."""
    call = plan.approval
    if call.done:
        yield f"nothing to do: {call.delegate} {'may do this already' if call.allow else 'has no such permission'}"
        return
    yield f"{call.effect}."
    if plan.cost is not None:
        cost = plan.cost
        yield f"it costs about {ether(cost.likely_cost)}, at most {ether(cost.max_cost)}, from {plan.sender}"


def plan_row(plan: ApprovalPlan) -> dict[str, Any]:
    """Return a call, its effect and its price as a JSON object. Fees are in wei."""
    call, cost = plan.approval, plan.cost
    row: dict[str, Any] = {"name": call.name, "delegate": call.delegate, "allow": call.allow, "done": call.done}
    row |= {"effect": call.effect, "sender": plan.sender or None}
    row["call"] = {"chain": plan.chain, "to": call.to, "value": "0", "data": f"0x{call.data.hex()}"}
    row["call"]["node"] = f"0x{call.node.hex()}"
    row["call"]["from"] = call.caller.address if call.caller else None
    row["cost"] = {"gas": cost.gas, "max_wei": cost.max_cost, "likely_wei": cost.likely_cost} if cost else None
    return row


def call_lines(plan: ApprovalPlan) -> Iterator[str]:
    """Yield the call that another program has to send."""
    call = plan.approval
    yield f"chain  {plan.chain}"
    if call.caller is not None:
        kind = f" ({call.caller.text})" if call.caller.text else ""
        yield f"from   {call.caller.address}{kind}"
    yield f"to     {call.to}"
    yield "value  0"
    yield f"data   0x{call.data.hex()}"
    yield f"name   {call.name} (0x{call.node.hex()})"
