"""What a name's record was, from the chain's own events: on the genuine contracts, and at end points that limit it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from publisher.devnet import devnet
from publisher.errors import NameUnusable, RpcError
from publisher.names import contenthash
from publisher.names.base import NameGoal
from publisher.names.ens import EnsSettings, connect, record_history
from publisher.names.ens.rpc import Chain, TransactionRefused
from tests.names.ens.nodes import Reply, between, serving
from tests.names.ens.test_ens import FIRST, SECOND, Journal, move, name_context, opened
from tests.services.chain import OTHER, OWNER, REGISTRY, Anvil, data, namehash

pytest_plugins = ["tests.services.chain"]

ENCODED = {uri: contenthash.encode(uri) for uri in (FIRST, SECOND)}


def uris(name: Any) -> list[str]:
    return [past.uri for past in name.history()]


def test_the_topics_are_the_hashes_of_the_signatures_beside_them() -> None:
    events = ("ContenthashChanged(bytes32,bytes)", "VersionChanged(bytes32,uint64)", "NewResolver(bytes32,address)")
    assert [kind.hex() for kind in record_history.KINDS] == [keccak(text=event).hex() for event in events]


def test_every_change_is_told_newest_first_with_its_block_time_and_transaction(chain: Anvil) -> None:
    name = opened(chain.url)
    first = move(name, FIRST)
    second = move(name, SECOND, Journal(), 2)
    cleared = chain.set_record("demo.eth", b"")
    found = list(name.history())
    assert [past.uri for past in found] == ["", SECOND, FIRST]
    assert [past.transaction for past in found] == [cleared["transactionHash"], second.transaction, first.transaction]
    assert [past.block for past in found] == [int(cleared["blockNumber"], 16), second.block, first.block]
    for past in found:
        assert past.time == int(chain.rpc("eth_getBlockByNumber", hex(past.block), False)["timestamp"], 16)


def test_a_name_that_never_showed_anything_has_no_history(chain: Anvil) -> None:
    assert uris(opened(chain.url)) == []


def test_other_names_of_the_same_resolver_are_not_told(chain: Anvil) -> None:
    chain.register("other.eth")
    chain.set_record("other.eth", ENCODED[SECOND])
    chain.set_record("demo.eth", ENCODED[FIRST])
    assert uris(opened(chain.url)) == [FIRST]


def test_a_name_without_a_resolver_says_why(chain: Anvil) -> None:
    chain.register("demo.eth", resolver="0x" + "00" * 20)
    with pytest.raises(NameUnusable, match="no resolver"):
        uris(opened(chain.url))


def through_two_resolvers(chain: Anvil) -> None:
    """demo.eth shows FIRST, is prepared elsewhere, moves there, and the resolver that it left is told more."""
    modern = chain.put_modern()
    chain.set_record("demo.eth", ENCODED[FIRST])
    chain.set_record("demo.eth", ENCODED[SECOND], resolver=modern)
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), modern))
    chain.set_record("demo.eth", ENCODED[SECOND])  # the old one: nobody reads it any more
    chain.set_record("demo.eth", ENCODED[FIRST], resolver=modern)
    chain.send(OWNER.address, modern, data("clearRecords(bytes32)", namehash("demo.eth")))


def test_the_resolvers_that_it_used_before_are_read_too_until_it_left_them(chain: Anvil) -> None:
    through_two_resolvers(chain)
    assert uris(opened(chain.url)) == ["", FIRST, SECOND, FIRST]


@contextmanager
def limited(chain: Anvil, allowed: int, message: str = "block range is too large") -> Iterator[tuple[str, list[int]]]:
    """The chain behind an end point that answers for so many blocks only; how many were asked for each time."""
    asked: list[int] = []

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        if method != "eth_getLogs":
            return reply
        asked.append(int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1)
        return reply if asked[-1] <= allowed else {"error": {"code": -32600, "message": message}}

    with serving(between(chain.url, alter)) as url:
        yield url, asked


@pytest.mark.parametrize("allowed", [1, 2, 3, 7, 1000])
def test_an_end_point_that_limits_the_range_gives_the_same_history(chain: Anvil, allowed: int) -> None:
    through_two_resolvers(chain)
    with limited(chain, allowed) as (url, asked):
        assert uris(opened(url)) == ["", FIRST, SECOND, FIRST]
    assert max(asked[-3:]) <= max(allowed, chain.height() + 1)


def test_an_end_point_that_limits_the_answers_gives_the_same_history(chain: Anvil) -> None:
    for number in range(6):
        chain.set_record("demo.eth", ENCODED[FIRST if number % 2 else SECOND])

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        too_many = method == "eth_getLogs" and len(reply["result"]) > 2
        return {"error": {"code": -32005, "message": "query returned more than 2 results"}} if too_many else reply

    with serving(between(chain.url, alter)) as url:
        assert uris(opened(url)) == [FIRST, SECOND] * 3


def test_only_what_is_read_is_asked_for(chain: Anvil) -> None:
    chain.set_record("demo.eth", ENCODED[FIRST])
    chain.rpc("anvil_mine", hex(500))
    chain.set_record("demo.eth", ENCODED[SECOND])
    with limited(chain, 50) as (url, asked):
        newest = next(opened(url).history())
        few = len(asked)
        assert newest.uri == SECOND
        assert few < 12
        assert uris(opened(url)) == [SECOND, FIRST]
    assert len(asked) > few + 8


def test_a_limit_that_is_far_too_low_ends_the_history_with_what_was_found(chain: Anvil) -> None:
    chain.set_record("demo.eth", ENCODED[FIRST])
    chain.rpc("anvil_mine", hex(500))
    chain.set_record("demo.eth", ENCODED[SECOND])
    with limited(chain, 5) as (url, asked):
        asking = Chain([url], 31337)
        history = record_history.changes(asking, namehash("demo.eth"), chain.resolver, chain.height(), questions=20)
        assert next(history).uri == SECOND
        with pytest.raises(RpcError, match="not known") as caught:
            next(history)
        asking.close()
    assert len(asked) == 20
    assert "hunter2" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("code", "message"), [(-32601, "the method eth_getLogs does not exist"), (-32005, "daily request count exceeded")]
)
def test_what_fewer_blocks_would_not_mend_is_not_asked_again_and_again(chain: Anvil, code: int, message: str) -> None:
    asked = []

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        if method != "eth_getLogs":
            return reply
        asked.append(params)
        return {"error": {"code": code, "message": message}}

    with serving(between(chain.url, alter)) as url, pytest.raises(RpcError, match=message[:10]):
        uris(opened(url))
    assert len(asked) <= 2 * record_history.FAILURES


@pytest.mark.parametrize("lie", ["another name", "another contract", "another block", "no topics", "text"])
def test_an_end_point_that_answers_something_else_is_told(chain: Anvil, lie: str) -> None:
    chain.set_record("demo.eth", ENCODED[FIRST])

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        if method != "eth_getLogs":
            return reply
        told = reply["result"][0]
        match lie:
            case "another name":
                told["topics"][1] = "0x" + "11" * 32
            case "another contract":
                told["address"] = OTHER.address
            case "another block":
                told["blockNumber"] = "0xffffff"
            case "no topics":
                told["topics"] = []
            case "text":
                return {"result": "none"}
        return {"result": [told]}

    with serving(between(chain.url, alter)) as url, pytest.raises(RpcError, match="cannot be understood"):
        uris(opened(url))


def test_a_record_that_is_no_content_hash_is_told_as_its_bytes(chain: Anvil) -> None:
    chain.set_record("demo.eth", b"\x01nonsense")
    assert uris(opened(chain.url))[0].startswith(("unknown:0x", "damaged:0x"))


def test_what_a_reorganisation_removed_is_not_told(chain: Anvil) -> None:
    chain.set_record("demo.eth", ENCODED[FIRST])

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        if method == "eth_getLogs":
            reply["result"].append({**reply["result"][0], "removed": True})
        return reply

    with serving(between(chain.url, alter)) as url:
        assert uris(opened(url)) == [FIRST]


def test_the_embedded_chain_has_a_history_too() -> None:
    with devnet() as net:
        named = connect(
            EnsSettings("demo.eth", (net.url,), net.chain_id, "env:PUBLISH_KEY"), name_context(PUBLISH_KEY=net.key)
        )
        for number, uri in enumerate((FIRST, SECOND), 1):
            journal = Journal()
            named.move(NameGoal(number, uri), (), journal.record_event, lambda line: None)
        assert uris(named) == [SECOND, FIRST]


NODE = namehash("demo.eth")
RESOLVERS = ["0x" + digit * 40 for digit in "abc"]


Row = dict[str, Any]
"""An event, as a node tells it."""


class Scripted:
    """A chain of 60 blocks with what contracts told in it, and a rule about what may be asked."""

    number, hosts = 1337, ("http://node.example",)

    def __init__(self, told: list[Row], blocks: int, answers: int) -> None:
        self.told, self.blocks, self.answers = told, blocks, answers

    def query(self, query: Any) -> Any:
        wanted = query.params[0]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        found = [
            told
            for told in self.told
            if first <= int(told["blockNumber"], 16) <= last
            and told["address"] in [address.lower() for address in wanted["address"]]
            and told["topics"][0] in wanted["topics"][0]
        ]
        if last - first + 1 > self.blocks or len(found) > self.answers:
            raise TransactionRefused("too-much", "too much")
        return query.read(found)

    def batch(self, *queries: Any) -> Any:
        return {query: query.read({"number": query.params[0], "timestamp": query.params[0]}) for query in queries}


def scripted(steps: list[tuple[str, int, int]]) -> tuple[list[Row], str, list[str]]:
    """What is told when a name takes resolvers and resolvers are told records; the last resolver; all that counts."""
    told: list[Row] = []
    uses: dict[str, int] = {}
    seen: list[tuple[int, str]] = []
    current = ""
    for index, (what, which, block) in enumerate(sorted(steps, key=lambda step: step[2])):
        resolver = RESOLVERS[which]
        row = {"blockNumber": hex(block), "logIndex": hex(index), "transactionHash": hex(index)}
        if what == "switch":
            if current:
                uses[current] = index
            current, uses[resolver] = resolver, 1 << 30
            topics, value, place = [record_history.KINDS[2]], encode(["address"], [resolver]), REGISTRY.lower()
        else:
            topics, value, place = [record_history.KINDS[0]], encode(["bytes"], [ENCODED[FIRST]]), resolver
            seen.append((index, resolver))
        told.append(row | {"topics": ["0x" + t.hex() for t in (*topics, NODE)], "data": "0x" + value.hex()})
        told[-1]["address"] = place
    return told, current, [hex(index) for index, resolver in reversed(seen) if index < uses.get(resolver, -1)]


steps = st.lists(st.tuples(st.sampled_from(["switch", "told"]), st.integers(0, 2), st.integers(0, 60)), max_size=25)


@given(steps, st.integers(1, 80), st.integers(1, 5))
def test_whatever_is_allowed_each_change_that_a_visitor_could_see_is_told_once(
    steps: list[tuple[str, int, int]], blocks: int, answers: int
) -> None:
    told, current, expected = scripted(steps)
    if not current:
        return
    most = max([0, *(sum(one["blockNumber"] == two["blockNumber"] for one in told) for two in told)])
    found = record_history.changes(
        cast(Chain, Scripted(told, blocks, max(answers, most))), NODE, current, 60, questions=10_000
    )
    assert [past.transaction for past in found] == expected
