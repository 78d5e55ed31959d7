"""A real anvil on loopback with ENS on it: the genuine registry and resolver of 2020, our own universal resolver.

Each test that asks for `chain` gets a chain of its own, which starts in a tenth of a second and is stopped by its id.
"""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, NamedTuple

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.services.binaries import binary

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
UNIVERSAL = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
MODERN = "0xF29100983E058B709F3D539b0c765937B804AC15"
"""Where `put_modern` puts our own resolver, which has the rights of 2023: owner, operator, delegate."""
NOBODY = "0x" + "00" * 20
START = 20.0
"""Seconds anvil may take to listen; it needs a tenth of one on an idle machine."""


class Account(NamedTuple):
    """An account whose key everybody knows; anvil funds ten of them."""

    address: str
    key: str


OWNER = Account(
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
)
"""Registers and owns names where a test does not say who."""
OTHER = Account(
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
)
"""Has funds and no rights."""
POOR = Account("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A", "0x" + "11" * 32)
"""Has nothing at all."""
DEPLOYER = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
"""Holds the root of the registry and every name that nobody else was given."""


class RpcFailed(Exception):
    """What the node answered instead of a result."""


@dataclass(slots=True)
class Anvil:
    """A running chain. Names are not normalised here: write them as they are."""

    process: subprocess.Popen[str]
    port: int
    resolver: str = ""
    """The public resolver of 2020."""
    _line: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a call; RpcFailed with the node's words."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self._line.request("POST", "/", body, {"Content-Type": "application/json"})
        reply = json.loads(self._line.getresponse().read())
        if "error" in reply:
            raise RpcFailed(reply["error"].get("message", ""), reply["error"].get("data"))
        return reply["result"]

    def stop(self) -> None:
        """End it for certain."""
        self._line.close()
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    # names

    def register(self, name: str, owner: str = OWNER.address, resolver: str | None = None) -> bytes:
        """Give a name an owner and a resolver (None: the public one, NOBODY: none); its node."""
        labels = name.split(".")
        for depth in range(1, len(labels)):
            parent = ".".join(labels[-depth:])
            if self.owner(parent) == NOBODY:
                self._subnode(parent, DEPLOYER, NOBODY)
        self._subnode(name, owner, self.resolver if resolver is None else resolver)
        return namehash(name)

    def owner(self, name: str) -> str:
        """Who owns it in the registry."""
        answer: str = self.view(REGISTRY, "owner(bytes32)", namehash(name))
        return "0x" + answer[-40:]

    def record(self, name: str, resolver: str | None = None) -> bytes:
        """The content hash as the resolver has it, empty when there is none."""
        answer = self.view(resolver or self.resolver, "contenthash(bytes32)", namehash(name))
        return unwrap(bytes.fromhex(answer[2:]))

    def set_record(
        self, name: str, value: bytes, owner: str = OWNER.address, resolver: str | None = None
    ) -> dict[str, Any]:
        """Change the content hash as somebody else would; the receipt."""
        return self.send(owner, resolver or self.resolver, data("setContenthash(bytes32,bytes)", namehash(name), value))

    def put_modern(self, address: str = MODERN) -> str:
        """Put our own resolver, with operators and delegates, at an address."""
        return self.put_code(address, contract("Resolver")["runtime"])

    def put_code(self, address: str, code: str) -> str:
        """Any code at any address, which is given back."""
        self.rpc("anvil_setCode", address, code)
        return address

    # accounts and transactions

    def view(self, to: str, signature: str, *values: Any) -> str:
        """Call and change nothing; the answer in hex."""
        answer: str = self.rpc("eth_call", {"to": to, "data": data(signature, *values)}, "latest")
        return answer

    def send(self, sender: str, to: str | None, payload: str) -> dict[str, Any]:
        """A transaction of anybody, mined at once even when automine is off; its receipt. It must succeed."""
        request = {"from": sender, "data": payload, "gas": hex(8_000_000), **({"to": to} if to else {})}
        hash_ = self.rpc("eth_sendTransaction", request)
        for wait in (0.0, *[0.01] * 500):
            time.sleep(wait)
            receipt: dict[str, Any] | None = self.rpc("eth_getTransactionReceipt", hash_)
            if receipt is not None:
                assert receipt["status"] == "0x1", f"{payload[:10]} reverted"
                return receipt
            if not self.rpc("anvil_getAutomine"):
                self.mine()
        raise AssertionError(f"{hash_} was not mined")

    def fund(self, address: str, wei: int) -> None:
        self.rpc("anvil_setBalance", address, hex(wei))

    def nonce(self, address: str) -> int:
        """How many of its transactions are mined."""
        return int(self.rpc("eth_getTransactionCount", address, "latest"), 16)

    def mined(self, sender: str = OWNER.address) -> list[str]:
        """Hashes of the transactions of an account that are in the chain now, oldest first."""
        found = []
        for number in range(self.height() + 1):
            block = self.rpc("eth_getBlockByNumber", hex(number), True)
            found += [t["hash"] for t in block["transactions"] if t["from"].lower() == sender.lower()]
        return found

    def pool(self, sender: str = OWNER.address) -> list[str]:
        """Hashes of the transactions of an account that wait to be mined."""
        pools = self.rpc("txpool_content")
        return [
            t["hash"]
            for part in ("pending", "queued")
            for who, by_nonce in pools[part].items()
            if who.lower() == sender.lower()
            for t in by_nonce.values()
        ]

    # time

    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def automine(self, on: bool) -> None:
        """Whether a transaction is mined as soon as it is sent. Off is how a stuck one is shown."""
        self.rpc("evm_setAutomine", on)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.rpc("evm_mine")

    def drop(self, hash_: str) -> None:
        """Forget a transaction that waits."""
        self.rpc("anvil_dropTransaction", hash_)

    def reorg(self, depth: int, transactions: Sequence[tuple[str, int]] = ()) -> None:
        """Other blocks instead of the newest ones, with (raw transaction, which of the new blocks) in them."""
        self.rpc("anvil_reorg", depth, [list(pair) for pair in transactions])

    def base_fee(self, wei: int) -> None:
        """The base fee of the next block; the newest block's own is unchanged until it is mined."""
        self.rpc("anvil_setNextBlockBaseFeePerGas", hex(wei))

    def _subnode(self, name: str, owner: str, resolver: str) -> None:
        label, _, parent = name.partition(".")
        labelhash = keccak(text=label)
        payload = data(
            "setSubnodeRecord(bytes32,bytes32,address,address,uint64)", namehash(parent), labelhash, owner, resolver, 0
        )
        self.send(self.owner(parent), REGISTRY, payload)


def namehash(name: str) -> bytes:
    """https://docs.ens.domains/ensip/1; no normalisation."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(text=label))
    return node


def data(signature: str, *values: Any) -> str:
    """The data of a call, in hex."""
    types = signature.partition("(")[2].rstrip(")").split(",")
    return "0x" + (keccak(text=signature)[:4] + encode([t for t in types if t], values)).hex()


def unwrap(answer: bytes) -> bytes:
    """The bytes of an answer that is one value of type bytes."""
    size = int.from_bytes(answer[32:64], "big")
    return answer[64 : 64 + size]


def contract(name: str) -> Any:
    """One of our own contracts: `runtime` and `abi`."""
    path = Path(__file__).parents[2] / "publisher" / "devnet" / "contracts.json"
    return json.loads(path.read_text(encoding="utf-8"))["contracts"][name]


@cache
def genuine(package: str, name: str) -> Any:
    """An artifact of the ENS project, from npm."""
    path = binary(f"chain/node_modules/@ensdomains/{package}/build/contracts/{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def running(*arguments: str) -> Iterator[Anvil]:
    """A chain with ENS on it and no names. Arguments are anvil's: "--block-time", "1"."""
    command = [str(binary("anvil")), "--host", "127.0.0.1", "--port", "0", "--auto-impersonate"]
    process = subprocess.Popen(
        [*command, "--slots-in-an-epoch", "1", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        anvil = Anvil(process, _port(process))
    except BaseException:
        process.kill()
        process.wait(10)
        raise
    try:
        _put_ens(anvil)
        yield anvil
    finally:
        anvil.stop()


@pytest.fixture
def chain() -> Iterator[Anvil]:
    """A chain of the test's own, with demo.eth of OWNER on the public resolver. Each transaction is mined at once."""
    with running() as anvil:
        anvil.register("demo.eth")
        yield anvil


@pytest.fixture(scope="session")
def shared_chain() -> Iterator[Anvil]:
    """One chain for all tests of a run that only add names of their own."""
    with running() as anvil:
        yield anvil


def _port(process: subprocess.Popen[str]) -> int:
    """The port that the system gave it, as it says itself; its output is read on, so that it never blocks."""
    lines: Queue[str] = Queue()

    def read() -> None:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.put(line)
        except ValueError:
            pass  # closed while it was read: the chain is being stopped

    Thread(target=read, daemon=True).start()
    until = time.monotonic() + START
    while (left := until - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except Empty:
            break
        if line.startswith("Listening on "):
            return int(line.rpartition(":")[2])
    raise AssertionError("anvil did not say where it listens")


def _put_ens(anvil: Anvil) -> None:
    anvil.put_code(REGISTRY, genuine("ens", "ENSRegistry")["deployedBytecode"])
    # What its constructor would have written: the root belongs to the deployer. Solidity: keccak256(key ++ slot).
    anvil.rpc("anvil_setStorageAt", REGISTRY, "0x" + keccak(bytes(64)).hex(), "0x" + "00" * 12 + DEPLOYER[2:])
    anvil.put_code(UNIVERSAL, contract("UniversalResolver")["runtime"])
    made = genuine("resolver", "PublicResolver")["bytecode"] + encode(["address"], [REGISTRY]).hex()
    anvil.resolver = anvil.send(DEPLOYER, None, made)["contractAddress"]
