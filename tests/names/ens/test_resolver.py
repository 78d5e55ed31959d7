"""Where a name keeps its record, on a real chain with the genuine registry and resolver: the six checks, who may."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from publisher.errors import ConfigError, NameUnusable, NotAuthorised, RpcError
from publisher.names import contenthash
from publisher.names.ens import abi, resolver, rights
from publisher.names.ens.normalize import normalise
from publisher.names.ens.responses import Reverted
from publisher.names.ens.rpc import Chain
from tests.names.ens.nodes import Reply, between, serving
from tests.services.chain import MODERN, NOBODY, OTHER, OWNER, POOR, REGISTRY, UNIVERSAL, Anvil, data, namehash

pytest_plugins = ["tests.services.chain"]

ROOT = "ipfs://bafybeibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4"
RECORD = contenthash.encode(ROOT)
ELSEWHERE = "0x00000000000000000000000000000000000E15E1"


@pytest.fixture
def eyes(shared_chain: Anvil) -> Iterator[Chain]:
    chain = Chain([shared_chain.url], 31337, sleep=lambda _: None)
    yield chain
    chain.close()


def place(chain: Chain, text: str) -> resolver.ResolvedName:
    name = normalise(text)
    return resolver.recognise(chain, name, resolver.find(chain, name))[0]


def place_and_record(chain: Chain, text: str) -> tuple[resolver.ResolvedName, str]:
    return place(chain, text), resolver.lookup(chain, text)


def answering(value: bytes, reverting: bool = False) -> str:
    """Code that says these bytes to every call, as its answer or as its reason."""
    code = b""
    for at in range(0, len(value), 32):
        piece = value[at : at + 32].ljust(32, b"\0")
        code += b"\x7f" + piece + b"\x61" + at.to_bytes(2) + b"\x52"
    code += b"\x61" + len(value).to_bytes(2) + b"\x5f" + (b"\xfd" if reverting else b"\xf3")
    return "0x" + code.hex()


def unusable(chain: Chain, text: str) -> NameUnusable:
    with pytest.raises(NameUnusable) as caught:
        place(chain, text)
    assert caught.value.hint
    return caught.value


def test_a_name_is_found_at_its_own_resolver_with_its_record(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("found.eth")
    assert place(eyes, "Found.ETH").shows == ""
    shared_chain.set_record("found.eth", RECORD)
    found = place(eyes, "found.eth")
    assert found.resolver.lower() == shared_chain.resolver.lower()
    assert found.record == RECORD
    assert found.shows == ROOT
    assert resolver.shown(eyes, normalise("found.eth")) == RECORD
    assert resolver.lookup(eyes, "FOUND.eth") == ROOT


@pytest.mark.parametrize("name", ["docs.found2.eth", "example.com", "文章.eth"])
def test_any_valid_name_will_do(shared_chain: Anvil, eyes: Chain, name: str) -> None:
    shared_chain.register(name)
    shared_chain.set_record(name, RECORD)
    assert place(eyes, name).shows == ROOT
    assert resolver.lookup(eyes, name) == ROOT


def test_the_resolver_is_looked_up_fresh(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("fresh.eth")
    before = place(eyes, "fresh.eth").resolver
    shared_chain.put_modern()
    shared_chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("fresh.eth"), MODERN))
    assert place(eyes, "fresh.eth").resolver == MODERN != before


def test_the_call_that_changes_the_record_changes_it(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("call.eth")
    found = place(eyes, "call.eth")
    shared_chain.send(OWNER.address, found.resolver, "0x" + found.calldata(RECORD).hex())
    assert shared_chain.record("call.eth") == RECORD


def test_a_name_without_resolver_says_so(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("bare.eth", resolver=NOBODY)
    assert "has no resolver" in unusable(eyes, "bare.eth").message
    assert resolver.lookup(eyes, "bare.eth") == ""


def test_a_name_that_nobody_registered_says_so(shared_chain: Anvil, eyes: Chain) -> None:
    assert "the name is not registered" in unusable(eyes, "nobody-has-it.eth").message
    assert resolver.lookup(eyes, "nobody-has-it.eth") == ""


def test_the_parents_resolver_is_not_the_names_own(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("parent.eth")
    error = unusable(eyes, "blog.parent.eth")
    assert "no resolver of its own, only that of parent.eth" in error.message
    assert "subname" in error.hint


def test_a_parent_that_makes_records_up_is_named(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.put_code(ELSEWHERE, answering(abi.word(1)))
    shared_chain.register("wild.eth", resolver=ELSEWHERE)
    assert "made by the resolver of wild.eth" in unusable(eyes, "x.wild.eth").message


def test_a_resolver_without_code_is_told_before_anything_is_paid(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("hollow.eth", resolver=OTHER.address)
    assert "has no code" in unusable(eyes, "hollow.eth").message
    assert resolver.lookup(eyes, "hollow.eth") == ""


@pytest.mark.parametrize(
    ("selector", "where"), abi.OFFCHAIN.items(), ids=lambda v: v if isinstance(v, str) else v.hex()
)
def test_records_that_live_elsewhere_are_told(shared_chain: Anvil, eyes: Chain, selector: bytes, where: str) -> None:
    name = f"{selector.hex()}.eth"
    at = f"0x{'00' * 15}0000{selector[:1].hex()}{'00' * 2}"[:42]
    shared_chain.put_code(at, answering(selector + bytes(64), reverting=True))
    shared_chain.register(name, resolver=at)
    error = unusable(eyes, name)
    assert where in error.message
    assert at[2:] in error.message.lower()
    with pytest.raises(NameUnusable, match=where):
        resolver.lookup(eyes, name)


def test_a_resolver_that_keeps_no_content_is_told(shared_chain: Anvil, eyes: Chain) -> None:
    at = "0x000000000000000000000000000000000000dead"
    shared_chain.put_code(at, answering(abi.ERROR + abi.encode(b"only addresses here"), reverting=True))
    shared_chain.register("addresses.eth", resolver=at)
    assert "keeps no contenthash: only addresses here" in unusable(eyes, "addresses.eth").message


def test_a_resolver_that_answers_nonsense_is_told(shared_chain: Anvil, eyes: Chain) -> None:
    at = "0x000000000000000000000000000000000000beef"
    shared_chain.put_code(at, answering(b"\x01"))
    shared_chain.register("nonsense.eth", resolver=at)
    assert "keeps no contenthash" in unusable(eyes, "nonsense.eth").message


def test_a_damaged_record_is_shown_and_stops_nothing(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("damaged.eth")
    shared_chain.set_record("damaged.eth", bytes.fromhex("e301"))
    assert place(eyes, "damaged.eth").shows == "damaged:0xe301"


def test_the_end_of_a_registration_is_known_where_a_registrar_is(chain: Anvil) -> None:
    registrar = chain.put_code("0x00000000000000000000000000000000000f1f5a", answering(abi.word(1_900_000_000)))
    chain.send(chain.owner("eth"), REGISTRY, data("setOwner(bytes32,address)", namehash("eth"), registrar))
    eyes = Chain([chain.url], 31337)
    assert place(eyes, "demo.eth").ends == 1_900_000_000
    eyes.close()


def test_without_a_registrar_nobody_says_when_it_ends(shared_chain: Anvil, eyes: Chain) -> None:
    shared_chain.register("endless.eth")
    assert place(eyes, "endless.eth").ends is None


def test_a_chain_without_ens_is_a_matter_of_the_configuration(chain: Anvil) -> None:
    chain.put_code(UNIVERSAL, "0x")
    eyes = Chain([chain.url], 31337)
    for look in (place, resolver.lookup):
        with pytest.raises(ConfigError, match="no Universal Resolver"):
            look(eyes, "demo.eth")
    eyes.close()


def test_a_look_takes_two_round_trips(shared_chain: Anvil) -> None:
    shared_chain.register("quick.eth")
    bodies = []

    def count(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        bodies.append(body)
        between(shared_chain.url, lambda method, params, reply: reply)(handler, body)

    with serving(count) as url:
        eyes = Chain([url], 31337)
        place(eyes, "quick.eth")
        eyes.close()
    assert len(bodies) == 2


@pytest.mark.parametrize("selector", [abi.FIND_RESOLVER, abi.CONTENTHASH, abi.RESOLVE], ids=["find", "record", "shown"])
def test_one_end_point_that_lies_where_it_decides_is_found_out(shared_chain: Anvil, selector: bytes) -> None:
    shared_chain.register("honest.eth")
    shared_chain.set_record("honest.eth", RECORD)

    def lie(method: str, params: list[Any], reply: Reply) -> Reply:
        if method == "eth_call" and params[0]["data"].startswith("0x" + selector.hex()):
            return {"result": reply["result"].replace(reply["result"][-64:], "11" * 32)}
        return reply

    slept: list[float] = []
    with serving(between(shared_chain.url, lie)) as lying:
        eyes = Chain([shared_chain.url, lying], 31337, sleep=slept.append)
        with pytest.raises(RpcError, match="the answers of this end point and of") as caught:
            place_and_record(eyes, "honest.eth")
        assert all(host in str(caught.value) for host in eyes.hosts)
        eyes.close()
    assert slept


def test_what_waits_in_a_pool_does_not_make_the_same_change_cheaper(chain: Anvil) -> None:
    """A node may count gas on what waits; then a replacement, which finds the old record, would run out of gas."""
    eyes = Chain([chain.url], 31337)
    found = place(eyes, "demo.eth")
    change = found.calldata(RECORD)
    needed = eyes.estimate(OWNER.address, found.resolver, change)
    chain.automine(False)
    sent = {"from": OWNER.address, "to": found.resolver, "data": "0x" + change.hex(), "gas": hex(200_000)}
    chain.rpc("eth_sendTransaction", sent)
    assert eyes.estimate(OWNER.address, found.resolver, change) == needed
    eyes.close()


@pytest.fixture
def modern(chain: Anvil) -> Anvil:
    """demo.eth at a resolver that knows owner, operator and delegate."""
    chain.put_modern()
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), MODERN))
    return chain


def simulate(chain: Anvil, sender: str) -> None:
    """The change from this sender; the explanation is raised when the resolver refuses it."""
    eyes = Chain([chain.url], 31337)
    try:
        found = place(eyes, "demo.eth")
        try:
            eyes.call(found.resolver, found.calldata(RECORD), sender)
        except Reverted as no:
            raise rights.explain(eyes, found, sender, no) from no
    finally:
        eyes.close()


def test_the_owner_may(modern: Anvil) -> None:
    simulate(modern, OWNER.address)


def test_a_stranger_may_not_and_is_told_who_may(modern: Anvil) -> None:
    with pytest.raises(NotAuthorised) as caught:
        simulate(modern, OTHER.address)
    assert OTHER.address in caught.value.message
    assert OWNER.address in caught.value.hint
    assert f"approve(node, {OTHER.address}, true)" in caught.value.hint


def test_on_an_older_resolver_the_hint_names_its_own_way(chain: Anvil) -> None:
    with pytest.raises(NotAuthorised) as caught:
        simulate(chain, OTHER.address)
    assert f"setAuthorisation(node, {OTHER.address}, true)" in caught.value.hint


@pytest.mark.parametrize(
    "permit",
    [
        data("approve(bytes32,address,bool)", namehash("demo.eth"), OTHER.address, True),
        data("setApprovalForAll(address,bool)", OTHER.address, True),
    ],
    ids=["delegate", "operator"],
)
def test_a_delegate_and_an_operator_may(modern: Anvil, permit: str) -> None:
    modern.send(OWNER.address, MODERN, permit)
    simulate(modern, OTHER.address)


def test_an_operator_of_the_registry_may_not(modern: Anvil) -> None:
    modern.send(OWNER.address, REGISTRY, data("setApprovalForAll(address,bool)", OTHER.address, True))
    with pytest.raises(NotAuthorised):
        simulate(modern, OTHER.address)


def test_a_wrapped_name_belongs_to_whom_the_wrapper_says(modern: Anvil) -> None:
    wrapper = modern.put_code("0x000000000000000000000000000000000000c0de", answering(abi.word(POOR.address)))
    modern.send(OWNER.address, REGISTRY, data("setOwner(bytes32,address)", namehash("demo.eth"), wrapper))
    with pytest.raises(NotAuthorised) as caught:
        simulate(modern, OTHER.address)
    assert f"the key of {POOR.address} (inside the Name Wrapper), to whom the name belongs" in caught.value.hint


def test_a_resolver_that_refuses_its_own_owner_is_told_as_such(modern: Anvil) -> None:
    eyes = Chain([modern.url], 31337)
    found = place(eyes, "demo.eth")
    error = rights.explain(eyes, found, OWNER.address, Reverted(abi.ERROR + abi.encode(b"frozen")))
    assert isinstance(error, NameUnusable)
    assert "refuses the change" in error.message
    assert "frozen" in error.message
    eyes.close()
