# pragma version ==0.4.3
"""
@title The universal resolver: one call from a name to its record
@license MIT
@notice The interface and the errors of the ENS Universal Resolver, for the embedded chain. Names are DNS-encoded: each label after
    a byte with its length, a zero byte at the end. It finds the nearest resolver upwards (ENSIP-10). It does not fetch
    what lies outside the chain: if a resolver demands that, the demand comes back inside ResolverError.
"""

interface Registry:
    def resolver(node: bytes32) -> address: view

REGISTRY: constant(address) = 0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e
SUPPORTS: constant(bytes4) = 0x01ffc9a7  # supportsInterface(bytes4)
RESOLVE: constant(bytes4) = 0x9061b923  # resolve(bytes,bytes), which is also the id of its interface


@internal
@view
def _find(name: Bytes[512]) -> (address, bytes32, uint256):
    """
    @notice Return the nearest resolver at the name or above, the node of the name, and where the resolver's label begins
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
    return found, node, offset


@internal
@pure
def _malformed(name: Bytes[512]):
    raw_revert(abi_encode(name, method_id=method_id("DNSDecodingFailed(bytes)")))


@internal
@view
def _is_extended(resolver: address) -> bool:
    """
    @notice Return whether the resolver answers for the names below its own. It is asked as ERC-165 says.
    """
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
def findResolver(name: Bytes[512]) -> (address, bytes32, uint256):
    return self._find(name)


@external
@view
def resolve(name: Bytes[512], data: Bytes[4096]) -> (Bytes[8192], address):
    resolver: address = empty(address)
    node: bytes32 = empty(bytes32)
    offset: uint256 = 0
    resolver, node, offset = self._find(name)
    if resolver == empty(address):
        raw_revert(abi_encode(name, method_id=method_id("ResolverNotFound(bytes)")))
    if resolver.codesize == 0:
        raw_revert(abi_encode(name, resolver, method_id=method_id("ResolverNotContract(bytes,address)")))
    extended: bool = self._is_extended(resolver)
    if offset != 0 and not extended:
        raw_revert(abi_encode(name, method_id=method_id("ResolverNotFound(bytes)")))

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
        raw_revert(abi_encode(answer, method_id=method_id("ResolverError(bytes)")))
    if extended:
        return abi_decode(answer, Bytes[8128]), resolver
    return answer, resolver
