"""Encode the calls of contracts that ENS names need, and decode the answers.

The contract ABI: https://docs.soliditylang.org/en/latest/abi-spec.html. A selector is the first four bytes of
the hash of a signature. The comment beside each selector has its signature. A test computes all selectors again.
"""

from __future__ import annotations

UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
"""The Universal Resolver has this address on every chain with ENS: https://docs.ens.domains/resolvers/universal"""
REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
"""The registry of ENS version 1. It lacks names that moved to a newer registry.

So the Universal Resolver, and not this registry, says which resolver a name has.
"""
FIND_RESOLVER = bytes.fromhex("a1cbcbaf")  # findResolver(bytes)
RESOLVE = bytes.fromhex("9061b923")  # resolve(bytes,bytes). It is also the interface id of ENSIP-10.
CONTENTHASH = bytes.fromhex("bc1c58d1")  # contenthash(bytes32). It is also the interface id of contenthash records.
SET_CONTENTHASH = bytes.fromhex("304e6ade")  # setContenthash(bytes32,bytes)
SUPPORTS = bytes.fromhex("01ffc9a7")  # supportsInterface(bytes4)
OWNER = bytes.fromhex("02571be3")  # owner(bytes32)
RESOLVER = bytes.fromhex("0178b8bf")  # resolver(bytes32)
OWNER_OF = bytes.fromhex("6352211e")  # ownerOf(uint256)
IS_OPERATOR = bytes.fromhex("e985e9c5")  # isApprovedForAll(address,address)
IS_DELEGATE = bytes.fromhex("a9784b3e")  # isApprovedFor(address,bytes32,address)
EXPIRES = bytes.fromhex("d6e4fa86")  # nameExpires(uint256)
AUTHORISATIONS = bytes.fromhex("f86bc879")  # authorisations(bytes32,address,address)
ERROR = bytes.fromhex("08c379a0")  # Error(string)

OFFCHAIN = {
    bytes.fromhex(
        "556f1830"
    ): "outside the chain, behind a gateway",  # OffchainLookup(address,string[],bytes,bytes4,bytes)
    bytes.fromhex("e0a05071"): "on a second layer",  # StorageHandledByL2(uint256,address)
    bytes.fromhex("e4eb2f8e"): "in a database outside the chain",  # StorageHandledByOffChainDatabase of EIP-5559
}
"""Maps the selectors of errors to texts. Resolvers revert with these errors if their records are not on this chain.

Each text says where the records are.
"""
NO_ROLE = bytes.fromhex("4b27a133")  # EACUnauthorizedAccountRoles(uint256,uint256,address)
NOT_FOUND = bytes.fromhex("77209fe8")  # ResolverNotFound(bytes)
NOT_CONTRACT = bytes.fromhex("1e9535f2")  # ResolverNotContract(bytes,address)
NO_PROFILE = bytes.fromhex("7b1c461b")  # UnsupportedResolverProfile(bytes4)
RESOLVER_ERROR = bytes.fromhex("95c0c752")  # ResolverError(bytes)


MOST = 130
"""The largest number of addresses that an answer may have. A name has at most 128 labels."""


def word(value: int | str | bytes) -> bytes:
    """Return a value as a word of 32 bytes.

    An int or an address in hex is padded on the left. Bytes (bytes4, bytes32) are padded on the right.
    """
    if isinstance(value, int):
        return value.to_bytes(32)
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x")).rjust(32, b"\0")
    return value.ljust(32, b"\0")


def encode(*arguments: bytes, dynamic: int = 1) -> bytes:
    """Return the encoded arguments of a call.

    The last `dynamic` arguments have the type `bytes` and any length. The arguments before them are words of 32 bytes.
    """
    fixed = len(arguments) - dynamic
    heads, tails = b"".join(arguments[:fixed]), b""
    for argument in arguments[fixed:]:
        heads += word(32 * len(arguments) + len(tails))
        tails += word(len(argument)) + argument.ljust(-(-len(argument) // 32) * 32, b"\0")
    return heads + tails


def read_word(data: bytes, index: int = 0) -> int:
    """Return the word at `index` of an answer as a number. Raises ValueError if the answer is too short."""
    piece = data[32 * index : 32 * index + 32]
    if len(piece) != 32:
        raise ValueError("the answer is too short")
    return int.from_bytes(piece)


def read_address(data: bytes, index: int = 0) -> str:
    """Return the word at `index` of an answer as an address with its checksum. Return "" for the zero address.

    Raises ValueError if the answer is too short or the word is no address.
    """
    number = read_word(data, index)
    if number >> 160:
        raise ValueError("this is no address")
    return checksum(number.to_bytes(20)) if number else ""


def read_bytes(data: bytes, index: int = 0) -> bytes:
    """Return a value of type `bytes`. The word at `index` is the offset of the value.

    Raises ValueError if the offset is wrong or the value is cut off.
    """
    start = read_word(data, index)
    if start % 32:
        raise ValueError("the answer points between two words")
    length = int.from_bytes(data[start : start + 32])
    if start + 32 + length > len(data):
        raise ValueError("the answer is cut short, or points outside itself")
    return data[start + 32 : start + 32 + length]


def read_addresses(answer: bytes) -> tuple[str, ...]:
    """Return the addresses in an answer of type `address[]`. Each zero address is "".

    Raises ValueError if the answer is malformed or has more than MOST addresses.
    """
    start, off = divmod(read_word(answer), 32)
    if off:
        raise ValueError("the answer points between two words")
    count = read_word(answer, start)
    if count > MOST:
        raise ValueError("the answer has too many addresses")
    return tuple(read_address(answer, start + 1 + at) for at in range(count))


def unwrapped(data: bytes) -> bytes:
    """Return the error data of a resolver without the errors that the Universal Resolver wraps around it."""
    while data[:4] == RESOLVER_ERROR:
        try:
            data = read_bytes(data[4:])
        except ValueError:
            break
    return data


def reason(data: bytes) -> str:
    """Return the reason why a contract reverted, as text for people. `data` is the error data of the contract."""
    if data[:4] == ERROR:
        try:
            return "".join(c for c in read_bytes(data[4:]).decode("utf-8", "replace") if c.isprintable())[:200]
        except ValueError:
            return "the call reverts, with a damaged reason"
    if data[:4] == NO_ROLE:
        return "this key has no role that allows it"
    return f"the call reverts with 0x{data[:4].hex()}" if data else "the call reverts without a reason"


def checksum(address: bytes) -> str:
    """Return an address of 20 bytes in hex, with the checksum of EIP-55 in the case of its letters."""
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(m, 16) > 7 else d for d, m in zip(digits, marks, strict=False))


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash that Ethereum uses. It differs from SHA3-256."""
    from eth_hash.auto import keccak as hash_of

    digest: bytes = hash_of(data)
    return digest
