# pragma version ==0.4.3
"""
@title A registry of version 2: the labels below one name, each with its owner, its resolver and its own registry
@license MIT
@notice The reading interface of the registries of ENS version 2, for the embedded chain. The real ones are tokens with
    roles and expiry; this one lets the owner of a label change it. A label is a string, as in the real ones.
"""

event LabelRegistered:
    labelhash: indexed(bytes32)
    owner: indexed(address)
    label: String[255]

event ResolverUpdated:
    labelhash: indexed(bytes32)
    resolver: address

event SubregistryUpdated:
    labelhash: indexed(bytes32)
    subregistry: address

struct Entry:
    owner: address
    resolver: address
    subregistry: address

# Slot 0. A genesis writes here: keccak256(uint256(0) ++ keccak256(label)) is the owner, then resolver and subregistry.
entries: HashMap[bytes32, Entry]
# Slot 1. Who may register labels.
registrar: public(address)


@external
def register(label: String[255], owner: address, subregistry: address, resolver: address):
    assert msg.sender == self.registrar, "only the registrar registers"
    labelhash: bytes32 = keccak256(label)
    self.entries[labelhash] = Entry(owner=owner, resolver=resolver, subregistry=subregistry)
    log LabelRegistered(labelhash=labelhash, owner=owner, label=label)


@external
def setResolver(label: String[255], resolver: address):
    labelhash: bytes32 = keccak256(label)
    assert self.entries[labelhash].owner == msg.sender, "only the owner of the label"
    self.entries[labelhash].resolver = resolver
    log ResolverUpdated(labelhash=labelhash, resolver=resolver)


@external
def setSubregistry(label: String[255], subregistry: address):
    labelhash: bytes32 = keccak256(label)
    assert self.entries[labelhash].owner == msg.sender, "only the owner of the label"
    self.entries[labelhash].subregistry = subregistry
    log SubregistryUpdated(labelhash=labelhash, subregistry=subregistry)


@external
@view
def findOwner(label: String[255]) -> address:
    return self.entries[keccak256(label)].owner


@external
@view
def getResolver(label: String[255]) -> address:
    return self.entries[keccak256(label)].resolver


@external
@view
def getSubregistry(label: String[255]) -> address:
    return self.entries[keccak256(label)].subregistry
