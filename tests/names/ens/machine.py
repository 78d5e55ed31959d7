"""A machine that carries changes to a real chain: its journal lasts, its time is its own, its power can go out."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from publisher.errors import RpcError, Unfinished
from publisher.journal.events import Event, Settled, Signed
from publisher.names import contenthash
from publisher.names.base import NameOutcome
from publisher.names.ens import rpc
from publisher.names.ens.execute import Call, RecordQueries, TransactionJob, TransactionLimits, execute
from publisher.names.ens.rpc import Chain
from publisher.names.signers import keys
from tests.services.chain import OTHER, OWNER, Account, Anvil, data, namehash

GWEI = 10**9
ROOTS = [f"ipfs://bafkreibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7{end}" for end in ("d4", "da", "di", "dq")]
A, B, C, _ = ROOTS
SCARCE = 22 * GWEI // 10
"""A ceiling that the first attempt reaches, so that a second cannot be offered more."""
LIMITS = TransactionLimits(max_fee_wei=100 * GWEI, patience=120)


class Killed(BaseException):
    """The power goes out."""


@dataclass(slots=True)
class Run:
    """One machine: its journal lasts from run to run. `at` says what happens as time goes on: second -> what."""

    anvil: Anvil
    signer: keys.Signer
    chain: Chain
    limits: TransactionLimits = LIMITS
    name: str = "demo.eth"
    journal: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    time: float = 0.0
    agreed: int | None = None
    """What the person agreed to pay at most; None: what the first look says."""
    ask: Callable[[str], bool] | None = None
    before_move: Callable[[], str] | None = None
    """What says whether the goal is the newest."""
    planned_nonce: int | None = None
    at: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    kill: int = -1
    """The step at which it dies: each event has two, before and after it is written."""
    steps: int = 0

    def carry(self, root: str, sequence: int = 1, *, before: str | None = None, **changes: Any) -> NameOutcome:
        payload = bytes.fromhex(
            data("setContenthash(bytes32,bytes)", namehash(self.name), contenthash.encode(root))[2:]
        )
        seen = self.record() if before is None else before
        call = Call(self.name, self.anvil.resolver, payload, seen, root, sequence)
        self.steps = 0
        return execute(
            TransactionJob(
                call=replace(call, **changes),
                chain=self.chain,
                signer=self.signer,
                limits=self.limits,
                events=tuple(self.journal),
                record_event=self.record_event,
                log=self.said.append,
                clock=lambda: self.time,
                sleep=self.sleep,
                record=RecordQueries((), lambda answers: self.record()),
                agreed=self.agreed,
                ask=self.ask,
                before_move=self.before_move,
                planned_nonce=self.planned_nonce,
            )
        )

    def record(self) -> str:
        return contenthash.decode(self.anvil.record(self.name))

    def record_event(self, event: Event) -> None:
        self.step()
        self.journal.append(event)
        if isinstance(event, Settled):
            self.journal[:] = [
                replace(e, raw="") if isinstance(e, Signed) and e.hash == event.hash else e for e in self.journal
            ]
        self.step()

    def step(self) -> None:
        if self.steps == self.kill:
            raise Killed
        self.steps += 1

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "never busy"
        self.time += seconds
        due = [what for when, what in self.at if when <= self.time]
        self.at = [(when, what) for when, what in self.at if when > self.time]
        for what in due:
            what()

    def after(self, seconds: float, what: Callable[[], Any]) -> None:
        self.at.append((self.time + seconds, lambda: (what(), None)[1]))

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.journal if isinstance(event, kind)]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal]

    @property
    def mined(self) -> list[str]:
        return self.anvil.mined(self.signer.address)


def machine(anvil: Anvil, account: Account = OWNER) -> Run:
    key = bytes.fromhex(account.key[2:])
    signer = keys.KeySigner(keys.address_of(key), lambda: key)
    return Run(anvil, signer, Chain([anvil.url], 31337, sleep=lambda _: None))


def erased(run: Run) -> bool:
    """Whether the bytes of everything that is settled are gone."""
    ended = {event.hash for event in run.of(Settled)}
    return all(bool(signed.raw) == (signed.hash not in ended) for signed in run.of(Signed))


def outbids(newer: Signed, older: Signed) -> bool:
    """Whether every node takes the newer one instead: anvil would take less."""
    return newer.max_fee * 8 >= older.max_fee * 9 and newer.tip * 8 >= older.tip * 9


def stuck(run: Run, root: str, sequence: int = 1) -> Signed:
    """One transaction that waits and will not be mined."""
    run.anvil.automine(False)
    limits, run.limits = run.limits, replace(run.limits, patience=2, max_fee_wei=SCARCE)
    with pytest.raises(Unfinished):
        run.carry(root, sequence)
    run.limits = limits
    signed: Signed = run.of(Signed)[-1]
    assert run.anvil.pool(run.signer.address) == [signed.hash]
    return signed


def take_the_nonce(run: Run) -> None:
    """A wallet with the same key spends the nonce."""
    for hash_ in run.anvil.pool(run.signer.address):
        run.anvil.drop(hash_)
    run.anvil.rpc("eth_sendTransaction", {"from": run.signer.address, "to": OTHER.address, "value": "0x1"})
    run.anvil.mine()


@dataclass(slots=True)
class Flaky:
    """A chain whose end point is away for so many looks."""

    real: Chain
    looks: int = 0

    def off(self, looks: int) -> None:
        self.looks = looks

    def every(self, *queries: rpc.Query[Any]) -> rpc.QueryAnswers:
        if self.looks:
            self.looks -= 1
            raise RpcError("rpc", "is away")
        return self.real.every(*queries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@dataclass(slots=True)
class Counted:
    """A chain that counts how often it is asked."""

    real: Chain
    trips: int = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if name in ("batch", "every", "query_agreed", "send_raw", "call"):
            self.trips += 1
        return found
