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

ROOT_REGISTRY = "0x0000000000000000000000000000000000015001"
ETH_REGISTRY = "0x0000000000000000000000000000000000015002"
MIRROR = "0x0000000000000000000000000000000000015003"
PERMISSIONED = "0x0000000000000000000000000000000000015004"
VERSION_2 = {
    REGISTRY: "Registry",
    RESOLVER: "Resolver",
    UNIVERSAL_RESOLVER: "UniversalResolverV2",
    ROOT_REGISTRY: "RegistryV2",
    ETH_REGISTRY: "RegistryV2",
    MIRROR: "MirrorResolver",
    PERMISSIONED: "PermissionedResolver",
}
"""The contracts of a chain with ENS version 2. Clients find the new ones through the Universal Resolver alone.

The addresses of the new contracts are our own.
"""
ROLES = 1 << 8 | 1 << 28 | 1 << 124
"""The roles of the owner in the resolver of migrated names: set the contenthash, link names, and upgrade."""

FUNDS = 10**22
"""The first balance of the owner's account, in wei."""


def namehash(name: str) -> bytes:
    """Return the namehash (EIP-137) of a name in lower-case ASCII."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(text=label))
    return node


def state(owner: str, names: Sequence[str], migrated: Sequence[str] | None = None) -> dict[bytes, dict[str, Any]]:
    """Return a map from addresses to accounts, in the form that eth-tester takes.

    The names have an owner and a resolver. They have no record yet. `names` are in the registry of version 1. If
    `migrated` is not None, the chain has ENS version 2, and the registry of .eth in version 2 has the names in
    `migrated`.
    """
    code = json.loads(resources.files("publisher.devnet").joinpath("contracts.json").read_text())["contracts"]
    accounts: dict[bytes, dict[str, Any]] = {
        to_canonical_address(owner): {"balance": FUNDS, "nonce": 0, "code": b"", "storage": {}}
    }
    for address, contract in (CONTRACTS if migrated is None else VERSION_2).items():
        runtime = bytes.fromhex(code[contract]["runtime"].removeprefix("0x"))
        storage = _storage(address, int(owner, 16), names, migrated or ())
        accounts[to_canonical_address(address)] = {"balance": 0, "nonce": 1, "code": runtime, "storage": storage}
    return accounts


def _storage(address: str, owner: int, names: Sequence[str], migrated: Sequence[str]) -> dict[int, int]:
    """Return the first storage of the contract at `address`: a map from slots to values."""
    if address == REGISTRY:
        parents = {parent for name in names for parent in _parents(name)}
        owned = {_slot(namehash(name)): owner for name in ["", *sorted(parents), *names]}
        return owned | {_slot(namehash(name)) + 1: int(RESOLVER, 16) for name in names}
    if address == ROOT_REGISTRY:
        tops = {name.rpartition(".")[2]: (owner, int(MIRROR, 16), 0) for name in names}
        return _entries(tops | {"eth": (owner, 0, int(ETH_REGISTRY, 16))}) | {1: owner}
    if address == ETH_REGISTRY:
        second = [name.split(".")[-2] for name in names if name.endswith(".eth")]
        entries = {label: (owner, int(MIRROR, 16), 0) for label in second}
        return _entries(entries | {name.split(".")[-2]: (owner, int(PERMISSIONED, 16), 0) for name in migrated}) | {
            1: owner
        }
    if address == PERMISSIONED:
        account = keccak(keccak(bytes(64)) + owner.to_bytes(32, "big"))
        return {int.from_bytes(account, "big"): ROLES | ROLES << 128}
    return {}


def _entries(entries: dict[str, tuple[int, int, int]]) -> dict[int, int]:
    """Return the storage of RegistryV2.vy for labels, each with its owner, its resolver and its registry."""
    slots = {label: _slot(keccak(text=label)) for label in entries}
    return {slots[label] + at: value for label, entry in entries.items() for at, value in enumerate(entry) if value}


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def _slot(node: bytes) -> int:
    """Return the storage slot in which a registry keeps the owner of a name. The resolver is in the next slot.

    Registry.vy and RegistryV2.vy declare this layout.
    """
    return int.from_bytes(keccak(bytes(32) + node), "big")
