"""A name of ENS as the corridors see it, on a real chain: looked at, moved, read back, and all that can go wrong."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import eth_keyfile
import pytest

from publisher.devnet import devnet
from publisher.errors import (
    ConfigError,
    FeeTooHigh,
    NameUnusable,
    NotAuthorised,
    RecordMoved,
    RpcError,
    Unfinished,
)
from publisher.journal.events import Event
from publisher.names import contenthash
from publisher.names.base import NameContext, NameGoal, NameService
from publisher.names.ens import EnsSettings, abi, connect, open_chain, resolver
from tests.names.ens.nodes import Reply, between, serving
from tests.services.chain import MODERN, NOBODY, OTHER, OWNER, POOR, REGISTRY, Anvil, data, namehash

pytest_plugins = ["tests.services.chain"]

FIRST = "ipfs://bafybeibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4"
SECOND = "ipfs://bafybeidff2jppmcuimseu24mhwy57yxiebigxbefwhsrpfcybsyfvcvvte"
KEYS = {"PUBLISH_KEY": OWNER.key, "PUBLISH_OTHER": OTHER.key, "PUBLISH_POOR": POOR.key}


class Journal(list[Event]):
    """Past events, and the ear for new ones."""

    def record_event(self, event: Event) -> None:
        self.append(event)


def name_context(**more: str) -> NameContext:
    def secret(name: str) -> str:
        try:
            return (KEYS | more)[name]
        except KeyError:
            raise ConfigError("publish", f"the environment variable {name} is not set") from None

    ticks = iter(range(10**6))
    return NameContext(secret, Path(), lambda: float(next(ticks)), lambda _: None, secret)


def settings(url: str, *others: str, **more: Any) -> EnsSettings:
    return replace(EnsSettings("demo.eth", (url, *others), 31337, "env:PUBLISH_KEY"), **more)


def opened(url: str, *others: str, **more: Any) -> NameService:
    return connect(settings(url, *others, **more), name_context())


def move(name: NameService, uri: str, journal: Journal | None = None, sequence: int = 1) -> Any:
    journal = Journal() if journal is None else journal
    return name.move(NameGoal(sequence, uri), tuple(journal), journal.record_event, lambda line: None)


@contextmanager
def counted(chain: Anvil) -> Iterator[tuple[str, list[list[str]]]]:
    """The chain behind a proxy that notes the methods of each round trip."""
    trips: list[list[str]] = []

    def respond(handler: BaseHTTPRequestHandler, body: Any) -> None:
        asked = json.loads(body)
        trips.append([one["method"] for one in (asked if isinstance(asked, list) else [asked])])
        between(chain.url, lambda method, params, reply: reply)(handler, body)

    with serving(respond) as url:
        yield url, trips


def test_the_settings_cost_no_heavy_import() -> None:
    code = "import sys, publisher.names.ens; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"web3", "ens", "requests", "urllib3", "eth_account", "eth_hash", "eth_utils", "Crypto"} & set(loaded)


def test_a_look_does_not_load_web3(chain: Anvil) -> None:
    code = (
        "import sys, pathlib\n"
        "from publisher.names.ens import EnsSettings, connect\n"
        "from publisher.names.base import NameContext, NameGoal\n"
        "context = NameContext(str, pathlib.Path(), float, float, str)\n"
        f"name = connect(EnsSettings('demo.eth', ({chain.url!r},), 31337), context)\n"
        f"name.observe(NameGoal(1, {FIRST!r}), ()); name.shows()\n"
        "print('web3' in sys.modules, 'ens' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert found.split() == ["False", "False"]


def test_a_change_is_moved_and_shown_and_then_left_alone(chain: Anvil) -> None:
    name, journal = opened(chain.url), Journal()
    state = name.observe(NameGoal(1, FIRST), ())
    assert (state.shows, state.sender) == ("", OWNER.address)
    assert state.cost is not None
    assert state.cost.likely_cost < state.cost.max_cost < state.cost.balance
    done = move(name, FIRST, journal)
    assert (done.outcome, done.before, done.after) == ("moved", "", FIRST)
    assert done.transaction == chain.mined()[-1]
    assert done.fee_wei
    assert done.fee_wei <= state.cost.max_cost
    assert name.shows() == FIRST
    assert contenthash.decode(chain.record("demo.eth")) == FIRST
    again = name.observe(NameGoal(1, FIRST), journal)
    assert (again.shows, again.cost, again.pending) == (FIRST, None, "")
    assert move(name, FIRST, journal).outcome == "unchanged"
    assert len(chain.mined()) == 1


def test_a_record_that_is_right_takes_two_round_trips_and_no_key(chain: Anvil) -> None:
    chain.set_record("demo.eth", contenthash.encode(FIRST))
    with counted(chain) as (url, trips):
        name = opened(url, signer="env:PUBLISH_UNSET")
        state = name.observe(NameGoal(1, FIRST), ())
    assert (state.shows, state.sender, state.cost) == (FIRST, "", None)
    assert len(trips) == 2


def test_a_change_is_simulated_and_priced_in_a_third(chain: Anvil) -> None:
    with counted(chain) as (url, trips):
        assert opened(url).observe(NameGoal(1, FIRST), ()).cost is not None
    assert len(trips) == 3


def test_a_look_sends_and_signs_nothing(chain: Anvil) -> None:
    with counted(chain) as (url, trips):
        opened(url).observe(NameGoal(1, FIRST), ())
    assert not [m for trip in trips for m in trip if "send" in m.lower() or "sign" in m.lower()]


def test_a_password_that_is_not_set_is_told_before_anything_is_stored(chain: Anvil, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps({"version": 3, "address": OWNER.address, "crypto": {}}))
    name = opened(chain.url, signer=f"keystore:{tmp_path}/key.json", password_env="PUBLISH_UNSET")
    with pytest.raises(ConfigError, match="PUBLISH_UNSET is not set"):
        name.observe(NameGoal(1, FIRST), ())


def test_without_a_signer_it_can_be_looked_at_and_not_moved(chain: Anvil) -> None:
    name = opened(chain.url, signer="")
    state = name.observe(NameGoal(1, FIRST), ())
    assert (state.sender, state.cost) == ("", None)
    with pytest.raises(ConfigError, match="no signer"):
        move(name, FIRST)


def test_a_change_that_waits_is_pending_and_the_next_run_ends_it_without_a_second_one(chain: Anvil) -> None:
    chain.automine(False)
    name, journal = opened(chain.url, timeout=4), Journal()
    with pytest.raises(Unfinished, match="not mined yet"):
        move(name, FIRST, journal)
    state = name.observe(NameGoal(1, FIRST), journal)
    assert state.pending
    chain.mine()
    state = name.observe(NameGoal(1, FIRST), journal)
    assert (state.shows, state.cost, bool(state.pending)) == (FIRST, None, True)
    chain.automine(True)
    assert move(name, FIRST, journal).outcome == "moved"
    assert len(chain.mined()) == 1
    assert name.observe(NameGoal(1, FIRST), journal).pending == ""


def test_one_under_way_with_another_root_is_priced_even_when_the_record_is_right(chain: Anvil) -> None:
    chain.set_record("demo.eth", contenthash.encode(FIRST))
    chain.automine(False)
    name, journal = opened(chain.url, timeout=4), Journal()
    with pytest.raises(Unfinished):
        move(name, SECOND, journal)
    state = name.observe(NameGoal(2, FIRST), journal)
    assert state.shows == FIRST
    assert state.pending
    assert state.cost is not None


def test_while_another_key_has_one_under_way_nothing_is_signed(chain: Anvil) -> None:
    chain.automine(False)
    journal = Journal()
    with pytest.raises(Unfinished):
        move(opened(chain.url, timeout=2), FIRST, journal)
    other = connect(settings(chain.url), name_context(PUBLISH_KEY=OTHER.key))
    with pytest.raises(Unfinished, match="of another key"):
        other.observe(NameGoal(2, SECOND), journal)
    chain.automine(True)
    chain.mine()
    with pytest.raises(NotAuthorised):  # it is mined: from here on this key is judged by its own rights
        other.observe(NameGoal(2, SECOND), journal)


def test_a_keystore_signs(chain: Anvil, tmp_path: Path) -> None:
    made = eth_keyfile.create_keyfile_json(bytes.fromhex(OWNER.key[2:]), b"correct horse", kdf="pbkdf2", iterations=10)
    (tmp_path / "key.json").write_text(json.dumps(made))
    asked = settings(chain.url, signer="keystore:key.json", password_env="PUBLISH_PASSWORD")
    name = connect(asked, replace(name_context(PUBLISH_PASSWORD="correct horse"), folder=tmp_path))
    assert move(name, FIRST).outcome == "moved"


def test_a_wrong_password_is_told_by_the_look_before_anything_is_stored(chain: Anvil, tmp_path: Path) -> None:
    made = eth_keyfile.create_keyfile_json(bytes.fromhex(OWNER.key[2:]), b"correct horse", kdf="pbkdf2", iterations=10)
    (tmp_path / "key.json").write_text(json.dumps(made))
    asked = settings(chain.url, signer="keystore:key.json", password_env="PUBLISH_PASSWORD")
    name = connect(asked, replace(name_context(PUBLISH_PASSWORD="wrong donkey"), folder=tmp_path))
    with pytest.raises(ConfigError, match="does not open"):
        name.observe(NameGoal(1, FIRST), ())


def test_a_record_that_somebody_changed_after_the_plan_is_not_written_over(chain: Anvil) -> None:
    name = opened(chain.url)
    name.observe(NameGoal(1, FIRST), ())
    chain.set_record("demo.eth", contenthash.encode(SECOND))
    with pytest.raises(RecordMoved, match="nothing to ipfs://"):
        move(name, FIRST)
    assert contenthash.decode(chain.record("demo.eth")) == SECOND


def test_a_name_is_shown_as_it_is_spelled(chain: Anvil) -> None:
    name = connect(replace(settings(chain.url), name="Demo.ETH"), name_context())
    assert name.name == "demo.eth"
    assert "Demo.ETH is spelled demo.eth" in name.observe(NameGoal(1, ""), ()).notes


def test_what_is_no_name_is_told_before_anybody_is_asked() -> None:
    with pytest.raises(NameUnusable, match="Underscores"):
        connect(replace(settings("http://127.0.0.1:1"), name="bad_name.eth"), name_context())


def test_a_stranger_is_told_who_may_before_anything_is_signed(chain: Anvil) -> None:
    name = opened(chain.url, signer="env:PUBLISH_OTHER")
    with pytest.raises(NotAuthorised, match=OTHER.address) as caught:
        name.observe(NameGoal(1, FIRST), ())
    assert OWNER.address in caught.value.hint
    journal = Journal()
    with pytest.raises(NotAuthorised):
        move(name, FIRST, journal)
    assert not journal
    assert chain.nonce(OTHER.address) == 0


def test_a_delegate_may_move_the_record_and_nothing_else_has_to_be_said(chain: Anvil) -> None:
    chain.put_modern()
    chain.send(OWNER.address, REGISTRY, data("setResolver(bytes32,address)", namehash("demo.eth"), MODERN))
    grant = data("approve(bytes32,address,bool)", namehash("demo.eth"), OTHER.address, True)
    chain.send(OWNER.address, MODERN, grant)
    assert move(opened(chain.url, signer="env:PUBLISH_OTHER"), FIRST).outcome == "moved"


def test_a_key_without_funds_is_told_what_it_needs(chain: Anvil) -> None:
    chain.register("poor.eth", owner=POOR.address)
    chain.fund(POOR.address, 0)
    name = connect(replace(settings(chain.url, signer="env:PUBLISH_POOR"), name="poor.eth"), name_context())
    with pytest.raises(FeeTooHigh, match="the key has") as caught:
        name.observe(NameGoal(1, FIRST), ())
    assert caught.value.who == POOR.address
    assert "to this account" in caught.value.hint


def test_a_fee_above_the_ceiling_stops_a_look_and_at_the_ceiling_it_does_not(chain: Anvil) -> None:
    assert opened(chain.url, max_fee_gwei=20.0).observe(NameGoal(1, FIRST), ()).cost is not None
    with pytest.raises(FeeTooHigh, match=r"max-fee-gwei is 0\.01"):
        opened(chain.url, max_fee_gwei=0.01).observe(NameGoal(1, FIRST), ())


def test_another_chain_is_told_with_both_numbers(chain: Anvil) -> None:
    with pytest.raises(ConfigError, match="on chain 31337, but the configuration has chain-id 1"):
        opened(chain.url, chain_id=1).observe(NameGoal(1, FIRST), ())


def test_a_chain_that_is_down_is_told_by_its_host() -> None:
    with pytest.raises(RpcError, match=r"http://127\.0\.0\.1:1: connection refused") as caught:
        opened("http://user:hunter2@127.0.0.1:1/hunter2").observe(NameGoal(1, FIRST), ())
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_name_without_a_resolver_stops_a_look(chain: Anvil) -> None:
    chain.register("bare.eth", resolver=NOBODY)
    with pytest.raises(NameUnusable, match="no resolver"):
        connect(replace(settings(chain.url), name="bare.eth"), name_context()).observe(NameGoal(1, FIRST), ())


def test_what_no_gateway_could_serve_is_refused_before_it_is_simulated(chain: Anvil) -> None:
    with pytest.raises(NameUnusable, match="no path"):
        opened(chain.url).observe(NameGoal(1, FIRST + "/posts/"), ())


def test_a_transaction_that_waits_and_is_not_ours_is_mentioned(chain: Anvil) -> None:
    chain.automine(False)
    chain.rpc("eth_sendTransaction", {"from": OWNER.address, "to": OTHER.address, "value": "0x1"})
    assert any("to be mined and" in note for note in opened(chain.url).observe(NameGoal(1, FIRST), ()).notes)


def ending(chain: Anvil, seconds: int, text: str = "demo.eth") -> NameService:
    """A name with a registrar that says when its registration ends, counted from the newest block."""
    now = int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    asked = b"\x60\x04\x35\x7f" + abi.keccak(text.split(".")[-2].encode()) + b"\x14"  # 1 for this label, else 0
    code = asked + b"\x7f" + abi.word(now + seconds) + b"\x02\x5f\x52\x60\x20\x5f\xf3"
    registrar = chain.put_code("0x00000000000000000000000000000000000f1f5a", "0x" + code.hex())
    chain.send(chain.owner("eth"), REGISTRY, data("setOwner(bytes32,address)", namehash("eth"), registrar))
    return opened(chain.url, name=text)


@pytest.mark.parametrize(
    ("days", "said"),
    [(31, None), (29, "the registration of the name ends on"), (-1, "renew it at"), (-89, "renew it at")],
)
def test_the_end_of_a_registration_is_mentioned_when_it_is_near(chain: Anvil, days: int, said: str | None) -> None:
    notes = ending(chain, days * 86400).observe(NameGoal(1, FIRST), ()).warnings
    if said is None:
        assert not notes
    else:
        assert said in notes[0]


def test_a_name_that_anybody_may_register_is_not_published_to(chain: Anvil) -> None:
    with pytest.raises(NameUnusable, match="anybody may register the name now"):
        ending(chain, -91 * 86400).observe(NameGoal(1, FIRST), ())


@pytest.mark.parametrize("days", [-1, -89])
def test_a_subname_whose_parent_is_in_its_grace_period_is_warned_and_published(chain: Anvil, days: int) -> None:
    chain.register("blog.demo.eth")
    name = ending(chain, days * 86400, "blog.demo.eth")
    assert "of demo.eth, above this name, ended on" in name.observe(NameGoal(1, FIRST), ()).warnings[0]
    assert "of demo.eth, above this name, ended on" in name.observe(NameGoal(0, ""), ()).warnings[0]
    assert move(name, FIRST).outcome == "moved"


def test_a_subname_whose_parent_is_lost_is_refused_and_nothing_is_sent(chain: Anvil) -> None:
    chain.register("blog.demo.eth")
    name, before = ending(chain, -91 * 86400, "blog.demo.eth"), chain.nonce(OWNER.address)
    for act in (lambda: name.observe(NameGoal(1, FIRST), ()), lambda: move(name, FIRST)):
        with pytest.raises(NameUnusable, match=r"registration of demo\.eth, above this name, ended"):
            act()
    assert chain.nonce(OWNER.address) == before


def lying_after(chain: Anvil, method: str, lie: Any) -> Any:
    """A node that tells the truth until it was asked for something, and then lies about what a visitor reads."""
    begun: list[bool] = []

    def alter(asked: Any, params: list[Any], reply: Reply) -> Reply:
        begun.extend([True] if asked == method else [])
        visitor = asked == "eth_call" and params[0]["data"].startswith("0x" + abi.RESOLVE.hex())
        return lie(reply) if begun and visitor else reply

    return between(chain.url, alter)


def resolved(record: bytes) -> str:
    return "0x" + abi.encode(abi.word(NOBODY), abi.encode(record)).hex()


def test_a_node_that_lies_about_success_is_found_out(chain: Anvil) -> None:
    """It says mined; what a visitor reads is what was there before."""
    chain.set_record("demo.eth", contenthash.encode(FIRST))
    old = chain.rpc("eth_call", {"to": abi.UNIVERSAL_RESOLVER, "data": visitor_call()}, "latest")
    with (
        serving(lying_after(chain, "eth_sendRawTransaction", lambda reply: {"result": old})) as url,
        pytest.raises(RpcError, match=r"says that the change was mined, but demo\.eth still shows") as caught,
    ):
        move(opened(url), SECOND)
    assert "hunter2" not in str(caught.value)


def test_a_record_that_somebody_set_right_after_ours_is_told_as_theirs(chain: Anvil) -> None:
    foreign = "ipfs://bafkreibj6lixxzqtsb45ysdjnupvqkufgdvzqbnvmhw2kf7cfkesy7r7d4"
    chain.set_record("demo.eth", contenthash.encode(foreign))
    theirs = chain.rpc("eth_call", {"to": abi.UNIVERSAL_RESOLVER, "data": visitor_call()}, "latest")
    chain.set_record("demo.eth", b"")
    with (
        serving(lying_after(chain, "eth_sendRawTransaction", lambda reply: {"result": theirs})) as url,
        pytest.raises(RecordMoved, match=foreign),
    ):
        move(opened(url), SECOND)


def visitor_call() -> str:
    from publisher.names.ens.normalize import Name

    name = Name("demo.eth")
    return "0x" + (abi.RESOLVE + abi.encode(name.dns, abi.CONTENTHASH + name.node, dynamic=2)).hex()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rpc": ()}, "rpc is empty"),
        ({"rpc": ("ws://x",)}, "http:// or https://"),
        ({"rpc": ("env:PUBLISH_UNSET",)}, "PUBLISH_UNSET is not set"),
        ({"signer": "account:0x1"}, "unknown form"),
        ({"signer": "safe:0x1"}, "unknown form"),
        ({"signer": "env:HOME"}, "unknown form"),
        ({"signer": OWNER.key}, "unknown form"),
        ({"signer": "keystore:key.json"}, "needs its password"),
        ({"max_fee_gwei": 0.0}, "more than 0"),
        ({"confirmations": 0}, "1 or more"),
        ({"timeout": 0}, "1 second or more"),
    ],
)
def test_a_configuration_that_cannot_work_says_so_at_once(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        connect(replace(settings("http://127.0.0.1:1"), **wrong), name_context())
    assert OWNER.key not in f"{caught.value} {caught.value.hint}"


def test_an_end_point_can_be_named_by_a_variable_since_it_carries_a_key(chain: Anvil) -> None:
    chosen = replace(settings("env:PUBLISH_RPC"), name="demo.eth")
    assert connect(chosen, name_context(PUBLISH_RPC=chain.url)).shows() == ""
    eyes = open_chain(chosen, name_context(PUBLISH_RPC=chain.url))
    assert resolver.lookup(eyes, "demo.eth") == ""
    eyes.close()


def test_the_embedded_chain_is_moved_like_a_real_one() -> None:
    with devnet(["demo.eth"]) as chain:
        asked = EnsSettings("demo.eth", (chain.url,), chain.chain_id, "env:PUBLISH_DEVNET")
        name, journal = connect(asked, name_context(PUBLISH_DEVNET=chain.key)), Journal()
        for sequence, uri in enumerate((FIRST, SECOND), 1):
            assert name.observe(NameGoal(sequence, uri), tuple(journal)).cost is not None
            assert move(name, uri, journal, sequence).outcome == "moved"
            assert name.shows() == uri
        with pytest.raises(FeeTooHigh, match="holds no ether"):
            connect(replace(asked, signer="env:PUBLISH_OTHER"), name_context()).observe(NameGoal(3, FIRST), ())


def test_no_log_of_any_library_holds_more_than_the_host(chain: Anvil, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with serving(between(chain.url, lambda method, params, reply: reply)) as url:
        assert move(opened(url), FIRST).outcome == "moved"
    assert "hunter2" in url
    assert "hunter2" not in caplog.text


def test_the_exact_call_is_tried_and_an_estimate_alone_convinces_nobody(chain: Anvil) -> None:
    def alter(method: str, params: list[Any], reply: Reply) -> Reply:
        return {"result": "0xffff"} if method == "eth_estimateGas" else reply

    with serving(between(chain.url, alter)) as url, pytest.raises(NotAuthorised):
        opened(url, signer="env:PUBLISH_OTHER").observe(NameGoal(1, FIRST), ())
