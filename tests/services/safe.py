"""A genuine Safe 1.4.1 on a chain of the tests: its owners sign together, and the Safe sends."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi import encode
from eth_account import Account as Signing
from eth_utils import keccak, to_checksum_address

from tests.services.binaries import binary
from tests.services.chain import DEPLOYER, NOBODY, Account, Anvil, data

ARTIFACTS = "safe/node_modules/@safe-global/safe-contracts/build/artifacts/contracts"
CREATED = "0x" + keccak(text="ProxyCreation(address,address)").hex()


@dataclass(frozen=True, slots=True)
class Safe:
    """A Safe whose owners' keys everybody knows."""

    chain: Anvil
    address: str
    owners: tuple[Account, ...]
    threshold: int

    def execute(self, to: str, payload: str) -> dict[str, Any]:
        """Send a call as the Safe, with the signatures of as many owners as it needs; the receipt."""
        nonce = int(self.chain.view(self.address, "nonce()"), 16)
        fixed = (to, 0, bytes.fromhex(payload[2:]), 0, 0, 0, 0, NOBODY, NOBODY)
        kinds = "address,uint256,bytes,uint8,uint256,uint256,uint256,address,address"
        hash_ = self.chain.view(self.address, f"getTransactionHash({kinds},uint256)", *fixed, nonce)
        signing = sorted(self.owners[: self.threshold], key=lambda owner: int(owner.address, 16))
        signatures = b"".join(
            bytes(Signing.unsafe_sign_hash(bytes.fromhex(hash_[2:]), owner.key).signature) for owner in signing
        )
        call = data(f"execTransaction({kinds},bytes)", *fixed, signatures)
        return self.chain.send(self.owners[0].address, self.address, call)


def new_safe(chain: Anvil, owners: Sequence[Account], threshold: int) -> Safe:
    """Deploy the genuine contracts and make a Safe of these owners."""
    single = chain.send(DEPLOYER, None, _artifact("Safe.sol/Safe")["bytecode"])["contractAddress"]
    factory = chain.send(DEPLOYER, None, _artifact("proxies/SafeProxyFactory.sol/SafeProxyFactory")["bytecode"])
    setup = data(
        "setup(address[],uint256,address,bytes,address,address,uint256,address)",
        [owner.address for owner in owners],
        threshold,
        NOBODY,
        b"",
        NOBODY,
        NOBODY,
        0,
        NOBODY,
    )
    make = keccak(text="createProxyWithNonce(address,bytes,uint256)")[:4]
    call = make + encode(["address", "bytes", "uint256"], [single, bytes.fromhex(setup[2:]), 1])
    receipt = chain.send(DEPLOYER, factory["contractAddress"], "0x" + call.hex())
    made = next(log for log in receipt["logs"] if log["topics"][0] == CREATED)
    return Safe(chain, to_checksum_address("0x" + made["topics"][1][-40:]), tuple(owners), threshold)


@cache
def _artifact(name: str) -> Any:
    path = binary(f"{ARTIFACTS}/{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))
