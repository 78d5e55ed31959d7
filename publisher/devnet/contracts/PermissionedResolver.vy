# pragma version ==0.4.3
"""
@title The resolver of migrated names: records that several names may share, changed by those with a role
@license MIT
@notice The contenthash, the links and the roles of PermissionedResolver of ENS version 2 (contracts-v2, September 2026), for the
    embedded chain. The real one is a proxy that its owner may upgrade, and knows further records. A record is read
    through resolve alone. A role holds for all names of this resolver.
"""

event ContenthashUpdated:
    recordId: indexed(uint256)
    hash: Bytes[1024]

event Linked:
    recordId: indexed(uint256)
    node: indexed(bytes32)
    name: Bytes[512]

event EACRolesChanged:
    resource: indexed(uint256)
    account: indexed(address)
    oldRoleBitmap: uint256
    newRoleBitmap: uint256

ROOT_RESOURCE: public(constant(uint256)) = 0
ROLE_SET_CONTENTHASH: constant(uint256) = 1 << 8
ROLE_LINK: constant(uint256) = 1 << 28
CONTENTHASH: constant(bytes4) = 0xbc1c58d1  # contenthash(bytes32)

# Slot 0. A genesis writes here: keccak256(keccak256(uint256(0) ++ resource) ++ account) holds the roles of the account.
roleBitmaps: HashMap[uint256, HashMap[address, uint256]]
recordCount: uint256
recordIds: HashMap[bytes32, uint256]
hashes: HashMap[uint256, Bytes[1024]]


@internal
@view
def _node(name: Bytes[512]) -> bytes32:
    starts: DynArray[uint256, 128] = []
    at: uint256 = 0
    for _: uint256 in range(129):
        assert at < len(name) and len(starts) < 128
        size: uint256 = convert(slice(name, at, 1), uint256)
        if size == 0:
            break
        starts.append(at)
        at += size + 1
    assert at + 1 == len(name)
    node: bytes32 = empty(bytes32)
    for i: uint256 in range(len(starts), bound=128):
        start: uint256 = starts[len(starts) - 1 - i]
        size: uint256 = convert(slice(name, start, 1), uint256)
        node = keccak256(concat(node, keccak256(slice(name, start + 1, size))))
    return node


@internal
@view
def _has(roles: uint256, account: address) -> bool:
    return self.roleBitmaps[ROOT_RESOURCE][account] & roles == roles


@internal
@view
def _check(roles: uint256):
    if not self._has(roles, msg.sender):
        raw_revert(
            abi_encode(
                ROOT_RESOURCE,
                roles,
                msg.sender,
                method_id=method_id("EACUnauthorizedAccountRoles(uint256,uint256,address)"),
            )
        )


@internal
@view
def _may_grant(roles: uint256, revoking: bool):
    # A role is given and taken by those with its admin role, which stands 128 bits higher.
    lower: uint256 = roles & (1 << 128) - 1
    needed: uint256 = (lower << 128) | (roles & ~((1 << 128) - 1))
    if not self._has(needed, msg.sender):
        if revoking:
            raw_revert(
                abi_encode(
                    ROOT_RESOURCE,
                    roles,
                    msg.sender,
                    method_id=method_id("EACCannotRevokeRoles(uint256,uint256,address)"),
                )
            )
        raw_revert(
            abi_encode(
                ROOT_RESOURCE,
                roles,
                msg.sender,
                method_id=method_id("EACCannotGrantRoles(uint256,uint256,address)"),
            )
        )


@internal
def _set_roles(account: address, roles: uint256) -> bool:
    old: uint256 = self.roleBitmaps[ROOT_RESOURCE][account]
    if old == roles:
        return False
    self.roleBitmaps[ROOT_RESOURCE][account] = roles
    log EACRolesChanged(resource=ROOT_RESOURCE, account=account, oldRoleBitmap=old, newRoleBitmap=roles)
    return True


@internal
@view
def _record(node: bytes32) -> uint256:
    found: uint256 = self.recordIds[node]
    # A name without a record of its own uses the one of the root name.
    return found if found != 0 else self.recordIds[empty(bytes32)]


@internal
def _ensure(name: Bytes[512]) -> uint256:
    node: bytes32 = self._node(name)
    found: uint256 = self.recordIds[node]
    if found == 0:
        self.recordCount += 1
        found = self.recordCount
        self.recordIds[node] = found
        log Linked(recordId=found, node=node, name=name)
    return found


@external
def setContenthash(name: Bytes[512], hash: Bytes[1024]):
    self._check(ROLE_SET_CONTENTHASH)
    record: uint256 = self._ensure(name)
    self.hashes[record] = hash
    log ContenthashUpdated(recordId=record, hash=hash)


@external
def linkToNode(name: Bytes[512], node: bytes32):
    self._check(ROLE_LINK)
    record: uint256 = self.recordIds[node]
    assert record != 0, "no such record"
    own: bytes32 = self._node(name)
    self.recordIds[own] = record
    log Linked(recordId=record, node=own, name=name)


@external
def linkToRecord(name: Bytes[512], recordId: uint256):
    self._check(ROLE_LINK)
    assert recordId <= self.recordCount, "no such record"
    own: bytes32 = self._node(name)
    self.recordIds[own] = recordId
    log Linked(recordId=recordId, node=own, name=name)


@external
@view
def resolve(name: Bytes[512], data: Bytes[4096]) -> Bytes[2048]:
    profile: bytes4 = convert(slice(data, 0, 4), bytes4)
    if profile != CONTENTHASH:
        raw_revert(abi_encode(profile, method_id=method_id("UnsupportedResolverProfile(bytes4)")))
    return abi_encode(self.hashes[self._record(self._node(name))])


@external
@view
def getRecordId(node: bytes32) -> uint256:
    return self.recordIds[node]


@external
@view
def getRecordCount() -> uint256:
    return self.recordCount


@external
@view
def roles(resource: uint256, account: address) -> uint256:
    return self.roleBitmaps[resource][account]


@external
@view
def hasRootRoles(roleBitmap: uint256, account: address) -> bool:
    return self._has(roleBitmap, account)


@external
def grantRootRoles(roleBitmap: uint256, account: address) -> bool:
    self._may_grant(roleBitmap, False)
    return self._set_roles(account, self.roleBitmaps[ROOT_RESOURCE][account] | roleBitmap)


@external
def revokeRootRoles(roleBitmap: uint256, account: address) -> bool:
    self._may_grant(roleBitmap, True)
    return self._set_roles(account, self.roleBitmaps[ROOT_RESOURCE][account] & ~roleBitmap)


@external
@view
def supportsInterface(id: bytes4) -> bool:
    return id in [
        0x01ffc9a7,  # supportsInterface
        0x9061b923,  # resolve
        0xc5d7badd,  # setContenthash(bytes,bytes)
    ]
