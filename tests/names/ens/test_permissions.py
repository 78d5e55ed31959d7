"""A deploy key on a real chain: who may change a name, permitting a key, revoking it, by an account and by a Safe."""

import json
from dataclasses import replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from publisher.cli.text.name import rights_lines, rights_row
from publisher.errors import ConfigError, NameUnusable, NotAuthorised, Unfinished
from publisher.names.base import NameGoal
from publisher.names.ens import open_permissions
from publisher.names.ens.approval import checked_address
from publisher.names.ens.permissions import Permissions
from publisher.names.ens.tx_builder import batch_file, checksum
from tests.names.ens.nodes import Reply, between, serving
from tests.names.ens.test_ens import FIRST, SECOND, Journal, move, name_context, opened, settings
from tests.services.chain import DEPLOYER, MODERN, NOBODY, OTHER, OWNER, POOR, REGISTRY, Account, Anvil, data, namehash
from tests.services.safe import Safe, new_safe

pytest_plugins = ["tests.services.chain"]

THIRD = Account(
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"
)


def rights(url: str, **more: Any) -> Permissions:
    return open_permissions(replace(settings(url), **more), name_context(PUBLISH_THIRD=THIRD.key))


@pytest.fixture
def modern(chain: Anvil) -> Anvil:
    """demo.eth at a resolver that knows owner, operator and delegate."""
    chain.put_modern()
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), MODERN))
    return chain


@pytest.fixture
def safe(modern: Anvil) -> Safe:
    """demo.eth belongs to a Safe of two owners."""
    made = new_safe(modern, [OWNER, OTHER, THIRD], 2)
    modern.send(OWNER.address, REGISTRY, data("setOwner(bytes32,address)", namehash("demo.eth"), made.address))
    return made


def change(name: Permissions, address: str, allow: bool, journal: Journal | None = None) -> Any:
    journal = Journal() if journal is None else journal
    plan = name.plan(address, allow, sign=True)
    return plan, name.change(plan, tuple(journal), journal.record_event, lambda line: None)


def parts(name: Permissions) -> list[tuple[str, str]]:
    return [(holder.part, holder.account.address) for holder in name.rights().holders.found]


@pytest.mark.parametrize("older", [False, True], ids=["2023", "2020"])
def test_a_key_that_the_owner_permits_deploys_until_it_is_revoked(
    chain: Anvil, older: bool, request: pytest.FixtureRequest
) -> None:
    if not older:
        request.getfixturevalue("modern")
    owner, key = rights(chain.url), opened(chain.url, signer="env:PUBLISH_OTHER")
    with pytest.raises(NotAuthorised):
        key.observe(NameGoal(1, FIRST), ())
    before = chain.nonce(OWNER.address)
    plan, done = change(owner, OTHER.address, True)
    assert (done.outcome, chain.nonce(OWNER.address)) == ("moved", before + 1)
    assert done.fee_wei <= plan.cost.max_cost
    assert ("delegate", OTHER.address) in parts(owner)
    assert move(key, FIRST).outcome == "moved"
    assert chain.nonce(OTHER.address) == 1
    plan, done = change(owner, OTHER.address, False)
    assert done.outcome == "moved"
    with pytest.raises(NotAuthorised):
        key.observe(NameGoal(2, SECOND), ())
    assert parts(owner) == [("owner", OWNER.address)]
    assert chain.nonce(OWNER.address) == before + 2


def test_a_permission_that_exists_is_not_given_again(modern: Anvil) -> None:
    owner, journal = rights(modern.url), Journal()
    change(owner, OTHER.address, True, journal)
    before = modern.nonce(OWNER.address)
    plan = owner.plan(OTHER.address, True, sign=True)
    assert (plan.approval.done, plan.cost) == (True, None)
    assert owner.plan(POOR.address, False, sign=True).approval.done
    done = owner.change(plan, tuple(journal), journal.record_event, lambda line: None)
    assert (done.outcome, modern.nonce(OWNER.address)) == ("unchanged", before)


def test_a_run_that_is_killed_at_any_event_permits_with_one_transaction(modern: Anvil) -> None:
    class Killed(Exception):
        pass

    before = modern.nonce(OWNER.address)
    journal = Journal()
    for allowed in range(1, 6):
        written: list[int] = []

        def record(event: Any, allowed: int = allowed, written: list[int] = written) -> None:
            journal.record_event(event)
            written.append(1)
            if len(written) == allowed:
                raise Killed

        owner = rights(modern.url)
        plan = owner.plan(OTHER.address, True, sign=True)
        try:
            owner.change(plan, tuple(journal), record, lambda line: None)
        except Killed:
            continue
    assert owner.plan(OTHER.address, True, sign=True).approval.done
    assert modern.nonce(OWNER.address) == before + 1


def test_a_stranger_may_not_permit_and_nothing_is_sent(modern: Anvil) -> None:
    with pytest.raises(NotAuthorised, match="only the owner") as caught:
        rights(modern.url, signer="env:PUBLISH_OTHER").plan(THIRD.address, True, sign=True)
    assert "--calldata" in caught.value.hint
    assert modern.nonce(OTHER.address) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("demo.eth", "no address"),
        ("0x1234", "no address"),
        (OTHER.address.replace("C8", "c8"), "a digit may be mistyped"),
        ("0x" + "00" * 20, "zero address"),
        (OTHER.key, "no address"),
    ],
)
def test_an_address_that_is_mistyped_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        checked_address(text)
    assert OTHER.key[4:] not in str(caught.value) + caught.value.hint
    assert checked_address(OTHER.address.lower()) == checked_address(OTHER.address) == OTHER.address


def test_the_owner_needs_no_permission(modern: Anvil) -> None:
    with pytest.raises(ConfigError, match=r"owns demo\.eth"):
        rights(modern.url).plan(OWNER.address, True, sign=True)


def test_who_lists_operators_and_delegates_with_what_they_may(modern: Anvil) -> None:
    operator = data("setApprovalForAll(address,bool)", OTHER.address, True)
    modern.send(OWNER.address, MODERN, operator)
    modern.send(OWNER.address, REGISTRY, operator)
    modern.send(OWNER.address, MODERN, data("setApprovalForAll(address,bool)", THIRD.address, True))
    modern.send(OWNER.address, MODERN, data("setApprovalForAll(address,bool)", THIRD.address, False))
    modern.send(OWNER.address, MODERN, data("approve(bytes32,address,bool)", namehash("demo.eth"), POOR.address, True))
    name = rights(modern.url, signer="env:PUBLISH_OTHER")
    found = name.rights()
    assert parts(name) == [
        ("owner", OWNER.address),
        ("operator", OTHER.address),
        ("operator", OTHER.address),
        ("delegate", POOR.address),
    ]
    mine = [holder.may for holder in found.holders.of(found.signer)]
    assert ["every name of the owner" in mine[0], "in the registry" in mine[1]] == [True, True]
    assert found.holders.found[3].may == "change all records of this name, and nothing else"


def test_without_logs_the_owner_is_told_and_that_others_may_be_missing(modern: Anvil) -> None:
    def no_logs(method: str, params: list[Any], reply: Reply) -> Reply:
        return {"error": {"code": -32601, "message": "no logs"}} if method == "eth_getLogs" else reply

    with serving(between(modern.url, no_logs)) as url:
        found = rights(url).rights().holders
    assert [holder.part for holder in found.found] == ["owner"]
    assert "no logs" in found.unknown


def test_a_registrar_and_a_wrapper_are_told_apart(modern: Anvil) -> None:
    code = "0x7f" + "00" * 12 + OTHER.address[2:] + "5f5260205ff3"  # every call is answered with this address
    registrar = modern.put_code("0x00000000000000000000000000000000000f1f5a", code)
    modern.send(DEPLOYER, REGISTRY, data("setOwner(bytes32,address)", namehash("eth"), registrar))
    name = rights(modern.url, signer="")
    assert parts(name) == [("owner", OTHER.address), ("manager", OWNER.address)]
    wrapper = modern.put_code("0x000000000000000000000000000000000000c0de", code)
    modern.send(OWNER.address, REGISTRY, data("setOwner(bytes32,address)", namehash("demo.eth"), wrapper))
    assert [part for part, _ in parts(name)] == ["owner", "wrapper"]
    assert parts(name)[0] == ("owner", OTHER.address)
    modern.fund(wrapper, 10**18)
    modern.send(wrapper, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), NOBODY))
    assert f"or let {OTHER.address} call setResolver(" in name.rights().set_resolver
    assert name.rights().set_resolver.lower().endswith(f"on {wrapper}")


def test_a_safe_is_named_with_its_owners_and_never_as_a_key(safe: Safe) -> None:
    url = safe.chain.url
    holder = rights(url).rights().holders.found[0]
    owners = ", ".join(owner.address for owner in (OWNER, OTHER, THIRD))
    assert holder.account.text == f"a Safe that needs 2 of its 3 owners: {owners}"
    for refused in (
        lambda: rights(url).plan(THIRD.address, True, sign=True),
        lambda: opened(url).observe(NameGoal(1, FIRST), ()),
    ):
        with pytest.raises(NotAuthorised) as caught:
            refused()
        said = f"{caught.value.message} {caught.value.hint}"
        assert "a Safe that needs 2 of its 3 owners" in said
        assert "--calldata" in said
        assert "sign with" not in said


def test_who_owns_a_name_without_a_resolver_is_told_with_the_call_that_sets_one(chain: Anvil) -> None:
    node = chain.register("bare.eth", resolver=NOBODY)
    bare = open_permissions(replace(settings(chain.url), name="bare.eth"), name_context())
    found = bare.rights()
    assert (found.resolver, parts(bare)) == ("", [("owner", OWNER.address)])
    call = f"let {OWNER.address} call setResolver(0x{node.hex()}, RESOLVER) on {REGISTRY}"
    assert found.set_resolver.endswith(call)
    assert [line for line in rights_lines(found) if line.startswith("next: ")] == [f"next: {found.set_resolver}"]
    assert rights_row(found)["resolver"] is None
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", node, chain.resolver))
    after = bare.rights()
    assert (after.resolver.lower(), after.set_resolver) == (chain.resolver.lower(), "")


def test_a_name_that_nobody_owns_or_that_has_a_useless_resolver_is_an_error_for_who(chain: Anvil) -> None:
    chain.register("useless.eth", resolver=POOR.address)
    for name, why in (("unknown.eth", "is not registered"), ("useless.eth", "has no code")):
        asked = open_permissions(replace(settings(chain.url), name=name), name_context())
        with pytest.raises(NameUnusable, match=why):
            asked.rights()


def test_a_safe_that_executes_the_file_permits_the_key_and_revokes_it(safe: Safe) -> None:
    chain = safe.chain
    key = rights(chain.url, signer="env:PUBLISH_THIRD")
    for allow, goal in ((True, FIRST), (False, SECOND)):
        plan = rights(chain.url, signer="").plan(THIRD.address, allow, sign=False)
        assert plan.approval.caller is not None
        assert plan.approval.caller.address == safe.address
        call = plan.approval
        file = json.loads(batch_file(plan.chain, [(call.to, f"0x{call.data.hex()}")], "demo.eth", call.effect))
        (sent,) = file["transactions"]
        assert (file["chainId"], sent["value"]) == ("31337", "0")
        safe.execute(sent["to"], sent["data"])
        if allow:
            assert move(key, goal).outcome == "moved"
        else:
            with pytest.raises(NotAuthorised):
                key.observe(NameGoal(2, goal), ())
    assert chain.nonce(THIRD.address) == 1


def test_a_publish_that_is_handed_over_is_sent_by_the_safe(safe: Safe) -> None:
    chain, name = safe.chain, opened(safe.chain.url, signer="calldata")
    before = [chain.nonce(owner.address) for owner in safe.owners]
    planned = name.observe(NameGoal(1, FIRST), ())
    assert (planned.sender, planned.cost) == ("", None)
    done = move(name, FIRST)
    assert (done.outcome, done.before, done.after, name.shows()) == ("handed-over", "", FIRST, "")
    assert done.call is not None
    assert (done.call.chain, done.call.node) == (31337, "0x" + namehash("demo.eth").hex())
    assert [chain.nonce(owner.address) for owner in safe.owners] == before
    safe.execute(done.call.to, done.call.data)
    assert name.shows() == FIRST
    assert move(name, FIRST).outcome == "unchanged"


def test_while_a_transaction_of_this_site_is_pending_nothing_is_handed_over(modern: Anvil) -> None:
    modern.automine(False)
    journal = Journal()
    with pytest.raises(Unfinished):
        move(opened(modern.url, timeout=1), FIRST, journal)
    name = opened(modern.url, signer="calldata")
    for act in (lambda: name.observe(NameGoal(2, SECOND), tuple(journal)), lambda: move(name, SECOND, journal, 2)):
        with pytest.raises(Unfinished, match="of another key"):
            act()
    modern.mine()
    assert move(name, SECOND, journal, 2).outcome == "handed-over"


def test_a_resolver_without_delegates_is_refused(modern: Anvil) -> None:
    """A contract that keeps contenthashes and knows neither approve nor setAuthorisation."""
    from tests.services.chain import contract

    code = contract("Resolver")["runtime"].replace("a9784b3e", "ffffff01")
    modern.put_code(MODERN, code)
    with pytest.raises(NameUnusable, match="cannot permit one key"):
        rights(modern.url).plan(OTHER.address, True, sign=False)


def test_the_checksum_of_a_file_is_that_of_the_transaction_builder() -> None:
    """The order of keys is that of their names, and the name of the batch does not count."""
    file = json.loads(batch_file(1, [(MODERN, "0x0102")], "one name", "a sentence"))
    told = file["meta"].pop("checksum")
    keys = ["chainId", "createdAt", "meta", "transactions", "version"]
    meta = '{["description","name","txBuilderVersion"]"a sentence",null,"1.18.2",}'
    inner = f'{{["contractInputsValues","contractMethod","data","to","value"]null,null,"0x0102","{MODERN}","0",}}'
    text = f'{{{json.dumps(keys, separators=(",", ":"))}"1",0,{meta},[{inner}],"1.0",}}'
    assert told == "0x" + keccak(text.encode()).hex() == checksum(file)
    assert checksum({**file, "meta": {**file["meta"], "name": "another"}}) == told


def test_the_ether_for_updates_is_what_they_cost_at_most(modern: Anvil) -> None:
    funds, three = rights(modern.url).funds(100), rights(modern.url).funds(3)
    change(rights(modern.url), OTHER.address, True)
    key, spent = opened(modern.url, signer="env:PUBLISH_OTHER"), 0
    for sequence, uri in enumerate((FIRST, SECOND, FIRST), 1):
        planned = key.observe(NameGoal(sequence, uri), ())
        assert planned.cost is not None
        spent += planned.cost.max_cost
        move(key, uri, Journal(), sequence)
    assert three.wei / 2 < spent <= three.wei
    assert funds.wei > 20 * three.wei
