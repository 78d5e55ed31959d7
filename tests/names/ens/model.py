"""A chain that does whatever a chain may do, as a tape of numbers says: it loses, keeps, delays, mines, reorganises.

One thing it may not do: change a block that has once been as deep as the confirmations that are asked for.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from publisher.errors import RpcError
from publisher.names.ens import abi
from publisher.names.ens.rpc import Head, Query, QueryAnswers, TransactionReceipt, TransactionRefused
from publisher.names.signers.keys import Transaction

GWEI = 10**9
SENDER = "0x" + "aa" * 20


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction: of ours, of our key by other hands (no hash), or of somebody else (no nonce)."""

    hash: str
    nonce: int | None
    name: str
    after: str
    sequence: int
    max_fee: int
    tip: int


@dataclass(frozen=True, slots=True)
class Block:
    hash: str
    txs: tuple[tuple[Tx, bool], ...]
    """Each with whether it succeeded."""


class Signer:
    """Signs by writing down what it was asked to."""

    address = SENDER

    def prove(self) -> None:
        pass

    def sign(self, transaction: Transaction) -> bytes:
        name, after, sequence = json.loads(transaction.data)
        t = transaction
        return json.dumps([t.nonce, name, after, sequence, t.max_fee, t.tip]).encode()


class Tape:
    """Numbers below 256, then only zeros, which stand for nothing bad."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers: Iterator[int] = iter(numbers)

    def below(self, limit: int) -> int:
        return next(self._numbers, 0) % limit


@dataclass(slots=True)
class World:
    """The chain, every pool, and whoever else acts."""

    tape: Tape
    confirmations: int
    blocks: list[Block] = field(default_factory=lambda: [Block("0x0", ())])
    pool: dict[int, Tx] = field(default_factory=dict)
    ever: dict[str, Tx] = field(default_factory=dict)
    """All of ours that was ever handed in: any of it may be mined as long as its nonce is free."""
    base_fee: int = GWEI
    safe: int = 0
    """Blocks up to this one have been deep enough once."""
    lag: int = 0
    """So many looks will find no receipts."""
    meddled: bool = False
    """Somebody else changed a record."""
    kind: bool = False
    """Only good things happen from now on."""
    time: float = 0.0
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    # what the chain is

    def nonce(self, height: int | None = None) -> int:
        blocks = self.blocks if height is None else self.blocks[: height + 1]
        return sum(tx.nonce is not None for block in blocks for tx, _ in block.txs)

    def record(self, name: str) -> str:
        shown = [tx.after for block in self.blocks for tx, ok in block.txs if ok and tx.name == name]
        return shown[-1] if shown else ""

    def ours(self) -> list[Tx]:
        """Mined and successful."""
        return [tx for block in self.blocks for tx, ok in block.txs if ok and tx.hash in self.ever]

    def receipt(self, hash_: str) -> TransactionReceipt | None:
        for number, block in enumerate(self.blocks):
            for tx, ok in block.txs:
                if tx.hash == hash_:
                    return TransactionReceipt(ok, number, block.hash, 50_000, self.base_fee)
        return None

    # what happens to it

    def mine(self, tx: Tx | None = None, *, ok: bool = True) -> None:
        if tx is not None and tx.nonce is not None:
            assert tx.nonce == self.nonce()
            self.pool = {n: t for n, t in self.pool.items() if n > tx.nonce}
        self.blocks.append(Block(f"0x{next(self.serial):064x}", ((tx, ok),) if tx else ()))
        self.safe = max(self.safe, len(self.blocks) - self.confirmations)

    def reorg(self) -> None:
        depth = self.tape.below(len(self.blocks) - self.safe)
        gone = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        back = [tx for block in gone for tx, _ in block.txs if tx.hash in self.ever]
        if self.tape.below(2):
            self.pool.update({tx.nonce: tx for tx in back if tx.nonce is not None})

    def minable(self) -> list[Tx]:
        return [tx for tx in self.ever.values() if tx.nonce == self.nonce()]

    def pass_time(self, seconds: float) -> None:
        """Sleeping is when things happen."""
        assert seconds > 0
        self.time += seconds
        if self.kind:
            gap = self.nonce() not in self.pool and bool(
                self.pool
            )  # what a reorganisation took from another comes back
            self.mine(Tx("", self.nonce(), "", "", 0, 0, 0) if gap else self.pool.get(self.nonce()))
            return
        self.misfortune(self.tape.below(16))

    def misfortune(self, number: int) -> None:  # noqa: C901 - a list of what can happen
        """One thing that may happen to a chain; some numbers are nothing."""
        waiting, found = self.pool.get(self.nonce()), self.minable()
        if number in (1, 2, 3) and waiting is not None:
            self.mine(waiting, ok=number != 3)
        elif number in (4, 5) and found:
            self.mine(found[self.tape.below(len(found))])
        elif number == 6:
            self.pool.clear()
        elif number in (7, 8):
            self.reorg()
        elif number == 9:
            self.mine(Tx("", self.nonce(), "", "", 0, 0, 0))
        elif number == 10:
            self.base_fee = (1, 20, 60)[self.tape.below(3)] * GWEI
        elif number == 11:
            self.mine()
        elif number == 12:
            self.lag = self.lag or 1 + self.tape.below(2)
        elif number == 13 and not self.meddled and not self.tape.below(4):
            self.meddled = True
            self.mine(Tx("", None, "one.eth", "ipfs://other", 0, 0, 0))
        elif number == 14:
            self.time += 40

    def hand_in(self, raw: bytes) -> str:
        """What a node does with a transaction: the rules of geth, or nothing, or nothing that it would tell."""
        nonce, name, after, sequence, max_fee, tip = json.loads(raw)
        tx = Tx("0x" + abi.keccak(raw).hex(), nonce, name, after, sequence, max_fee, tip)
        fate = 0 if self.kind else self.tape.below(8)
        if fate == 1:
            raise RpcError("node", "was away")
        if nonce < self.nonce():
            raise TransactionRefused("nonce-used", "nonce too low")
        self.ever[tx.hash] = tx
        if fate == 2:
            raise TransactionRefused(
                "underpriced", "below what this node takes"
            )  # and passed on to others all the same
        there = self.pool.get(nonce)
        if there is not None and there.hash != tx.hash:
            assert tx.max_fee * 10 >= there.max_fee * 11, "a node would not take this"
            assert tx.tip * 10 >= there.tip * 11, "a node would not take this"
        if tx.max_fee >= self.base_fee or not self.kind:
            self.pool[nonce] = tx
        if fate == 3:
            raise RpcError("node", "broke the connection after it took it")
        return tx.hash


@dataclass(slots=True)
class ModelChain:
    """What `Chain` is to the rest, over the model."""

    world: World
    number: int = 1
    hosts: tuple[str, ...] = ("model",)

    def query_agreed(self, *queries: Query[Any], extra: Sequence[Query[Any]] = ()) -> QueryAnswers:
        return self.batch(*queries, *extra)

    def batch(self, *queries: Query[Any]) -> QueryAnswers:
        lags = self.world.lag > 0
        self.world.lag -= lags
        return QueryAnswers({ask: self._answer(ask, lags) for ask in queries})

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        return b""

    def send_raw(self, raw: bytes) -> str:
        return self.world.hand_in(raw)

    def _answer(self, ask: Query[Any], lags: bool) -> Any:
        world = self.world
        match ask.method, ask.params:
            case "eth_getTransactionCount", (_, "latest"):
                return world.nonce()
            case "eth_getTransactionCount", (_, "pending"):
                return world.nonce() + (world.nonce() in world.pool)
            case "eth_getTransactionCount", (_, height):
                return world.nonce(int(height, 16))
            case "eth_getBlockByNumber", _:
                return Head(len(world.blocks) - 1, world.blocks[-1].hash, world.base_fee, 0)
            case "eth_getTransactionReceipt", (hash_,):
                return None if lags else world.receipt(hash_)
        return {"eth_maxPriorityFeePerGas": GWEI, "eth_estimateGas": 50_000, "eth_getBalance": 10**20}[ask.method]
