"""What a doctor finds about a name, on a real chain; it changes nothing."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from publisher.findings import Finding
from publisher.names.base import NameService
from publisher.names.ens import connect, health, open_chain
from publisher.names.ens.normalize import normalise
from publisher.names.signers.keys import Signer
from tests.names.ens.nodes import Reply, between, hanging, serving
from tests.names.ens.test_ens import FIRST, ending, move, name_context, opened, settings
from tests.services.chain import MODERN, NOBODY, OTHER, OWNER, POOR, REGISTRY, Anvil, data, namehash

pytest_plugins = ["tests.services.chain"]


def found(name: NameService) -> list[tuple[str, str]]:
    return [(finding.level, finding.what) for finding in name.examine()]


def one(name: NameService, words: str) -> Finding:
    """The first finding that says so."""
    findings = list(name.examine())
    for finding in findings:
        if words in finding.what:
            return finding
    raise AssertionError("\n".join(f"{f.level} {f.what}" for f in findings))


def no_signer() -> Signer:
    raise AssertionError("nobody signs here")


def delegate(chain: Anvil) -> None:
    chain.put_modern()
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), MODERN))
    grant = data("approve(bytes32,address,bool)", namehash("demo.eth"), OTHER.address, True)
    chain.send(OWNER.address, MODERN, grant)


def test_all_is_well_for_a_key_that_may_change_this_name_alone(chain: Anvil) -> None:
    delegate(chain)
    chain.fund(OTHER.address, 10**16)
    findings = list(opened(chain.url, signer="env:PUBLISH_OTHER").examine())
    assert [f.level for f in findings] == ["ok", "ok", "note", "ok", "ok"]
    assert all(f.who == "demo.eth" for f in findings)
    assert [f.fix for f in findings if f.fix] == ["add an end point of another operator to rpc in publish.toml"]
    said = "\n".join(f.what for f in findings)
    for part in (f"{chain.url} answers for chain 31337", "nothing yet", MODERN, "nothing else", "can pay for"):
        assert part in said


def test_two_operators_contradict_each_other(chain: Anvil) -> None:
    note = "one operator gives every answer"
    other = chain.url.replace("127.0.0.1", "localhost")
    assert any(note in what for _, what in found(opened(chain.url, f"{chain.url}/key")))
    assert not any(note in what for _, what in found(opened(chain.url, other)))


def test_what_it_shows_is_told(chain: Anvil) -> None:
    name = opened(chain.url)
    move(name, FIRST)
    assert FIRST in one(name, "the name shows").what


def test_nothing_is_signed_sent_or_changed(chain: Anvil) -> None:
    name = opened(chain.url)
    move(name, FIRST)
    before = chain.height(), chain.nonce(OWNER.address), chain.record("demo.eth"), chain.pool()
    list(name.examine())
    assert (chain.height(), chain.nonce(OWNER.address), chain.record("demo.eth"), chain.pool()) == before


# The key


def test_a_key_that_holds_more_than_a_hundred_publishes_need_is_a_warning(chain: Anvil) -> None:
    delegate(chain)
    name = opened(chain.url, signer="env:PUBLISH_OTHER")
    finding = one(name, "100 publishes need at most")
    assert finding.level == "warning"
    assert "move the rest" in finding.fix
    chain.fund(OTHER.address, 10**16)
    assert all("100 publishes" not in each.what for each in name.examine())


def test_calldata_signs_nothing_and_so_needs_no_key(chain: Anvil) -> None:
    assert one(opened(chain.url, signer="calldata"), "another person sends the calls").level == "note"


def test_a_key_that_owns_the_name_may_too_much(chain: Anvil) -> None:
    finding = one(opened(chain.url), "this key is the owner")
    assert finding.level == "warning"
    assert "setAuthorisation" in finding.fix
    delegate(chain)
    assert "approve(node, KEY, true)" in one(opened(chain.url), "this key is the owner").fix


def test_a_key_that_may_change_every_name_of_its_owner_may_too_much(chain: Anvil) -> None:
    delegate(chain)
    chain.send(OWNER.address, MODERN, data("setApprovalForAll(address,bool)", OTHER.address, True))
    name = opened(chain.url, signer="env:PUBLISH_OTHER")
    finding = one(name, "the records of every name")
    assert (finding.level, OWNER.address in finding.what, "away" in finding.what) == ("warning", True, False)
    chain.send(OWNER.address, REGISTRY, data("setApprovalForAll(address,bool)", OTHER.address, True))
    assert f"give every name of {OWNER.address} away" in one(name, "may").what


def test_a_key_that_may_not_change_the_record_is_a_fault_that_names_who_may(chain: Anvil) -> None:
    finding = one(opened(chain.url, signer="env:PUBLISH_OTHER"), "may not change the record")
    assert finding.level == "fault"
    assert OWNER.address in finding.fix


def test_without_a_signer_the_rest_is_looked_at(chain: Anvil) -> None:
    levels = found(opened(chain.url, signer=""))
    assert [level for level, _ in levels] == ["ok", "ok", "note"]


def test_a_variable_that_is_not_set_is_a_fault(chain: Anvil) -> None:
    assert one(opened(chain.url, signer="env:PUBLISH_ABSENT"), "PUBLISH_ABSENT").level == "fault"


@pytest.mark.parametrize(("publishes", "level"), [(0, "fault"), (4, "warning"), (30, "ok")])
def test_a_key_can_pay_for_a_number_of_publishes(chain: Anvil, publishes: int, level: str) -> None:
    chain.register("poor.eth", owner=POOR.address)
    chain.fund(POOR.address, 10**18)
    name = connect(replace(settings(chain.url, signer="env:PUBLISH_POOR"), name="poor.eth"), name_context())
    each = int(one(name, "can pay for").what.rpartition("about ")[2].partition(" ETH")[0].replace("0.", "", 1)) * 10**12
    chain.fund(POOR.address, each * publishes)
    finding = next(f for f in name.examine() if POOR.address in f.what and ("pay" in f.what or "hold" in f.what))
    assert finding.level == level
    assert ("send some ether" in finding.fix) is (level != "ok")


def test_a_key_that_holds_less_than_one_publish_may_cost_is_a_fault(chain: Anvil) -> None:
    chain.register("poor.eth", owner=POOR.address)
    chain.fund(POOR.address, 1)
    name = connect(replace(settings(chain.url, signer="env:PUBLISH_POOR"), name="poor.eth"), name_context())
    assert [f.level for f in name.examine() if POOR.address in f"{f.who} {f.what}"][-1] == "fault"


def test_a_fee_above_the_ceiling_is_a_fault(chain: Anvil) -> None:
    assert one(opened(chain.url, max_fee_gwei=0.01), "max-fee-gwei").level == "fault"


def test_transactions_of_the_key_that_wait_are_told(chain: Anvil) -> None:
    chain.automine(False)
    chain.rpc("eth_sendTransaction", {"from": OWNER.address, "to": OTHER.address, "value": "0x1"})
    assert one(opened(chain.url), "a transaction of").level == "note"
    chain.rpc("eth_sendTransaction", {"from": OWNER.address, "to": OTHER.address, "value": "0x1"})
    assert one(opened(chain.url), "2 transactions of").level == "note"


# The name


@pytest.mark.parametrize(
    ("days", "level"), [(91, "ok"), (89, "note"), (31, "note"), (29, "warning"), (-1, "warning"), (-91, "fault")]
)
def test_the_end_of_a_registration_is_told_by_how_near_it_is(chain: Anvil, days: int, level: str) -> None:
    assert one(ending(chain, days * 86400), "regist").level == level


def test_a_name_without_a_resolver_or_an_owner_is_a_fault(chain: Anvil) -> None:
    chain.register("bare.eth", resolver=NOBODY)
    for name, words in (("bare.eth", "no resolver"), ("nobody.eth", "the name is not registered")):
        looked = connect(replace(settings(chain.url), name=name), name_context())
        assert one(looked, words).level == "fault"
        assert found(looked)[0][0] == "ok"


def test_a_subname_is_told_when_the_name_above_it_ends(chain: Anvil) -> None:
    chain.register("blog.demo.eth")
    finding = one(ending(chain, -86400, "blog.demo.eth"), "above this name")
    assert (finding.level, finding.fix) == ("warning", "renew the name at https://app.ens.domains/demo.eth")


# End points


def test_each_end_point_is_tried_and_one_that_is_down_is_a_warning_while_another_works(chain: Anvil) -> None:
    name = opened("http://user:hunter2@127.0.0.1:1/hunter2", chain.url)
    finding = one(name, "connection refused")
    assert finding.level == "warning"
    assert one(name, "answers for chain").level == "ok"
    assert "hunter2" not in json.dumps([(f.who, f.what, f.fix) for f in name.examine()])


def test_where_no_end_point_answers_nothing_more_is_asked() -> None:
    levels = found(opened("http://127.0.0.1:1", "http://127.0.0.1:2"))
    assert [level for level, _ in levels] == ["fault", "fault"]


def test_an_end_point_of_another_chain_is_named(chain: Anvil) -> None:
    finding = one(opened(chain.url, chain_id=1), "on chain 31337")
    assert (finding.level, "chain-id" in finding.fix) == ("fault", True)


@pytest.mark.parametrize(("late", "level"), [(5, "ok"), (6, "warning")])
def test_an_end_point_that_is_behind_is_named(chain: Anvil, late: int, level: str) -> None:
    chain.mine(10)

    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        if method == "eth_getBlockByNumber":
            reply["result"]["number"] = hex(int(reply["result"]["number"], 16) - late)
        return reply

    with serving(between(chain.url, alter)) as url:
        host = url.replace("user:hunter2@", "").partition("/v3")[0]
        assert one(opened(chain.url, url), host).level == level


def test_two_end_points_of_one_host_are_told_apart(chain: Anvil) -> None:
    said = [what for _, what in found(opened(chain.url + "/?first", chain.url + "/?second"))]
    assert (chain.url + " (1) answers" in said[0], chain.url + " (2) answers" in said[1]) == (True, True)


def looked_at(url: str, now: float) -> list[Finding]:
    wanted = settings(url, signer="")
    return list(
        health.examine(wanted, normalise("demo.eth"), open_chain(wanted, name_context()), no_signer, lambda: now)
    )


@pytest.mark.parametrize(("wrong", "word"), [(7200, "ahead of"), (-7200, "behind"), (50, ""), (-50, "")])
def test_a_clock_that_is_wrong_is_told_by_the_date_of_an_answer(chain: Anvil, wrong: int, word: str) -> None:
    with serving(between(chain.url, lambda method, params, reply: reply)) as url:
        findings = looked_at(url, time.time() + wrong)
    said = [f.what for f in findings if "clock" in f.what]
    assert bool(said) is bool(word)
    assert all(word in what and "2 hours" in what for what in said)


@pytest.mark.parametrize(("age", "told"), [(170, False), (400, True)])
def test_a_chain_that_stands_still_is_told(chain: Anvil, age: int, told: bool) -> None:
    head = int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def no_date(handler: Any, body: bytes) -> None:
        handler.send_header = lambda key, value: (
            None if key == "Date" else type(handler).send_header(handler, key, value)
        )
        between(chain.url, lambda method, params, reply: reply)(handler, body)

    with serving(no_date) as url:
        findings = looked_at(url, head + age)
    assert any("newest block is" in f.what for f in findings) is told


def test_end_points_that_hang_are_asked_side_by_side(chain: Anvil) -> None:
    with hanging() as one_late, hanging() as another:
        name = connect(replace(settings(chain.url), rpc=(one_late, chain.url, another)), name_context())
        begun = time.monotonic()
        findings = list(name.examine())
        assert time.monotonic() - begun < 14, "less than one of them alone may take"
    silent = [finding for finding in findings if "no answer within 3 s" in finding.what]
    assert [finding.level for finding in silent] == ["warning", "warning"]
    assert any(finding.level == "ok" and "answers for chain 31337" in finding.what for finding in findings)
