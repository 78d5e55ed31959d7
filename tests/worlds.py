"""A site of forty pages, and stores, pinners and names without a network: a world that outlives a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from publisher.dag.cid import Cid, Get
from publisher.dag.tree import add_tree
from publisher.dag.unixfs import MODERN, add_file
from publisher.deploy import apply
from publisher.deploy.observe import DesiredState, next_sequence, observe
from publisher.errors import (
    BlockMissing,
    PublishError,
    StoreUnreachable,
    Unfinished,
)
from publisher.findings import Finding
from publisher.journal.events import Event, Signed
from publisher.journal.history import RecordChange
from publisher.names.base import BeforeMove, LogLine, NameGoal, NameOutcome, NameState, RecordEvent
from publisher.stores.base import PinRequest, Progress, Receipt, StoredPin, Upload

BLOCKS: dict[Cid, bytes] = {}


def get(cid: Cid) -> bytes:
    if cid not in BLOCKS:
        raise BlockMissing("cache", f"{cid} is not here")
    return BLOCKS[cid]


def site(text: str, home: str = "") -> Cid:
    """The root of a small site, its blocks at hand; with another home page if it is given."""

    def emit(block: object) -> None:
        BLOCKS[block.cid] = block.data  # type: ignore[attr-defined]

    files = {f"posts/{n}/index.html": add_file([f"{text} {n}".encode()], MODERN, emit) for n in range(40)}
    return add_tree(files | {"index.html": add_file([(home or text).encode()], MODERN, emit)}, MODERN, emit).cid


class LetsNothingGo:
    """What fake stores and pinners have in common: they hold `roots`, and a run that unpins one of them is wrong."""

    roots: set[Cid]

    def pins(self, name: str) -> frozenset[Cid]:
        return frozenset(self.roots)

    def all_pins(self) -> Iterator[StoredPin]:
        return iter(())

    def claims(self) -> dict[Cid, frozenset[str]]:
        return {}

    def disclaim(self, root: Cid, sites: frozenset[str]) -> None:
        pass

    def unpin(self, root: Cid, name: str, sites: frozenset[str]) -> bool:
        raise AssertionError("this run lets go of nothing")

    def examine(self) -> Iterator[Finding]:
        return iter(())


@dataclass
class FakeStore(LetsNothingGo):
    """Holds what it is sent, unless it is told to fail."""

    label: str = "local"
    kind: str = "fake"
    error: PublishError | None = None
    lies: bool = False
    roots: set[Cid] = field(default_factory=set)
    sent: list[Cid] = field(default_factory=list)
    met: tuple[str, ...] = ()
    lost: bool = False
    """It says neither where it is nor meets anybody."""
    to_be_named: bool | None = None
    """What the last shipment said."""
    read: list[Cid] = field(default_factory=list)

    def held(self, root: Cid) -> bool:
        return root in self.roots

    def put(self, upload: Upload, progress: Progress) -> Receipt:
        if self.error is not None:
            raise self.error
        self.sent.append(upload.root)
        self.to_be_named = upload.to_be_named
        self.roots.add(upload.root)
        progress(10, 10)
        return Receipt(self.label, self.kind, "pinned", upload.root, 10)

    def reader(self) -> Get | None:
        def read(cid: Cid) -> bytes:
            self.read.append(cid)
            return b"something else" if self.lies else get(cid)

        return read

    def origins(self) -> tuple[str, ...]:
        if self.lost:
            raise StoreUnreachable(self.label, "connection refused")
        return (f"/ip4/127.0.0.1/tcp/4001/p2p/{self.label}",)

    def connect_peers(self, addresses: tuple[str, ...]) -> None:
        if self.lost:
            raise StoreUnreachable(self.label, "connection refused")
        self.met += addresses


@dataclass
class FakePinner(LetsNothingGo):
    """Is told a root, and says each time what it is told to say next."""

    label: str = "service"
    kind: str = "pinning"
    says: list[str] = field(default_factory=lambda: ["pinned"])
    gateway: bool = False
    down: bool = False
    orders: list[PinRequest] = field(default_factory=list)
    roots: set[Cid] = field(default_factory=set)

    def held(self, root: Cid) -> bool:
        if self.down:
            raise StoreUnreachable(self.label, "connection refused")
        return root in self.roots

    def pin(self, request: PinRequest) -> Receipt:
        if self.down:
            raise StoreUnreachable(self.label, "connection refused")
        self.orders.append(request)
        request.connect_peers(("/ip4/127.0.0.1/tcp/1/p2p/them",))
        status = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        self.roots |= {request.root} if status == "pinned" else set()
        return Receipt(self.label, self.kind, status, request.root)

    def reader(self) -> Get | None:
        return get if self.gateway else None


@dataclass
class FakeName:
    """A record that is changed by one transaction, numbered as they are mined."""

    name: str = "example.eth"
    kind: str = "ens"
    record: str = ""
    moves: int = 0
    pending: bool = False
    forgets: bool = False

    def observe(self, goal: NameGoal, events: Sequence[Event]) -> NameState:
        return NameState(self.name, self.kind, self.record, "0xme", None)

    def move(
        self,
        goal: NameGoal,
        events: Sequence[Event],
        record_event: RecordEvent,
        log: LogLine,
        before_move: BeforeMove | None = None,
    ) -> NameOutcome:
        if self.record == goal.after:
            return NameOutcome(self.name, self.kind, "unchanged", self.record, self.record)
        if before_move is not None and (why := before_move()):
            return NameOutcome(self.name, self.kind, "superseded", self.record, goal.after, why=why)
        if self.pending:
            raise Unfinished(self.name, "a transaction is pending")
        before, self.moves = self.record, self.moves + 1
        record_event(
            Signed(1, "0xme", self.moves, goal.sequence, self.name, before, goal.after, 1, 1, f"0x{self.moves}", "raw")
        )
        self.record = "" if self.forgets else goal.after
        return NameOutcome(self.name, self.kind, "moved", before, goal.after, f"0x{self.moves}")

    def shows(self) -> str:
        return self.record

    def history(self) -> Iterator[RecordChange]:
        return iter(())

    def examine(self) -> Iterator[Finding]:
        return iter(())


class Killed(BaseException):
    """The process ends here."""


SITE = "1" * 16


@dataclass
class World:
    """Stores, a name and a journal that outlive a run; `patience` events are told before the process is killed."""

    stores: list[FakeStore] = field(default_factory=lambda: [FakeStore()])
    names: list[FakeName] = field(default_factory=lambda: [FakeName()])
    events: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pinners: list[FakePinner] = field(default_factory=list)
    gateways: dict[str, Get] = field(default_factory=dict)
    outside: str = "auto"
    before_move: BeforeMove | None = None

    def run(
        self, root: Cid, copies: int = 1, patience: int = 10**6, after: bool = True, back: bool = False
    ) -> list[apply.Result]:
        return list(self.steps(root, copies, patience, after, back))

    def steps(
        self, root: Cid, copies: int = 1, patience: int = 10**6, after: bool = True, back: bool = False
    ) -> Iterator[apply.Result]:
        left = patience

        def record_event(event: Event) -> None:
            nonlocal left
            left -= 1
            if left < 0 and not after:
                raise Killed
            self.events.append(event)
            if left < 0:
                raise Killed

        desired = DesiredState(root, "example", get, copies, next_sequence(self.events, root), back, SITE)
        state = observe(desired, self.stores, self.names, self.events, self.pinners)
        apply.possible(desired, state)
        steps = apply.plan(desired, state)
        context = apply.DeployContext(
            self.stores,
            self.pinners,
            self.names,
            self.gateways,
            lambda: self.events,
            record_event,
            self.said.append,
            self.said.append,
            lambda label, done, size: None,
            self.outside,
            0.5,
            self.before_move,
        )
        yield from apply.apply(desired, state, steps, context)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]
