"""A chain that does whatever a chain may do, as a tape of numbers says: it loses, keeps, delays, mines, reorganises.

One thing it may not do: change a block that has once been as deep as the confirmations that are asked for.
Each end point of the chain may lie about what it is asked: fees, gas, tips, receipts, nonces and the record.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from publisher.names.ens import abi, rpc
from publisher.names.ens.execute import RecordQueries
from publisher.names.ens.responses import EndPointError
from publisher.names.ens.rpc import Chain
from publisher.names.ens.transport import RpcRequest
from publisher.names.signers.keys import Transaction

T = TypeVar("T")
R = TypeVar("R")
GWEI = 10**9
GAS = 50_000
"""What a change uses. With a lower limit it runs out of gas."""
RECORDS = "0x" + "cc" * 20
"""The contract that says what a name shows."""
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
    gas: int = GAS


OTHERS = Tx("", 0, "", "", 0, 10**12, 0)


@dataclass(frozen=True, slots=True)
class Block:
    hash: str
    txs: tuple[tuple[Tx, bool], ...]
    """Each with whether it succeeded."""
    base_fee: int = GWEI

    def paid(self, tx: Tx) -> tuple[int, int]:
        """The gas that a transaction used, and its price."""
        return min(tx.gas, GAS), min(tx.max_fee, self.base_fee + tx.tip)


class Signer:
    """Signs by writing down what it was asked to."""

    address = SENDER

    def prove(self) -> None:
        pass

    def sign(self, transaction: Transaction) -> bytes:
        name, after, sequence = json.loads(transaction.data)
        t = transaction
        return json.dumps([t.nonce, name, after, sequence, t.max_fee, t.tip, t.gas]).encode()


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
    shared: bool = False
    """Another machine has the key. Then a replacement may offer less than the transaction that a node has."""
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

    def paid(self) -> list[tuple[Tx, int]]:
        """Each mined transaction of ours, failed ones too, with its fee in wei."""
        mined = [(block, tx) for block in self.blocks for tx, _ in block.txs if tx.hash in self.ever]
        return [(tx, gas * price) for block, tx in mined for gas, price in [block.paid(tx)]]

    def receipt(self, hash_: str) -> dict[str, str] | None:
        """What a node answers for a transaction."""
        for number, block in enumerate(self.blocks):
            for tx, ok in block.txs:
                if tx.hash == hash_:
                    gas, price = block.paid(tx)
                    return receipt(hash_, number, block.hash, gas, price, ok=ok)
        return None

    # what happens to it

    def mine(self, tx: Tx | None = None, *, ok: bool = True) -> None:
        if tx is not None and tx.nonce is not None:
            assert tx.nonce == self.nonce()
            self.pool = {n: t for n, t in self.pool.items() if n > tx.nonce}
            ok = ok and tx.gas >= GAS
        self.blocks.append(Block(f"0x{next(self.serial):064x}", ((tx, ok),) if tx else (), self.base_fee))
        self.safe = max(self.safe, len(self.blocks) - self.confirmations)

    def reorg(self) -> None:
        depth = self.tape.below(len(self.blocks) - self.safe)
        gone = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        back = [tx for block in gone for tx, _ in block.txs if tx.hash in self.ever]
        if self.tape.below(2):
            self.pool.update({tx.nonce: tx for tx in back if tx.nonce is not None})

    def minable(self) -> list[Tx]:
        return [tx for tx in self.ever.values() if tx.nonce == self.nonce() and tx.max_fee >= self.base_fee]

    def pass_time(self, seconds: float) -> None:
        """Sleeping is when things happen."""
        assert seconds > 0
        self.time += seconds
        if self.kind:
            gap = self.nonce() not in self.pool and bool(
                self.pool
            )  # what a reorganisation took from another comes back
            self.mine(replace(OTHERS, nonce=self.nonce()) if gap else self.pool.get(self.nonce()))
            return
        self.misfortune(self.tape.below(16))

    def misfortune(self, number: int) -> None:  # noqa: C901 - a list of what can happen
        """One thing that may happen to a chain; some numbers are nothing."""
        waiting, found = self.pool.get(self.nonce()), self.minable()
        waiting = waiting if waiting in found else None
        if number in (1, 2, 3) and waiting is not None:
            self.mine(waiting, ok=number != 3)
        elif number in (4, 5) and found:
            self.mine(found[self.tape.below(len(found))])
        elif number == 6:
            self.pool.clear()
        elif number in (7, 8):
            self.reorg()
        elif number == 9:
            self.mine(replace(OTHERS, nonce=self.nonce()))
        elif number == 10:
            self.base_fee = (1, 20, 60)[self.tape.below(3)] * GWEI
        elif number == 11:
            self.mine()
        elif number == 12:
            self.lag = self.lag or 1 + self.tape.below(2)
        elif number == 13 and not self.meddled and not self.tape.below(4):
            self.meddled = True
            self.mine(replace(OTHERS, nonce=None, name="one.eth", after="ipfs://other"))
        elif number == 14:
            self.time += 40

    def hand_in(self, raw: bytes) -> dict[str, Any]:
        """What a node does with a transaction: the rules of geth, or nothing, or nothing that it would tell."""
        nonce, name, after, sequence, max_fee, tip, gas = json.loads(raw)
        tx = Tx("0x" + abi.keccak(raw).hex(), nonce, name, after, sequence, max_fee, tip, gas)
        fate = 0 if self.kind else self.tape.below(8)
        if fate == 1:
            raise EndPointError("was away")
        if nonce < self.nonce():
            return refusal("nonce too low")
        self.ever[tx.hash] = tx
        if fate == 2:
            return refusal("transaction underpriced")  # and passed on to others all the same
        there = self.pool.get(nonce)
        if there is not None and there.hash != tx.hash:
            if self.shared and (tx.max_fee * 10 < there.max_fee * 11 or tx.tip * 10 < there.tip * 11):
                return refusal("replacement transaction underpriced")
            assert tx.max_fee * 10 >= there.max_fee * 11, "a node would not take this"
            assert tx.tip * 10 >= there.tip * 11, "a node would not take this"
        if tx.max_fee >= self.base_fee or not self.kind:
            self.pool[nonce] = tx
        if fate == 3:
            raise EndPointError("broke the connection after it took it")
        return {"result": tx.hash}


def refusal(message: str) -> dict[str, Any]:
    return {"error": {"code": -32000, "message": message}}


def receipt(hash_: str, number: int, block: str, gas: int, price: int, *, ok: bool) -> dict[str, str]:
    return {
        "transactionHash": hash_,
        "status": "0x1" if ok else "0x0",
        "blockNumber": hex(number),
        "blockHash": block,
        "gasUsed": hex(gas),
        "effectiveGasPrice": hex(price),
    }


@dataclass(slots=True)
class ModelEnd:
    """An end point of the model. With a tape of lies, some of its answers are not true."""

    url: str
    world: World
    lies: Tape | None = None
    alone: bool = False
    """No other end point would contradict it, so it lies only about fees, gas, tips and receipts."""
    date: str = ""

    @property
    def host(self) -> str:
        return self.url

    def ask(self, questions: Sequence[RpcRequest]) -> list[dict[str, Any]]:
        lags = self.lies is None and self.world.lag > 0
        self.world.lag -= lags
        lying = self.lies is not None and not self.world.kind and self.lies.below(3) == 0
        return [self._reply(method, params, lags, lying) for method, params in questions]

    def send(self, raw: bytes) -> dict[str, Any]:
        if self.lies is None or self.world.kind:
            return self.world.hand_in(raw)
        fate = self.lies.below(4)
        if fate == 1 and not self.alone:
            return {"result": "0x" + abi.keccak(raw).hex()}  # swallowed
        if fate == 2 and not self.alone:
            return {"result": "0x" + "11" * 32}
        return self.world.hand_in(raw)

    def close(self) -> None:
        pass

    def _reply(self, method: str, params: Sequence[Any], lags: bool, lying: bool) -> dict[str, Any]:
        if method == "eth_getTransactionReceipt" and lags:
            return {"result": None}
        if lying and self.lies is not None and (lie := self._lie(method, params, self.lies)) is not None:
            return {"result": None if lie == "nothing" else lie}
        return {"result": self._truth(method, params)}

    def _truth(self, method: str, params: Sequence[Any]) -> Any:
        world = self.world
        match method, *params:
            case "eth_getTransactionCount", _, "latest":
                return hex(world.nonce())
            case "eth_getTransactionCount", _, "pending":
                return hex(world.nonce() + (world.nonce() in world.pool))
            case "eth_getTransactionCount", _, height:
                return hex(world.nonce(int(height, 16)))
            case "eth_getBlockByNumber", *_:
                return self._block(world.base_fee)
            case "eth_getTransactionReceipt", hash_:
                return world.receipt(hash_)
            case "eth_feeHistory", *_:
                return self._history(world.base_fee, GWEI)
            case "eth_call", {"to": to, "data": data}, _:
                shown = world.record(bytes.fromhex(data[2:]).decode()) if to == RECORDS else ""
                return "0x" + shown.encode().hex()
        known = {"eth_maxPriorityFeePerGas": GWEI, "eth_estimateGas": GAS, "eth_getBalance": 10**20, "eth_chainId": 1}
        return hex(known[method])

    def _lie(self, method: str, params: Sequence[Any], lies: Tape) -> Any:
        """Another answer than the true one, or None if it tells the truth here."""
        number = lies.below(4)
        match method:
            case "eth_getBlockByNumber":
                return self._block((1, GWEI, 40 * GWEI, 10**15)[number])
            case "eth_feeHistory":
                return ("nothing", self._history(9 * GWEI, 0), self._history(GWEI, 10**15), None)[number]
            case "eth_maxPriorityFeePerGas":
                return (hex(0), hex(10**15), "nothing", None)[number]
            case "eth_estimateGas":
                return (hex(21_000), hex(400_000), hex(10**9), None)[number]
            case "eth_getTransactionReceipt":
                return self._false_receipt(params[0], number)
        if self.alone or method == "eth_chainId":
            return None
        match method, *params:
            case "eth_getTransactionCount", *_:
                return hex(max(0, self.world.nonce() + (1, -1, 2, 0)[number]))
            case "eth_call", {"to": to}, _ if to == RECORDS:
                return "0x" + (b"", b"ipfs://lie", b"ipfs://a", b"ipfs://b")[number].hex()
        return None

    def _false_receipt(self, hash_: str, number: int) -> Any:
        true = self.world.receipt(hash_)
        if number == 0:
            return "nothing"
        if number == 1 and true is not None:
            return true | {"effectiveGasPrice": hex(10**15)}
        if number == 2 and not self.alone:
            return receipt(hash_, len(self.world.blocks) - 1, self.world.blocks[-1].hash, 40_000, 1, ok=True)
        return None

    def _block(self, base_fee: int) -> dict[str, str]:
        blocks = self.world.blocks
        number, newest = hex(len(blocks) - 1), blocks[-1].hash
        return {"number": number, "hash": newest, "baseFeePerGas": hex(base_fee), "timestamp": "0x0"}

    def _history(self, base_fee: int, tip: int) -> dict[str, Any]:
        # The model's base fee jumps, so that only the newest block has the one that is told.
        newest = hex(len(self.world.blocks) - 1)
        fees = [hex(base_fee), hex(base_fee)]
        return {"oldestBlock": newest, "baseFeePerGas": fees, "gasUsedRatio": [0.5], "reward": [[hex(tip)]]}


def one_by_one(work: Callable[[T], R], items: Sequence[T], deadline: float) -> list[R | Exception | None]:
    """Asks end points in their order, so that a tape always means the same."""
    found: list[R | Exception | None] = []
    for item in items:
        try:
            found.append(work(item))
        except Exception as error:
            found.append(error)
    return found


def model_chain(ends: Sequence[ModelEnd]) -> Chain:
    """A chain over end points of the model."""
    by_url = {end.url: end for end in ends}
    return Chain(list(by_url), 1, sleep=lambda _: None, connect=lambda url: by_url[url], spread=one_by_one)


def record_of(name: str) -> RecordQueries:
    """Reads what a name shows in the model."""
    ask = rpc.call(RECORDS, name.encode())
    return RecordQueries((ask,), lambda answers: answers[ask].decode())
