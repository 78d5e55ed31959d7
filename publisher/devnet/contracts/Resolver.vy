# pragma version ==0.4.3
"""
@title A public resolver: it has the records of names, and only accounts with a right change them
@license MIT
@notice The rights and the record interfaces of the public resolver of 2023 (ENSIP-1, 5, 7), for the embedded chain.
    Three may change the records of a name: its owner, an operator of the owner for all names of the owner, and a
    delegate of the owner for this name.
    It knows no wrapped names and no addresses of other chains.
"""

interface Registry:
    def owner(node: bytes32) -> address: view

event ContenthashChanged:
    node: indexed(bytes32)
    hash: Bytes[1024]

event TextChanged:
    node: indexed(bytes32)
    indexedKey: indexed(String[256])
    key: String[256]
    text: String[4096]

event AddrChanged:
    node: indexed(bytes32)
    a: address

event VersionChanged:
    node: indexed(bytes32)
    newVersion: uint64

event ApprovalForAll:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool

event Approved:
    owner: address
    node: indexed(bytes32)
    delegate: indexed(address)
    approved: indexed(bool)

REGISTRY: constant(address) = 0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e

# Clearing a name's records takes a new version, so that the old ones are found no more.
recordVersions: public(HashMap[bytes32, uint64])
hashes: HashMap[uint64, HashMap[bytes32, Bytes[1024]]]
texts: HashMap[uint64, HashMap[bytes32, HashMap[String[256], String[4096]]]]
addresses: HashMap[uint64, HashMap[bytes32, address]]
operators: HashMap[address, HashMap[address, bool]]
delegates: HashMap[address, HashMap[bytes32, HashMap[address, bool]]]


@internal
@view
def _authorise(node: bytes32):
    owner: address = staticcall Registry(REGISTRY).owner(node)
    if owner == msg.sender or self.operators[owner][msg.sender] or self.delegates[owner][node][msg.sender]:
        return
    raw_revert(b"")  # as the real one: no reason is given


@external
def setContenthash(node: bytes32, hash: Bytes[1024]):
    self._authorise(node)
    self.hashes[self.recordVersions[node]][node] = hash
    log ContenthashChanged(node=node, hash=hash)


@external
@view
def contenthash(node: bytes32) -> Bytes[1024]:
    return self.hashes[self.recordVersions[node]][node]


@external
def setText(node: bytes32, key: String[256], text: String[4096]):
    self._authorise(node)
    self.texts[self.recordVersions[node]][node][key] = text
    log TextChanged(node=node, indexedKey=key, key=key, text=text)


@external
@view
def text(node: bytes32, key: String[256]) -> String[4096]:
    return self.texts[self.recordVersions[node]][node][key]


@external
def setAddr(node: bytes32, a: address):
    self._authorise(node)
    self.addresses[self.recordVersions[node]][node] = a
    log AddrChanged(node=node, a=a)


@external
@view
def addr(node: bytes32) -> address:
    return self.addresses[self.recordVersions[node]][node]


@external
def clearRecords(node: bytes32):
    self._authorise(node)
    self.recordVersions[node] += 1
    log VersionChanged(node=node, newVersion=self.recordVersions[node])


@external
def setApprovalForAll(operator: address, approved: bool):
    assert msg.sender != operator, "nobody is an operator of their own"
    self.operators[msg.sender][operator] = approved
    log ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
@view
def isApprovedForAll(account: address, operator: address) -> bool:
    return self.operators[account][operator]


@external
def approve(node: bytes32, delegate: address, approved: bool):
    assert msg.sender != delegate, "nobody is a delegate of their own"
    self.delegates[msg.sender][node][delegate] = approved
    log Approved(owner=msg.sender, node=node, delegate=delegate, approved=approved)


@external
@view
def isApprovedFor(owner: address, node: bytes32, delegate: address) -> bool:
    return self.delegates[owner][node][delegate]


@external
def multicall(data: DynArray[Bytes[5120], 16]) -> DynArray[Bytes[5120], 16]:
    results: DynArray[Bytes[5120], 16] = []
    for one: Bytes[5120] in data:
        done: bool = False
        answer: Bytes[5120] = b""
        # A delegate call to ourselves keeps the caller, whose rights are what counts.
        done, answer = raw_call(self, one, max_outsize=5120, is_delegate_call=True, revert_on_failure=False)
        if not done:
            raw_revert(b"")  # as the real one: the reason of a part is lost
        results.append(answer)
    return results


@external
@view
def supportsInterface(id: bytes4) -> bool:
    return id in [
        0x01ffc9a7,  # supportsInterface
        0xbc1c58d1,  # contenthash
        0x59d1d43c,  # text
        0x3b3b57de,  # addr
        0xd700ff33,  # recordVersions
        0xa9784b3e,  # isApprovedFor
    ]
