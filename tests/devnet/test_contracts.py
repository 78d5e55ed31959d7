"""Our own contracts on a real chain: what the genuine ones would answer to the same calls."""

import hashlib
import json
from pathlib import Path

import pytest
from eth_abi import decode, encode
from eth_utils import keccak

import publisher.devnet
from tests.services.chain import (
    DEPLOYER,
    MODERN,
    NOBODY,
    OTHER,
    OWNER,
    REGISTRY,
    UNIVERSAL,
    Anvil,
    RpcFailed,
    contract,
    data,
    namehash,
)

HOME = Path(publisher.devnet.__file__).parent
HASH = bytes.fromhex("e3010170122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f")


@pytest.fixture
def modern(chain: Anvil) -> Anvil:
    """demo.eth of OWNER on our own resolver."""
    chain.put_modern()
    chain.register("demo.eth", resolver=MODERN)
    return chain


@pytest.fixture(params=["genuine", "ours"])
def registry(request: pytest.FixtureRequest, chain: Anvil) -> Anvil:
    if request.param == "ours":
        chain.put_code(REGISTRY, contract("Registry")["runtime"])
        for node in (bytes(32), namehash("eth")):
            slot = keccak(bytes(32) + node)  # Vyper: keccak256(slot ++ key)
            chain.rpc("anvil_setStorageAt", REGISTRY, "0x" + slot.hex(), "0x" + "00" * 12 + DEPLOYER[2:])
    return chain


def dns(name: str) -> bytes:
    return b"".join(bytes([len(part.encode())]) + part.encode() for part in name.split(".")) + b"\0"


def find(chain: Anvil, name: bytes) -> tuple[str, bytes, int]:
    answer = chain.view(UNIVERSAL, "findResolver(bytes)", name)
    resolver, node, offset = decode(["address", "bytes32", "uint256"], bytes.fromhex(answer[2:]))
    return resolver, node, offset


def resolve(chain: Anvil, name: str, asked: str) -> tuple[bytes, str]:
    answer = chain.view(UNIVERSAL, "resolve(bytes,bytes)", dns(name), bytes.fromhex(asked[2:]))
    value, resolver = decode(["bytes", "address"], bytes.fromhex(answer[2:]))
    return value, resolver


def refusal(chain: Anvil, sender: str, to: str, payload: str) -> str | None:
    """What a call is refused with, in hex; None when it is not refused."""
    try:
        chain.rpc("eth_call", {"from": sender, "to": to, "data": payload}, "latest")
    except RpcFailed as error:
        return str(error.args[1] or "0x")
    return None


def error(signature: str, *values: object) -> str:
    return data(signature, *values)


@pytest.mark.parametrize("name", sorted(path.stem for path in (HOME / "contracts").glob("*.vy")))
def test_the_code_was_compiled_from_the_sources_beside_it(name: str) -> None:
    source = (HOME / "contracts" / f"{name}.vy").read_bytes()
    made = json.loads((HOME / "contracts.json").read_text(encoding="utf-8"))
    assert made["contracts"][name]["source_sha256"] == hashlib.sha256(source).hexdigest()


# the registry


def test_both_registries_let_the_owner_give_a_name_away_and_nobody_else(registry: Anvil) -> None:
    node = registry.register("given.eth")
    give = data("setOwner(bytes32,address)", node, OTHER.address)
    assert refusal(registry, OTHER.address, REGISTRY, give) == "0x"
    registry.send(OWNER.address, REGISTRY, give)
    assert registry.owner("given.eth") == OTHER.address.lower()


def test_both_registries_let_an_operator_act_for_the_owner(registry: Anvil) -> None:
    node = registry.register("run.eth")
    registry.send(OWNER.address, REGISTRY, data("setApprovalForAll(address,bool)", OTHER.address, True))
    registry.send(OTHER.address, REGISTRY, data("setResolver(bytes32,address)", node, MODERN))
    assert find(registry, dns("run.eth"))[0] == MODERN.lower()


def test_both_registries_know_what_exists(registry: Anvil) -> None:
    registry.register("there.eth")
    for name, there in (("there.eth", 1), ("absent.eth", 0)):
        assert int(registry.view(REGISTRY, "recordExists(bytes32)", namehash(name)), 16) == there


# the resolver


def set_hash(name: str = "demo.eth", value: bytes = HASH) -> str:
    return data("setContenthash(bytes32,bytes)", namehash(name), value)


def test_the_owner_sets_the_content_hash_and_it_is_logged(modern: Anvil) -> None:
    receipt = modern.send(OWNER.address, MODERN, set_hash())
    assert modern.record("demo.eth", MODERN) == HASH
    (log,) = receipt["logs"]
    assert log["topics"] == [
        "0x" + keccak(text="ContenthashChanged(bytes32,bytes)").hex(),
        "0x" + namehash("demo.eth").hex(),
    ]
    assert log["data"] == "0x" + encode(["bytes"], [HASH]).hex()


def test_a_stranger_is_refused_without_a_reason_as_by_the_real_one(modern: Anvil) -> None:
    assert refusal(modern, OTHER.address, MODERN, set_hash()) == "0x"
    assert modern.record("demo.eth", MODERN) == b""


def test_a_delegate_may_change_one_name_until_that_is_revoked(modern: Anvil) -> None:
    modern.register("more.eth", resolver=MODERN)
    node = namehash("demo.eth")
    modern.send(OWNER.address, MODERN, data("approve(bytes32,address,bool)", node, OTHER.address, True))
    asked = ("isApprovedFor(address,bytes32,address)", OWNER.address, node, OTHER.address)
    assert int(modern.view(MODERN, *asked), 16) == 1
    assert refusal(modern, OTHER.address, MODERN, set_hash()) is None
    assert refusal(modern, OTHER.address, MODERN, set_hash("more.eth")) == "0x"
    modern.send(OWNER.address, MODERN, data("approve(bytes32,address,bool)", node, OTHER.address, False))
    assert refusal(modern, OTHER.address, MODERN, set_hash()) == "0x"


def test_an_operator_may_change_every_name_of_the_owner(modern: Anvil) -> None:
    modern.register("more.eth", resolver=MODERN)
    modern.send(OWNER.address, MODERN, data("setApprovalForAll(address,bool)", OTHER.address, True))
    assert refusal(modern, OTHER.address, MODERN, set_hash("more.eth")) is None


def test_an_operator_of_the_registry_may_not(modern: Anvil) -> None:
    modern.send(OWNER.address, REGISTRY, data("setApprovalForAll(address,bool)", OTHER.address, True))
    assert refusal(modern, OTHER.address, MODERN, set_hash()) == "0x"


def test_a_delegate_of_one_owner_is_nobody_to_the_next(modern: Anvil) -> None:
    node = namehash("demo.eth")
    modern.send(OWNER.address, MODERN, data("approve(bytes32,address,bool)", node, OTHER.address, True))
    modern.send(OWNER.address, REGISTRY, data("setOwner(bytes32,address)", node, DEPLOYER))
    assert refusal(modern, OTHER.address, MODERN, set_hash()) == "0x"


def test_multicall_does_all_as_the_caller_or_nothing(modern: Anvil) -> None:
    text = data("setText(bytes32,string,string)", namehash("demo.eth"), "url", "https://例子.example/")
    both = [bytes.fromhex(part[2:]) for part in (set_hash(), text)]
    modern.send(OWNER.address, MODERN, data("multicall(bytes[])", both))
    assert modern.record("demo.eth", MODERN) == HASH
    answer = modern.view(MODERN, "text(bytes32,string)", namehash("demo.eth"), "url")
    assert decode(["string"], bytes.fromhex(answer[2:])) == ("https://例子.example/",)
    wrong = [both[0], bytes.fromhex(set_hash("eth")[2:])]
    assert refusal(modern, OWNER.address, MODERN, data("multicall(bytes[])", wrong)) == "0x"


def test_an_address_is_kept_and_clearing_forgets_all_records(modern: Anvil) -> None:
    node = namehash("demo.eth")
    modern.send(OWNER.address, MODERN, data("setAddr(bytes32,address)", node, OTHER.address))
    modern.send(OWNER.address, MODERN, set_hash())
    assert modern.view(MODERN, "addr(bytes32)", node).endswith(OTHER.address[2:].lower())
    modern.send(OWNER.address, MODERN, data("clearRecords(bytes32)", node))
    assert int(modern.view(MODERN, "addr(bytes32)", node), 16) == 0
    assert modern.record("demo.eth", MODERN) == b""


@pytest.mark.parametrize(
    ("interface", "known"),
    [
        ("01ffc9a7", 1),
        ("bc1c58d1", 1),
        ("59d1d43c", 1),
        ("3b3b57de", 1),
        ("ac9650d8", 0),
        ("9061b923", 0),
        ("ffffffff", 0),
    ],
)
def test_it_says_which_interfaces_it_has(modern: Anvil, interface: str, known: int) -> None:
    assert int(modern.view(MODERN, "supportsInterface(bytes4)", bytes.fromhex(interface)), 16) == known


# the universal resolver


def test_a_name_has_its_own_resolver_or_the_nearest_above_or_none(chain: Anvil) -> None:
    assert find(chain, dns("demo.eth")) == (chain.resolver, namehash("demo.eth"), 0)
    assert find(chain, dns("a.b.demo.eth")) == (chain.resolver, namehash("a.b.demo.eth"), 4)
    assert find(chain, dns("nobody.eth")) == (NOBODY, namehash("nobody.eth"), 0)
    assert find(chain, b"\0") == (NOBODY, bytes(32), 0)


@pytest.mark.parametrize(
    "name", [b"", b"\4demo", b"\4demo\0x", b"\5demo\0", dns("demo.eth")[:-1], b"\1a" * 129 + b"\0"]
)
def test_a_malformed_name_is_refused(chain: Anvil, name: bytes) -> None:
    assert refusal(chain, OWNER.address, UNIVERSAL, data("findResolver(bytes)", name)) == error(
        "DNSDecodingFailed(bytes)", name
    )


def test_the_deepest_name_is_found(chain: Anvil) -> None:
    deep = ".".join(["a"] * 126 + ["demo", "eth"])
    assert find(chain, dns(deep)) == (chain.resolver, namehash(deep), 252)


def test_a_record_is_read_with_the_resolver_that_gave_it(chain: Anvil) -> None:
    chain.set_record("demo.eth", HASH)
    value, resolver = resolve(chain, "demo.eth", data("contenthash(bytes32)", namehash("demo.eth")))
    assert decode(["bytes"], value) == (HASH,)
    assert resolver == chain.resolver


def refused_record(chain: Anvil, name: str, asked: str | None = None) -> str | None:
    inner = bytes.fromhex((asked or data("contenthash(bytes32)", namehash(name)))[2:])
    return refusal(chain, OWNER.address, UNIVERSAL, data("resolve(bytes,bytes)", dns(name), inner))


def test_no_resolver_and_only_the_parents_are_one_error(chain: Anvil) -> None:
    for name in ("nobody.eth", "sub.demo.eth"):
        assert refused_record(chain, name) == error("ResolverNotFound(bytes)", dns(name))


def test_a_resolver_without_code_is_an_error(chain: Anvil) -> None:
    chain.register("empty.eth", resolver=OTHER.address)
    expected = error("ResolverNotContract(bytes,address)", dns("empty.eth"), OTHER.address)
    assert refused_record(chain, "empty.eth") == expected


def test_a_resolver_that_does_not_know_the_record_is_an_error(chain: Anvil) -> None:
    chain.register("odd.eth", resolver=REGISTRY)
    assert refused_record(chain, "odd.eth") == error("UnsupportedResolverProfile(bytes4)", bytes.fromhex("bc1c58d1"))


def test_what_a_resolver_says_in_refusing_is_passed_on(chain: Anvil) -> None:
    chain.register("gone.eth", resolver=chain.put_code("0x" + "77" * 20, "0x63556f183060e01b60005260046000fd"))
    assert refused_record(chain, "gone.eth") == error("ResolverError(bytes)", bytes.fromhex("556f1830"))


WILDCARD = "0x60003560e01c6301ffc9a7146027576020600052600260205261cafe60f01b60405260606000f35b600160005260206000f3"
"""Says that it knows every interface; answers anything else with the two bytes cafe."""


def test_a_wildcard_resolver_answers_for_the_names_below(chain: Anvil) -> None:
    chain.register("wild.eth", resolver=chain.put_code("0x" + "78" * 20, WILDCARD))
    for name in ("wild.eth", "any.thing.wild.eth"):
        value, resolver = resolve(chain, name, data("contenthash(bytes32)", namehash(name)))
        assert (value, resolver) == (bytes.fromhex("cafe"), "0x" + "78" * 20)
