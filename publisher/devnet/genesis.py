"""Make the first state of the embedded chain: ENS at its canonical addresses, and names that a funded key owns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from eth_utils import keccak, to_canonical_address

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
RESOLVER = "0xF29100983E058B709F3D539b0c765937B804AC15"
UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
CONTRACTS = {REGISTRY: "Registry", RESOLVER: "Resolver", UNIVERSAL_RESOLVER: "UniversalResolver"}
"""The contracts by their addresses on the main network (ENS documentation, "Deployments").

At these addresses, a client finds them without a setting.
"""

FUNDS = 10**22
"""The first balance of the owner's account, in wei."""


def namehash(name: str) -> bytes:
    """Return the namehash (EIP-137) of a name in lower-case ASCII."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(text=label))
    return node


def state(owner: str, names: Sequence[str]) -> dict[bytes, dict[str, Any]]:
    """Return a map from addresses to accounts, in the form that eth-tester takes.

    The names have an owner and a resolver. They have no record yet.
    """
    code = json.loads(resources.files("publisher.devnet").joinpath("contracts.json").read_text())["contracts"]
    accounts: dict[bytes, dict[str, Any]] = {
        to_canonical_address(owner): {"balance": FUNDS, "nonce": 0, "code": b"", "storage": {}}
    }
    for address, contract in CONTRACTS.items():
        runtime = bytes.fromhex(code[contract]["runtime"].removeprefix("0x"))
        accounts[to_canonical_address(address)] = {"balance": 0, "nonce": 1, "code": runtime, "storage": {}}
    storage = accounts[to_canonical_address(REGISTRY)]["storage"]
    parents = {parent for name in names for parent in _parents(name)}
    for owned in ["", *sorted(parents), *names]:
        storage[_slot(namehash(owned))] = int(owner, 16)
    for name in names:
        storage[_slot(namehash(name)) + 1] = int(RESOLVER, 16)
    return accounts


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def _slot(node: bytes) -> int:
    """Return the storage slot of the registry that has the owner of a name. The next slot has its resolver.

    Registry.vy declares this layout.
    """
    return int.from_bytes(keccak(bytes(32) + node), "big")
