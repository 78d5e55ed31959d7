"""Keys: what signs, what is refused, and that nothing of a secret is ever told."""

import json
import pickle
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3
from web3.types import Nonce, TxParams, Wei

from publisher.errors import ConfigError
from publisher.names.base import NameContext
from publisher.names.ens import abi
from publisher.names.signers import keys
from publisher.names.signers.keys import Transaction, open_signer

KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PASSWORD = "correct horse 電池 staple"
CALL = Transaction(1, 7, "0xf29100983e058b709f3d539b0c765937b804ac15", b"\x30\x4e\x6a\xde", 60_000, 3 * 10**9, 10**9)


def name_context(folder: Path, **secrets: str) -> NameContext:
    def secret(name: str) -> str:
        if name not in secrets:
            raise ConfigError("publish", f"the environment variable {name} is not set")
        return secrets[name]

    return NameContext(secret, folder, lambda: 0.0, lambda _: None, secret)


@pytest.fixture(scope="module")
def keystore() -> dict[str, Any]:
    made: dict[str, Any] = Account.encrypt(bytes.fromhex(KEY), PASSWORD, kdf="pbkdf2", iterations=2)
    return made


def write(folder: Path, content: Mapping[str, Any] | str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "key.json").write_text(text, encoding="utf-8")


def fails(setting: str, given: NameContext, password_env: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as error:
        open_signer(setting, password_env, given).sign(CALL)
    return error.value


def everything_told(error: BaseException) -> str:
    """What any report could show of an error: its words, its causes and contexts, suppressed ones too."""
    parts, seen = [], set()
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            parts += [repr(one), str(one), getattr(one, "hint", ""), *traceback.format_exception(one)]
            queue += [one.__cause__, one.__context__]
    return "\n".join(parts)


# what signs


@pytest.mark.parametrize("text", [KEY, "0x" + KEY, KEY.upper(), f"  0x{KEY}\n"])
def test_a_key_in_the_environment_signs(tmp_path: Path, text: str) -> None:
    signer = open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=text))
    assert signer.address == ADDRESS
    assert Account.recover_transaction(signer.sign(CALL)) == ADDRESS


def test_what_is_signed_is_what_was_asked_for(tmp_path: Path) -> None:
    signed = open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=KEY)).sign(CALL)
    fields = TypedTransaction.from_bytes(HexBytes(signed)).as_dict()
    assert fields["to"] == bytes.fromhex(CALL.to[2:])
    assert (fields["chainId"], fields["nonce"], fields["gas"], fields["value"]) == (1, 7, 60_000, 0)
    assert (fields["maxFeePerGas"], fields["maxPriorityFeePerGas"]) == (3 * 10**9, 10**9)
    assert bytes(fields["data"]) == CALL.data


def test_a_change_of_a_record_is_built_and_signed_as_web3_does_it(tmp_path: Path) -> None:
    inputs = [{"name": "node", "type": "bytes32"}, {"name": "hash", "type": "bytes"}]
    setter = {"type": "function", "name": "setContenthash", "inputs": inputs, "outputs": [], "stateMutability": "view"}
    record, node = bytes.fromhex("e30101701220") + bytes(32), bytes(range(32))
    call = replace(CALL, data=abi.SET_CONTENTHASH + abi.encode(node, record))
    contract = Web3().eth.contract(Web3.to_checksum_address(call.to), abi=[setter])
    fields: TxParams = {"chainId": 1, "nonce": Nonce(7), "gas": 60_000, "value": Wei(0)}
    fields |= {"maxFeePerGas": Wei(call.max_fee), "maxPriorityFeePerGas": Wei(call.tip), "from": ADDRESS}
    built = contract.functions.setContenthash(node, record).build_transaction(fields)
    expected = Web3().eth.account.sign_transaction(built, KEY).raw_transaction
    assert open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=KEY)).sign(call) == expected


def test_the_same_transaction_is_signed_to_the_same_bytes(tmp_path: Path) -> None:
    signer = open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=KEY))
    assert signer.sign(CALL) == signer.sign(CALL)


def test_a_keystore_signs_and_is_looked_for_beside_the_configuration(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, keystore)
    signer = open_signer("keystore:key.json", "PUBLISH_PASSWORD", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD))
    assert signer.address == ADDRESS
    assert Account.recover_transaction(signer.sign(CALL)) == ADDRESS


def test_a_variable_may_hold_a_keystore_instead_of_a_key(tmp_path: Path, keystore: dict[str, Any]) -> None:
    given = name_context(tmp_path, PUBLISH_KEY=json.dumps(keystore) + "\n", PUBLISH_PASSWORD=PASSWORD)
    signer = open_signer("env:PUBLISH_KEY", "PUBLISH_PASSWORD", given)
    assert signer.address == ADDRESS
    assert Account.recover_transaction(signer.sign(CALL)) == ADDRESS
    assert "password-env" in fails("env:PUBLISH_KEY", given).hint


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 3, "crypto": {"ciphertext": "' + KEY, '{"version": 1}'])
def test_a_keystore_in_a_variable_that_is_cut_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    given = name_context(tmp_path, PUBLISH_KEY=text, PUBLISH_PASSWORD=PASSWORD)
    error = fails("env:PUBLISH_KEY", given, "PUBLISH_PASSWORD")
    assert (error.who, "no complete V3 keystore" in error.message) == ("PUBLISH_KEY", True)
    assert KEY not in everything_told(error)


def test_a_key_in_a_keystore_in_a_variable_is_recognised(tmp_path: Path, keystore: dict[str, Any]) -> None:
    text, key = json.dumps(keystore), bytes.fromhex(KEY)
    assert keys.belongs(text, key, PASSWORD)
    assert not keys.belongs(text, bytes(31) + b"\1", PASSWORD)
    assert not keys.belongs("{}", key, PASSWORD)


def test_a_keystore_of_a_real_strength_opens(tmp_path: Path) -> None:
    write(tmp_path, Account.encrypt(bytes.fromhex(KEY), PASSWORD, kdf="scrypt", iterations=2**12))
    signer = open_signer("keystore:key.json", "PUBLISH_PASSWORD", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD))
    assert Account.recover_transaction(signer.sign(CALL)) == ADDRESS


def test_to_see_whose_keystore_it_is_takes_no_password(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, keystore)
    assert open_signer("keystore:key.json", "PUBLISH_PASSWORD", name_context(tmp_path)).address == ADDRESS


def test_a_keystore_that_names_nobody_is_opened_for_its_address(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, {key: value for key, value in keystore.items() if key != "address"})
    given = name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD)
    assert open_signer("keystore:key.json", "PUBLISH_PASSWORD", given).address == ADDRESS


def test_a_signer_shows_its_address_and_keeps_no_key(tmp_path: Path) -> None:
    signer = open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=KEY))
    assert repr(signer) == f"KeySigner({ADDRESS})"
    signer.sign(CALL)
    kept = [value for value in vars(signer).values() if not callable(value)]
    assert kept == [ADDRESS]
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        pickle.dumps(signer)


# what is refused, without a word of the secret


@pytest.mark.parametrize(
    "text",
    [
        KEY[:-1] + "g",
        KEY[:-1],
        KEY[:-2],
        KEY + "0",
        KEY + "00",
        f'"{KEY}"',
        KEY[:-2] + "é9",
        "0x0x" + KEY[4:],
        "test test test test test test test test test test test junk",
        "0" * 64,
        f"{keys.ORDER:064x}",
        "f" * 64,
    ],
)
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    error = fails("env:PUBLISH_KEY", name_context(tmp_path, PUBLISH_KEY=text))
    assert (error.who, error.message) == ("PUBLISH_KEY", "this variable holds no private key")
    assert text not in everything_told(error)
    assert text[4:40] not in everything_told(error)


def test_the_largest_and_the_smallest_key_are_keys(tmp_path: Path) -> None:
    for number in (1, keys.ORDER - 1):
        signer = open_signer("env:PUBLISH_KEY", "", name_context(tmp_path, PUBLISH_KEY=f"{number:064x}"))
        assert Account.recover_transaction(signer.sign(CALL)) == signer.address


@given(st.text(max_size=80))
def test_any_text_is_refused_in_our_words(text: str) -> None:
    with pytest.raises(
        ConfigError, match=r"this variable holds (no private key|a text that is no complete V3 keystore)"
    ):
        open_signer("env:PUBLISH_KEY", "", name_context(Path(), PUBLISH_KEY=text))


def test_a_wrong_password_is_told_without_either(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, keystore)
    error = fails("keystore:key.json", name_context(tmp_path, PUBLISH_PASSWORD="hunter2 密碼"), "PUBLISH_PASSWORD")
    assert (error.who, error.message) == ("PUBLISH_PASSWORD", keys.WRONG)
    told = everything_told(error)
    for secret in ("hunter2", "密碼", PASSWORD, KEY, keystore["crypto"]["ciphertext"], keystore["crypto"]["mac"]):
        assert secret not in told


def test_a_keystore_without_a_password_says_what_to_set(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, keystore)
    assert "password-env" in fails("keystore:key.json", name_context(tmp_path)).hint
    assert "PUBLISH_X is not set" in fails("keystore:key.json", name_context(tmp_path), "PUBLISH_X").message


def test_a_keystore_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = fails("keystore:key.json", name_context(tmp_path), "PUBLISH_PASSWORD")
    assert "key.json cannot be read: No such file" in error.message


@pytest.mark.parametrize(
    "content", ["", KEY, "[]", "{}", '{"version": 1, "crypto": {}}', '{"version": 3}', "[" * 60_000]
)
def test_what_is_no_keystore_is_refused_and_not_quoted(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    error = fails("keystore:key.json", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD), "PUBLISH_PASSWORD")
    assert "is no V3 keystore" in error.message
    assert KEY not in everything_told(error)


def test_a_keystore_of_somebody_else_signs_nothing(tmp_path: Path, keystore: dict[str, Any]) -> None:
    write(tmp_path, {**keystore, "address": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"})
    error = fails("keystore:key.json", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD), "PUBLISH_PASSWORD")
    assert f"the key belongs to {ADDRESS}" in error.message


def test_a_keystore_that_asks_for_all_memory_is_refused(tmp_path: Path, keystore: dict[str, Any]) -> None:
    crypto = {**keystore["crypto"], "kdf": "scrypt"}
    for n, refused in ((2**21 + 1, True), (2**40, True)):
        write(tmp_path, {**keystore, "crypto": {**crypto, "kdfparams": {**crypto["kdfparams"], "n": n, "r": 8}}})
        error = fails("keystore:key.json", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD), "PUBLISH_PASSWORD")
        assert ("more memory" in error.message) == refused


def damaged(keystore: dict[str, Any]) -> list[dict[str, Any]]:
    """Every way of losing one field, and of putting something else into it."""
    found = []
    values: tuple[Any, ...] = (None, "", "zz", -1, 0, 2**70, [], {}, "0" * 64)
    for path in paths(keystore["crypto"]):
        for instead in values:
            crypto = json.loads(json.dumps(keystore["crypto"]))
            place = crypto
            for key in path[:-1]:
                place = place[key]
            if instead is None:
                del place[path[-1]]
            else:
                place[path[-1]] = instead
            found.append({**keystore, "crypto": crypto})
    return found


def paths(tree: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(tree, dict):
        return [before]
    return [*([before] if before else []), *(path for key in tree for path in paths(tree[key], (*before, key)))]


def test_no_damage_of_a_keystore_gets_past_our_words(tmp_path: Path, keystore: dict[str, Any]) -> None:
    for broken in damaged(keystore):
        write(tmp_path, broken)
        signer = open_signer("keystore:key.json", "PUBLISH_PASSWORD", name_context(tmp_path, PUBLISH_PASSWORD=PASSWORD))
        told, signed = attempt(signer)
        assert signed is None or Account.recover_transaction(signed) == ADDRESS
        assert PASSWORD not in told
        assert KEY not in told


def attempt(signer: keys.Signer) -> tuple[str, bytes | None]:
    """What is told, and what is signed; any error but ours goes through."""
    try:
        return "", signer.sign(CALL)
    except ConfigError as error:
        return everything_told(error), None


def test_every_exception_of_the_library_is_known() -> None:
    import eth_keyfile.exceptions
    import eth_utils.exceptions

    modules = (eth_keyfile.exceptions, eth_utils.exceptions)
    kinds = [k for m in modules for k in vars(m).values() if isinstance(k, type) and issubclass(k, Exception)]
    assert len(kinds) >= 5
    for kind in kinds:
        assert issubclass(kind, keys.foreign()), kind


@pytest.mark.parametrize("setting", ["", "PUBLISH_KEY", "env:", "env:HOME", f"env:{KEY}", "keystore:", "ledger:0", KEY])
def test_another_way_of_signing_is_refused(tmp_path: Path, setting: str) -> None:
    error = fails(setting, name_context(tmp_path))
    assert "env:PUBLISH_KEY" in error.hint
    assert KEY not in everything_told(error)


def test_a_key_that_is_changed_in_the_middle_of_a_run_signs_nothing(tmp_path: Path) -> None:
    keys = [KEY, f"{1:064x}"]
    given = NameContext(lambda _: keys.pop(0), tmp_path, lambda: 0.0, lambda _: None, str)
    with pytest.raises(ConfigError, match="but the keystore names"):
        open_signer("env:PUBLISH_KEY", "", given).sign(CALL)
