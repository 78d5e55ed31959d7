# pragma version ==0.4.3
"""
@title The registry of names: who owns a node, and which resolver answers for it
@license MIT
@notice The interface of the ENS registry (EIP-137), for the embedded chain. It has no older registry to fall back on.
"""

event NewOwner:
    node: indexed(bytes32)
    label: indexed(bytes32)
    owner: address

event Transfer:
    node: indexed(bytes32)
    owner: address

event NewResolver:
    node: indexed(bytes32)
    resolver: address

event NewTTL:
    node: indexed(bytes32)
    ttl: uint64

event ApprovalForAll:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool

struct Record:
    owner: address
    resolver: address
    ttl: uint64

# Slot 0. A genesis writes here: keccak256(uint256(0) ++ node) has the owner, and the next slot has the resolver.
records: HashMap[bytes32, Record]
operators: HashMap[address, HashMap[address, bool]]


@deploy
def __init__():
    self.records[empty(bytes32)].owner = msg.sender


@internal
@view
def _authorise(node: bytes32):
    owner: address = self.records[node].owner
    if owner != msg.sender and not self.operators[owner][msg.sender]:
        raw_revert(b"")


@internal
def _set_subnode_owner(node: bytes32, label: bytes32, owner: address) -> bytes32:
    self._authorise(node)
    subnode: bytes32 = keccak256(concat(node, label))
    self.records[subnode].owner = owner
    log NewOwner(node=node, label=label, owner=owner)
    return subnode


@internal
def _set_resolver_and_ttl(node: bytes32, resolver: address, ttl: uint64):
    if resolver != self.records[node].resolver:
        self.records[node].resolver = resolver
        log NewResolver(node=node, resolver=resolver)
    if ttl != self.records[node].ttl:
        self.records[node].ttl = ttl
        log NewTTL(node=node, ttl=ttl)


@external
def setOwner(node: bytes32, owner: address):
    self._authorise(node)
    self.records[node].owner = owner
    log Transfer(node=node, owner=owner)


@external
def setSubnodeOwner(node: bytes32, label: bytes32, owner: address) -> bytes32:
    return self._set_subnode_owner(node, label, owner)


@external
def setRecord(node: bytes32, owner: address, resolver: address, ttl: uint64):
    self._authorise(node)
    self.records[node].owner = owner
    log Transfer(node=node, owner=owner)
    self._set_resolver_and_ttl(node, resolver, ttl)


@external
def setSubnodeRecord(node: bytes32, label: bytes32, owner: address, resolver: address, ttl: uint64):
    subnode: bytes32 = self._set_subnode_owner(node, label, owner)
    self._set_resolver_and_ttl(subnode, resolver, ttl)


@external
def setResolver(node: bytes32, resolver: address):
    self._authorise(node)
    self.records[node].resolver = resolver
    log NewResolver(node=node, resolver=resolver)


@external
def setTTL(node: bytes32, ttl: uint64):
    self._authorise(node)
    self.records[node].ttl = ttl
    log NewTTL(node=node, ttl=ttl)


@external
def setApprovalForAll(operator: address, approved: bool):
    self.operators[msg.sender][operator] = approved
    log ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
@view
def owner(node: bytes32) -> address:
    return self.records[node].owner


@external
@view
def resolver(node: bytes32) -> address:
    return self.records[node].resolver


@external
@view
def ttl(node: bytes32) -> uint64:
    return self.records[node].ttl


@external
@view
def recordExists(node: bytes32) -> bool:
    return self.records[node].owner != empty(address)


@external
@view
def isApprovedForAll(owner: address, operator: address) -> bool:
    return self.operators[owner][operator]
