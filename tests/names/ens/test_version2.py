"""Names on a chain with ENS version 2: those that were not migrated, their subnames, and migrated ones."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from publisher.devnet import devnet
from publisher.devnet.genesis import ETH_REGISTRY, MIRROR, PERMISSIONED, state
from publisher.errors import NameUnusable, NotAuthorised, RpcError
from publisher.journal.events import Event
from publisher.names import contenthash
from publisher.names.base import NameGoal, NameService, NameState
from publisher.names.ens import EnsSettings, abi, connect, linked_records, version2
from tests.names.ens.nodes import Reply, between, serving
from tests.names.ens.test_ens import FIRST, SECOND, Journal, move, name_context, opened
from tests.services.chain import MODERN, OTHER, OWNER, REGISTRY, Anvil, data, namehash, running

pytest_plugins = ["tests.services.chain"]

MIGRATED = ("new.eth", "twin.eth", "plain.eth", "roles.eth", "linked.eth", "killed.eth")
EMPTY = "ipfs://bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"


@pytest.fixture(scope="module")
def newer() -> Iterator[Anvil]:
    """The genuine registry and resolver of version 1, behind contracts that behave as those of version 2."""
    with running() as anvil:
        names = ("old.eth", "blog.old.eth", "second.old.eth")
        for name in names:
            anvil.register(name)
        for address, account in state(OWNER.address, names, MIGRATED).items():
            at = "0x" + address.hex()
            if account["code"] and at not in (REGISTRY.lower(), MODERN.lower()):
                anvil.put_code(at, "0x" + account["code"].hex())
                for slot, value in account["storage"].items():
                    anvil.rpc("anvil_setStorageAt", at, f"0x{slot:064x}", f"0x{value:064x}")
        yield anvil


def dns(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def set_newer(chain: Anvil, name: str, uri: str) -> None:
    """Set the record of a migrated name as somebody else would."""
    call = data("setContenthash(bytes,bytes)", dns(name), contenthash.encode(uri))
    chain.send(OWNER.address, PERMISSIONED, call)


def link(chain: Anvil, name: str, to: str) -> None:
    chain.send(OWNER.address, PERMISSIONED, data("linkToNode(bytes,bytes32)", dns(name), namehash(to)))


def look(name: NameService, uri: str) -> NameState:
    return name.observe(NameGoal(1, uri), ())


def sent_to(chain: Anvil) -> tuple[str, str]:
    """The contract and the selector of the last transaction of the key."""
    sent = chain.rpc("eth_getTransactionByHash", chain.mined()[-1])
    return sent["to"], sent["input"][2:10]


def test_every_selector_and_topic_is_the_hash_of_the_signature_beside_it() -> None:
    line = re.compile(r'fromhex\(\s*"([0-9a-f]{8}|[0-9a-f]{64})"\s*\)\s*# (\w+\([^ ;]*\))')
    found = [
        pair
        for module in (version2, linked_records)
        for pair in line.findall(Path(module.__file__ or "").read_text(encoding="utf-8"))
    ]
    assert len(found) == 10
    for digits, signature in found:
        assert keccak(signature.encode()).hex().startswith(digits), signature
    parts = [int.from_bytes(keccak(part)[:4]) for part in (b"getResolver(bytes)", b"requiresOffchain(bytes)")]
    assert (parts[0] ^ parts[1]).to_bytes(4) == version2.COMPOSITE


@pytest.mark.parametrize("text", ["old.eth", "blog.old.eth"])
def test_a_name_that_was_not_migrated_is_changed_in_its_older_resolver(newer: Anvil, text: str) -> None:
    name, before = opened(newer.url, name=text), newer.nonce(OWNER.address)
    state_of = look(name, FIRST)
    assert state_of.cost is not None
    done = move(name, FIRST)
    assert (done.outcome, done.before, name.shows()) == ("moved", "", FIRST)
    assert sent_to(newer) == (newer.resolver.lower(), abi.SET_CONTENTHASH.hex())
    assert newer.nonce(OWNER.address) == before + 1
    assert done.fee_wei <= state_of.cost.max_cost
    assert [change.uri for change in name.history()] == [FIRST]
    assert move(name, FIRST).outcome == "unchanged"


@pytest.mark.parametrize(("text", "parent"), [("none.old.eth", "old.eth"), ("a.b.blog.old.eth", "blog.old.eth")])
def test_a_subname_without_a_record_of_its_own_is_refused(newer: Anvil, text: str, parent: str) -> None:
    with pytest.raises(NameUnusable, match=f"no resolver of its own, only that of {re.escape(parent)}"):
        look(opened(newer.url, name=text), FIRST)


def test_a_migrated_name_is_changed_and_read_by_the_calls_of_version_2(newer: Anvil) -> None:
    name, before = opened(newer.url, name="new.eth"), newer.nonce(OWNER.address)
    assert look(name, FIRST).notes == ()
    for sequence, uri in enumerate((FIRST, SECOND), 1):
        planned = name.observe(NameGoal(sequence, uri), ())
        assert planned.cost is not None
        done = move(name, uri, Journal(), sequence)
        assert (done.outcome, name.shows()) == ("moved", uri)
        assert done.fee_wei <= planned.cost.max_cost
        assert sent_to(newer) == (PERMISSIONED.lower(), version2.SET_CONTENTHASH.hex())
    assert newer.nonce(OWNER.address) == before + 2
    assert [change.uri for change in name.history()] == [SECOND, FIRST]
    assert move(name, SECOND).outcome == "unchanged"


def test_a_key_without_the_role_is_told_its_scope_and_nothing_is_sent(newer: Anvil) -> None:
    name, before = opened(newer.url, name="roles.eth", signer="env:PUBLISH_OTHER"), newer.nonce(OTHER.address)
    with pytest.raises(NotAuthorised, match="ROLE_SET_CONTENTHASH") as caught:
        look(name, FIRST)
    assert "all names of this resolver" in caught.value.message
    assert f"grantRootRoles(256, {OTHER.address}) on {PERMISSIONED}" in caught.value.hint
    assert newer.nonce(OTHER.address) == before


def test_a_key_with_the_role_alone_may_and_the_doctor_says_what_else_a_key_may(newer: Anvil) -> None:
    newer.send(OWNER.address, PERMISSIONED, data("grantRootRoles(uint256,address)", 256, OTHER.address))
    name = opened(newer.url, name="roles.eth", signer="env:PUBLISH_OTHER")
    assert move(name, FIRST).outcome == "moved"
    said = {finding.what: finding.level for finding in name.examine()}
    text = f"{OTHER.address} may change the record of all names of this resolver ({PERMISSIONED})"
    assert said[text] == "ok"
    much = [finding for finding in opened(newer.url, name="roles.eth").examine() if finding.level == "warning"]
    assert [part in much[0].what for part in ("link names", "replace the code", "give roles")] == [True] * 3
    newer.send(OWNER.address, PERMISSIONED, data("revokeRootRoles(uint256,address)", 256, OTHER.address))
    with pytest.raises(NotAuthorised):
        look(name, SECOND)


def test_a_record_that_names_share_is_told_before_it_is_changed(newer: Anvil) -> None:
    set_newer(newer, "twin.eth", FIRST)
    assert look(opened(newer.url, name="twin.eth"), SECOND).notes == ()
    link(newer, "a.twin.eth", "twin.eth")
    link(newer, "b.twin.eth", "twin.eth")
    name = opened(newer.url, name="twin.eth")
    assert look(name, SECOND).notes == ("this record is shared: the change also changes a.twin.eth, b.twin.eth",)
    assert look(name, FIRST).notes == ()
    newer.send(OWNER.address, PERMISSIONED, data("linkToRecord(bytes,uint256)", dns("a.twin.eth"), 0))
    assert look(name, SECOND).notes == ("this record is shared: the change also changes b.twin.eth",)


def test_an_end_point_without_logs_leaves_it_open_who_shares(newer: Anvil) -> None:
    set_newer(newer, "twin.eth", FIRST)

    def no_logs(method: str, params: list[Any], reply: Reply) -> Reply:
        return {"error": {"code": -32601, "message": "no logs"}} if method == "eth_getLogs" else reply

    with serving(between(newer.url, no_logs)) as url:
        (note,) = look(opened(url, name="twin.eth"), SECOND).notes
    assert note.startswith("other names may share this record: this is unknown")


def test_a_subname_in_the_resolver_of_its_parent_is_told_and_changed(newer: Anvil) -> None:
    name = opened(newer.url, name="deep.plain.eth")
    assert look(name, FIRST).notes == (
        "the registry has no entry for the name: the resolver of plain.eth has its record",
    )
    assert move(name, FIRST).outcome == "moved"
    assert (name.shows(), opened(newer.url, name="plain.eth").shows()) == (FIRST, "")


def test_a_name_that_shows_the_record_of_the_whole_resolver_is_told(newer: Anvil) -> None:
    newer.send(OWNER.address, PERMISSIONED, data("setContenthash(bytes,bytes)", b"\0", contenthash.encode(EMPTY)))
    try:
        name = opened(newer.url, name="plain.eth")
        assert name.shows() == EMPTY
        (note,) = look(name, FIRST).notes
        assert "gives the name a record of its own" in note
    finally:
        newer.send(OWNER.address, PERMISSIONED, data("setContenthash(bytes,bytes)", b"\0", b""))


def test_the_history_follows_the_record_that_a_name_used(newer: Anvil) -> None:
    set_newer(newer, "linked.eth", FIRST)
    set_newer(newer, "other.linked.eth", SECOND)
    link(newer, "linked.eth", "other.linked.eth")
    set_newer(newer, "other.linked.eth", EMPTY)
    found = list(opened(newer.url, name="linked.eth").history())
    assert [change.uri for change in found] == [EMPTY, SECOND, FIRST]
    assert found[0].block > found[1].block > found[2].block


def test_the_history_of_a_migrated_name_goes_back_into_version_1(newer: Anvil) -> None:
    newer.register("plain.eth")
    newer.set_record("plain.eth", contenthash.encode(EMPTY))
    newer.set_record("plain.eth", contenthash.encode(SECOND))
    set_newer(newer, "plain.eth", FIRST)
    newer.set_record("plain.eth", contenthash.encode(EMPTY))  # nobody reads it any more
    assert [change.uri for change in opened(newer.url, name="plain.eth").history()] == [FIRST, SECOND, EMPTY]


def test_a_mirror_that_shows_visitors_something_else_is_refused(newer: Anvil) -> None:
    newer.set_record("second.old.eth", contenthash.encode(FIRST))
    inner = abi.encode(contenthash.encode(SECOND))
    lie = "0x" + (abi.word(64) + abi.word(MIRROR) + abi.word(len(inner)) + inner).hex()

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        asked = method == "eth_call" and params[0]["to"] == abi.UNIVERSAL_RESOLVER
        wanted = asked and params[0]["data"].startswith("0x" + abi.RESOLVE.hex())
        return {"result": lie} if wanted else reply

    with serving(between(newer.url, alter)) as url, pytest.raises(NameUnusable, match="visitors read"):
        look(opened(url, name="second.old.eth"), EMPTY)


def test_a_mirror_and_a_registry_that_differ_are_refused(newer: Anvil) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        asked = method == "eth_call" and params[0]["data"].startswith("0x" + version2.GET_RESOLVER.hex())
        return {"result": "0x" + (abi.word(OTHER.address) + abi.word(0)).hex()} if asked else reply

    with serving(between(newer.url, alter)) as url, pytest.raises(NameUnusable, match="versions of ENS disagree"):
        look(opened(url, name="second.old.eth"), EMPTY)


@pytest.mark.parametrize(
    "selector", [version2.GET_RESOLVER, abi.RESOLVER, abi.RESOLVE], ids=["mirror", "registry", "visitor"]
)
def test_one_end_point_that_lies_about_the_older_resolver_is_found_out(newer: Anvil, selector: bytes) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        asked = method == "eth_call" and params[0]["data"].startswith("0x" + selector.hex())
        return {"result": "0x" + (abi.word(OTHER.address) + abi.word(0)).hex()} if asked else reply

    before = newer.nonce(OWNER.address)
    with (
        serving(between(newer.url, alter)) as lying,
        pytest.raises(RpcError, match="differ"),
    ):
        move(opened(newer.url, lying, name="second.old.eth"), EMPTY)
    assert newer.nonce(OWNER.address) == before


def test_a_migrated_name_is_changed_by_one_transaction_wherever_a_run_is_killed(newer: Anvil) -> None:
    class Killed(Exception):
        pass

    journal, before = Journal(), newer.nonce(OWNER.address)
    for allowed in range(1, 6):
        left = [allowed]

        def record(event: Event, left: list[int] = left) -> None:
            journal.record_event(event)
            left[0] -= 1
            if not left[0]:
                raise Killed

        name = opened(newer.url, name="killed.eth")
        with contextlib.suppress(Killed):
            name.move(NameGoal(1, FIRST), tuple(journal), record, lambda line: None)
    assert name.shows() == FIRST
    assert newer.nonce(OWNER.address) == before + 1


def test_a_mirror_of_records_outside_the_chain_is_refused(newer: Anvil) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        asked = method == "eth_call" and params[0]["data"].startswith("0x" + version2.GET_RESOLVER.hex())
        return {"result": "0x" + (abi.word(OTHER.address) + abi.word(1)).hex()} if asked else reply

    with serving(between(newer.url, alter)) as url, pytest.raises(NameUnusable, match="outside this chain"):
        look(opened(url, name="second.old.eth"), EMPTY)


def test_a_name_that_nobody_registered_is_refused_on_the_newer_chain_too(newer: Anvil) -> None:
    with pytest.raises(NameUnusable, match="is not registered"):
        look(opened(newer.url, name="nobody.eth"), FIRST)
    assert newer.view(ETH_REGISTRY, "getResolver(string)", "nobody") == "0x" + "00" * 32


def test_the_embedded_chain_can_have_version_2() -> None:
    with devnet(["old.eth", "blog.old.eth"], migrated=["new.eth"]) as chain:
        for text in ("old.eth", "blog.old.eth", "new.eth"):
            asked = EnsSettings(text, (chain.url,), chain.chain_id, "env:PUBLISH_DEVNET")
            name, journal = connect(asked, name_context(PUBLISH_DEVNET=chain.key)), Journal()
            assert name.observe(NameGoal(1, FIRST), ()).cost is not None
            assert move(name, FIRST, journal).outcome == "moved"
            assert name.shows() == FIRST
