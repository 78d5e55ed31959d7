"""The few words of the contract ABI that a name needs: https://docs.soliditylang.org/en/latest/abi-spec.html.

Every selector stands beside the signature it is the hash of; a test computes them all again.
"""

from __future__ import annotations

UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
"""The same on every chain that has ENS. https://docs.ens.domains/resolvers/universal"""
REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
"""The first registry: blind to names that moved on, so it is asked only for who owns a name, in hints."""
WRAPPERS = {
    1: "0xD4416b13d2b3a9aBae7AcD5D6C2BbDBE25686401",
    11155111: "0x0635513f179D50A207757E05759CbD106d7dFcE8",
}
"""Chain -> NameWrapper, who owns a wrapped name in the registry. https://docs.ens.domains/learn/deployments"""

FIND_RESOLVER = bytes.fromhex("a1cbcbaf")  # findResolver(bytes)
RESOLVE = bytes.fromhex("9061b923")  # resolve(bytes,bytes); also the interface id of ENSIP-10
CONTENTHASH = bytes.fromhex("bc1c58d1")  # contenthash(bytes32); also its interface id
SET_CONTENTHASH = bytes.fromhex("304e6ade")  # setContenthash(bytes32,bytes)
SUPPORTS = bytes.fromhex("01ffc9a7")  # supportsInterface(bytes4)
OWNER = bytes.fromhex("02571be3")  # owner(bytes32)
OWNER_OF = bytes.fromhex("6352211e")  # ownerOf(uint256)
IS_OPERATOR = bytes.fromhex("e985e9c5")  # isApprovedForAll(address,address)
IS_DELEGATE = bytes.fromhex("a9784b3e")  # isApprovedFor(address,bytes32,address)
AUTHORISATIONS = bytes.fromhex("f86bc879")  # authorisations(bytes32,address,address)
ERROR = bytes.fromhex("08c379a0")  # Error(string)

OFFCHAIN = {
    bytes.fromhex(
        "556f1830"
    ): "outside the chain, behind a gateway",  # OffchainLookup(address,string[],bytes,bytes4,bytes)
    bytes.fromhex("e0a05071"): "on a second layer",  # StorageHandledByL2(uint256,address)
    bytes.fromhex("e4eb2f8e"): "in a database outside the chain",  # StorageHandledByOffChainDatabase of EIP-5559
}
"""Errors with which a resolver says that its records live elsewhere, and where."""
NO_ROLE = bytes.fromhex("4b27a133")  # EACUnauthorizedAccountRoles(uint256,uint256,address)
NOT_FOUND = bytes.fromhex("77209fe8")  # ResolverNotFound(bytes)
NOT_CONTRACT = bytes.fromhex("1e9535f2")  # ResolverNotContract(bytes,address)
NO_PROFILE = bytes.fromhex("7b1c461b")  # UnsupportedResolverProfile(bytes4)
RESOLVER_ERROR = bytes.fromhex("95c0c752")  # ResolverError(bytes)
HTTP_ERROR = bytes.fromhex("01800152")  # HttpError(uint16,string)


def keccak(data: bytes) -> bytes:
    """The hash of Ethereum, which is not SHA3-256."""
    from eth_hash.auto import keccak as hash_of

    digest: bytes = hash_of(data)
    return digest
