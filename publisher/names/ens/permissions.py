"""Show who may change a name, and give another key the right to change its record, or take this right away."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import ConfigError, NameUnusable, NamingError, NotAuthorised
from publisher.fast_dataclass import dataclass, replace
from publisher.journal.events import Event
from publisher.names.base import CALLDATA, Cost, LogLine, NameOutcome, RecordEvent
from publisher.names.ens import abi, allowance, fees, resolver, stops, unusable
from publisher.names.ens.approval import Approval, approval
from publisher.names.ens.chain_state import RecordQueries, read_all
from publisher.names.ens.execute import execute
from publisher.names.ens.holders import Holders, holders, owners
from publisher.names.ens.market import market_queries
from publisher.names.ens.nonces import Call, Nonces
from publisher.names.ens.resolver import ResolvedName
from publisher.names.ens.rpc import Reverted, TransactionRefused
from publisher.names.ens.service import EnsName

UPDATE_GAS = 51_200
"""The gas of an update by a delegate, if the name has a record already. Measured with the public resolver of 2023."""
FIRST_GAS = 105_200
"""The gas of the first update of a name without a record, measured with the same resolver."""
ALLOWED, DENIED = "allowed", "denied"
"""The two states of a right. The code that changes records also changes rights, with these states as the records."""


@dataclass(frozen=True, slots=True)
class NameRights:
    """Who may change a name, and which of them is the configured signer."""

    name: str
    node: bytes
    chain: int
    version: int
    resolver: str
    """The resolver of the name, or "" if it has none."""
    holders: Holders
    signer: str
    """The address of the configured signer, or "" if there is none or it cannot be opened."""
    set_resolver: str = ""
    """The call that gives the name a resolver, in words, or "" if it has one."""


@dataclass(frozen=True, slots=True)
class ApprovalPlan:
    """A call that changes a right, and its price."""

    approval: Approval
    chain: int
    sender: str
    """The address of the signer, or "" if nothing has to be signed."""
    cost: Cost | None
    """The cost of the transaction, or None if nothing has to be signed."""


@dataclass(frozen=True, slots=True)
class DeployFunds:
    """The ether that a deploy key needs, in wei."""

    updates: int
    """The number of updates that `wei` pays for. One of them is the first update of a name without a record."""
    wei: int
    max_fee_per_gas: int


class Permissions(EnsName):
    """The rights of one ENS name. As in EnsName, the methods raise NamingError, Unfinished and ConfigError."""

    def rights(self) -> NameRights:
        """Return who may change the name. Change nothing. A name without a resolver has owners all the same."""
        call = ""
        try:
            resolved, head = self._resolve()
        except NameUnusable:
            head, own = self._chain.head(), owners(self._chain, self._name)
            if not own.manager or resolver.older(self._chain, self._name):
                raise
            resolved = ResolvedName(self._name, "", b"", None)
            call = unusable.set_resolver(self._name, own.controller, own.manager if own.wrapped else abi.REGISTRY)
        return NameRights(
            self.name,
            self._name.node,
            self._chain.number,
            resolved.version,
            resolved.resolver,
            holders(self._chain, resolved, head.number),
            self._signer_address(),
            call,
        )

    def _signer_address(self) -> str:
        """Return the address of the configured signer, or "" if there is none or it cannot be opened.

        A keystore that has the address needs no password for this.
        """
        from publisher.names.signers import keys

        if self._settings.signer in ("", CALLDATA):
            return ""
        try:
            return keys.open_signer(self._settings.signer, self._settings.password_env, self._means).address
        except ConfigError:
            return ""

    def funds(self, updates: int) -> DeployFunds:
        """Return the ether that `updates` updates of a record need at most, at the present price of gas.

        Raises FeeTooHigh if the present price is above the configured limit.
        """
        queries, limits = market_queries(), self._settings.limits
        _, market = queries.read(self._chain.query_agreed(*queries.compared, extra=(queries.tip,)))
        first, later = (
            fees.quote(self.name, (gas, gas + gas // 5), market, limits, 0).cost for gas in (FIRST_GAS, UPDATE_GAS)
        )
        return DeployFunds(updates, first.max_cost + (updates - 1) * later.max_cost, later.max_fee_per_gas)

    def permits(self, address: str) -> bool:
        """Return whether the account at `address` may change the record. The owner of the name always may."""
        resolved, _ = self._resolve()
        if owners(self._chain, self._name).controller.lower() == address.lower():
            return True
        return approval(self._chain, resolved, address, True).done

    def balance(self, address: str) -> int:
        """Return the ether that the account at `address` holds, in wei."""
        return self._chain.balance(address)

    def plan(self, delegate: str, allow: bool, *, sign: bool) -> ApprovalPlan:
        """Return the call that gives `delegate` the right to change the record, or takes it. Sign nothing.

        With `sign`, the call is simulated and priced for the configured signer. Without it, it is only encoded, because
        another program will send it. Raises NotAuthorised if the signer may not send the call.
        """
        resolved, _ = self._resolve()
        found = approval(self._chain, resolved, delegate, allow)
        if found.done or not sign:
            return ApprovalPlan(found, self._chain.number, "", None)
        signer = self._signer()
        if found.caller is not None and found.caller.address.lower() != signer.address.lower():
            raise self._not_caller(found, signer.address)
        call = self._call(found)
        state = read_all(self._chain, signer.address, call, _right(found), (), None)
        match state.refusal:
            case Reverted() as no:
                raise self._refused_call(found, signer.address, no) from no
            case TransactionRefused() as no:
                raise stops.not_simulated(self._chain.hosts[0], signer.address, no) from no
        cost = allowance.planned(call, self._settings.limits, Nonces(()), state, signer.address)
        signer.prove()
        return ApprovalPlan(found, self._chain.number, signer.address, cost)

    def change(
        self, plan: ApprovalPlan, events: Sequence[Event], record_event: RecordEvent, log: LogLine
    ) -> NameOutcome:
        """Send the call of `plan`, and wait until it is mined. A call that an earlier run began is completed first.

        `events` are the events of the journal. `record_event` appends to it. `log` shows lines to the user. The outcome
        is `unchanged` if the right was given or taken already.
        """
        found, sender = plan.approval, self._signer().address
        change = self._job(
            self._call(found),
            _right(found),
            lambda no: self._refused_call(found, sender, no),
            events,
            record_event,
            log,
        )
        return execute(replace(change, agreed=plan.cost.max_cost if plan.cost is not None else None))

    def _call(self, found: Approval) -> Call:
        before, after = (DENIED, ALLOWED) if found.allow else (ALLOWED, DENIED)
        return Call(f"{self.name} (permission of {found.delegate})", found.to, found.data, before, after, 0)

    def _not_caller(self, found: Approval, sender: str) -> NotAuthorised:
        """Return the error for a signer that does not own the name."""
        assert found.caller is not None
        owner, kind = found.caller.address, found.caller.text
        if kind:
            return NotAuthorised(
                self.name,
                f"only the owner {owner} may permit another key, and this owner is {kind}",
                hint="run again with --calldata, and let the owner send the call",
            )
        return NotAuthorised(
            self.name,
            f"only the owner {owner} may permit another key, and the signer is {sender}",
            hint="sign with the key of the owner: --signer names it; or run again with --calldata",
        )

    def _refused_call(self, found: Approval, sender: str, no: Reverted) -> NamingError:
        if found.role:
            return NotAuthorised(
                self.name,
                f"{sender} may not give or take roles on the resolver {found.to}: {abi.reason(no.data)}",
                hint="sign with a key that has the role's admin role: `publish name who` lists the roles",
            )
        return NameUnusable(
            self.name,
            f"the resolver {found.to} refuses the permission: {abi.reason(no.data)}",
            hint="look at the name at https://app.ens.domains",
        )


def _right(found: Approval) -> RecordQueries:
    """Return the query for the present right of the delegate."""
    return RecordQueries((found.holds,), lambda answers: ALLOWED if found.has_right(answers[found.holds]) else DENIED)
