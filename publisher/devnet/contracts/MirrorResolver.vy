# pragma version ==0.4.3
"""
@title The resolver of names that were not migrated: it asks the resolver that the older registry has for the name
@license MIT
@notice The interface of ENSV1Resolver of ENS version 2, for the embedded chain. It keeps no record, and answers for no
    profile of its own. It does not fetch what lies outside the chain.
"""

interface Registry:
    def resolver(node: bytes32) -> address: view

REGISTRY: constant(address) = 0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e
SUPPORTS: constant(bytes4) = 0x01ffc9a7  # supportsInterface(bytes4)
RESOLVE: constant(bytes4) = 0x9061b923  # resolve(bytes,bytes), which is also the id of its interface


@internal
@view
def _find(name: Bytes[512]) -> (address, uint256):
    """
    @notice Return the nearest resolver of the older registry, at the name or above, and where its label begins
    """
    starts: DynArray[uint256, 128] = []
    at: uint256 = 0
    for _: uint256 in range(129):
        if at >= len(name):
            self._malformed(name)
        size: uint256 = convert(slice(name, at, 1), uint256)
        if size == 0:
            break
        if len(starts) == 128:
            self._malformed(name)
        starts.append(at)
        at += size + 1
    if at + 1 != len(name):
        self._malformed(name)

    found: address = empty(address)
    offset: uint256 = 0
    node: bytes32 = empty(bytes32)
    for i: uint256 in range(len(starts), bound=128):
        start: uint256 = starts[len(starts) - 1 - i]
        size: uint256 = convert(slice(name, start, 1), uint256)
        node = keccak256(concat(node, keccak256(slice(name, start + 1, size))))
        resolver: address = staticcall Registry(REGISTRY).resolver(node)
        if resolver != empty(address):
            found = resolver
            offset = start
    return found, offset


@internal
@pure
def _malformed(name: Bytes[512]):
    raw_revert(abi_encode(name, method_id=method_id("DNSDecodingFailed(bytes)")))


@internal
@view
def _is_extended(resolver: address) -> bool:
    done: bool = False
    answer: Bytes[32] = b""
    done, answer = raw_call(
        resolver,
        abi_encode(RESOLVE, method_id=SUPPORTS),
        max_outsize=32,
        gas=30000,
        is_static_call=True,
        revert_on_failure=False,
    )
    return done and len(answer) == 32 and convert(answer, uint256) == 1


@external
@view
def resolve(name: Bytes[512], data: Bytes[4096]) -> Bytes[8192]:
    resolver: address = empty(address)
    offset: uint256 = 0
    resolver, offset = self._find(name)
    if resolver == empty(address):
        raw_revert(abi_encode(name, method_id=method_id("ResolverNotFound(bytes)")))
    extended: bool = self._is_extended(resolver)

    done: bool = False
    answer: Bytes[8192] = b""
    if extended:
        done, answer = raw_call(
            resolver,
            abi_encode(name, data, method_id=RESOLVE),
            max_outsize=8192,
            is_static_call=True,
            revert_on_failure=False,
        )
    else:
        done, answer = raw_call(
            resolver, data, max_outsize=8192, is_static_call=True, revert_on_failure=False
        )
    if len(answer) == 0:  # no such function: neither a result nor a reason
        raw_revert(abi_encode(convert(slice(data, 0, 4), bytes4), method_id=method_id("UnsupportedResolverProfile(bytes4)")))
    if not done:
        raw_revert(answer)
    if extended:
        return abi_decode(answer, Bytes[8128])
    return answer


@external
@view
def getResolver(name: Bytes[512]) -> (address, bool):
    return self._find(name)[0], False


@external
@pure
def requiresOffchain(name: Bytes[512]) -> bool:
    return False


@external
@pure
def supportsFeature(feature: bytes4) -> bool:
    return False


@external
@view
def supportsInterface(id: bytes4) -> bool:
    return id in [
        0x01ffc9a7,  # supportsInterface
        0x9061b923,  # resolve
        0xc7e45d73,  # getResolver and requiresOffchain
        0x582de3e7,  # supportsFeature
    ]
