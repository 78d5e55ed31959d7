"""`publish name` on the embedded chain: who may change a name, a new key, and permissions, as a person meets them."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from publisher.cli.commands.name import NameCommands
from publisher.cli.commands.name import command as group
from publisher.devnet import Devnet, devnet
from tests.cli.test_cli import Captured, call
from tests.cli.test_help import VERBS

PASSWORD = "correct horse battery"
DELEGATE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture(scope="module")
def chain() -> Iterator[Devnet]:
    with devnet(["example.eth"], migrated=["newer.eth"]) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, chain: Devnet, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_OWNER_KEY", chain.key)
    monkeypatch.setenv("PUBLISH_PASSWORD", PASSWORD)
    table = f'kind = "ens"\nname = "example.eth"\nrpc = ["{chain.url}"]\nchain-id = {chain.chain_id}\n'
    (tmp_path / "publish.toml").write_text(
        f'[site]\ntitle = "A"\n\n[names.main]\n{table}signer = "env:PUBLISH_OWNER_KEY"\n', encoding="utf-8"
    )
    return tmp_path


def said(capsys: Captured, *words: str, code: int = 0) -> dict[str, Any]:
    """What the command prints as JSON."""
    capsys.readouterr()
    assert call("--json", "name", *words) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_each_command_explains_itself(capsys: Captured) -> None:
    for name, text in NameCommands.TEXTS.items():
        assert call("name", name, "--help") == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert text + "." in shown
        assert "It changes" in shown
        assert text.split()[0] in VERBS | {"Permit", "Take"}
        assert f"publish name {name}" in shown.partition("Examples:")[2]
    assert call("name", "--help") == 0
    listed = capsys.readouterr().out
    assert all(f"publish name {name}" in listed for name in NameCommands.TEXTS)


@pytest.mark.parametrize(("words", "near"), [(("hwo",), "who"), (("key", "nwe"), "new"), (("deleg",), "delegate")])
def test_a_misspelt_command_gets_the_nearest_one(words: tuple[str, ...], near: str, capsys: Captured) -> None:
    assert call("name", *words) == 2
    assert f"Did you mean {near}?" in capsys.readouterr().err


def test_a_command_that_does_not_exist_lists_those_that_do(capsys: Captured) -> None:
    assert call("name", "zzz") == 2
    assert "The commands are who, key, delegate, revoke" in capsys.readouterr().err


def test_the_tab_key_completes_the_commands() -> None:
    from click import Context

    found = group.shell_complete(Context(group, info_name="name"), "d")
    assert [item.value for item in found] == ["delegate"]


def test_who_marks_the_configured_signer(here: Path, chain: Devnet, capsys: Captured) -> None:
    found = said(capsys, "who")
    assert (found["name"], found["version"], found["signer"]) == ("example.eth", 1, chain.owner)
    assert [(row["part"], row["account"], row["signer"]) for row in found["holders"]] == [("owner", chain.owner, True)]
    assert call("name", "who") == 0
    lines = capsys.readouterr().out
    assert f"owner     {chain.owner}  <- the configured signer" in lines
    assert "may give the name away" in lines


def test_who_needs_no_password(here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    light = Account.encrypt(bytes.fromhex("11" * 32), PASSWORD, kdf="pbkdf2", iterations=2)
    made = Account.from_key("0x" + "11" * 32).address
    (here / "deploy-key.json").write_text(json.dumps({**light, "address": made}), encoding="utf-8")
    table = (
        (here / "publish.toml").read_text(encoding="utf-8").replace("env:PUBLISH_OWNER_KEY", "keystore:deploy-key.json")
    )
    (here / "publish.toml").write_text(table + 'password-env = "PUBLISH_PASSWORD"\n', encoding="utf-8")
    monkeypatch.delenv("PUBLISH_PASSWORD")
    assert said(capsys, "who")["signer"] == made
    assert call("name", "who") == 0
    assert f"the configured signer {made} is none of them" in capsys.readouterr().out
    (here / "deploy-key.json").unlink()
    assert said(capsys, "who")["signer"] is None


def test_who_takes_any_name_of_the_chain(here: Path, chain: Devnet, capsys: Captured) -> None:
    found = said(capsys, "who", "newer.eth")
    assert (found["version"], [row["part"] for row in found["holders"]]) == (2, ["owner"])
    assert said(capsys, "who", "nobody.eth", code=5)["error"]["kind"] == "NameUnusable"


def test_a_new_key_is_in_its_file_alone(here: Path, capsys: Captured) -> None:
    found = said(capsys, "key", "new", "--file", "a.json")
    text = (here / "a.json").read_text(encoding="utf-8")
    key = bytes(Account.decrypt(text, PASSWORD))
    assert Account.from_key(key).address == found["address"] == json.loads(text)["address"]
    assert stat.S_IMODE((here / "a.json").stat().st_mode) == 0o600
    assert key.hex() not in json.dumps(found) + text
    assert PASSWORD not in json.dumps(found)
    assert found["funds"]["updates"] == 100
    assert found["funds"]["max_wei"] > 100 * 51_200 * found["funds"]["max_fee_per_gas"]
    assert found["file"] == "a.json"


@pytest.mark.parametrize(
    ("words", "said_", "code"),
    [
        (("key", "new", "--file", "../a.json"), "must be in the folder", 2),
        (("key", "new", "--file", "content/a.json"), "not in a folder that is published", 2),
        (("key", "new", "--file", "publish.toml"), "exists already", 2),
        (("key", "new", "--password-env", "PUBLISH_NOTHING"), "no password", 2),
        (("delegate", "0x12"), "this is no address", 2),
        (("delegate", DELEGATE, "--name", "nobody.eth", "--yes"), "not registered", 5),
        (("delegate", DELEGATE), "no terminal to ask", 2),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_happens(
    here: Path, chain: Devnet, words: tuple[str, ...], said_: str, code: int, capsys: Captured
) -> None:
    before = sorted(here.iterdir())
    error = said(capsys, *words, code=code)["error"]
    assert said_ in error["message"] + error["hint"]
    assert [path for path in sorted(here.iterdir()) if path.name != ".publish"] == before
    assert not said(capsys, "delegate", DELEGATE, "--dry-run")["done"]


def test_a_key_is_not_made_below_a_published_folder_of_two_names(here: Path, capsys: Captured) -> None:
    (here / "src" / "pages").mkdir(parents=True)
    with (here / "publish.toml").open("a", encoding="utf-8") as file:
        file.write('\n[build]\ncontent = "src/pages"\n')
    error = said(capsys, "key", "new", "--file", "src/pages/a.json", code=2)["error"]
    assert "not in a folder that is published" in error["message"]
    assert said(capsys, "key", "new", "--file", "src/a.json")["file"] == "src/a.json"


def test_a_short_password_makes_no_key(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("PUBLISH_PASSWORD", "short")
    error = said(capsys, "key", "new", code=2)["error"]
    assert "fewer than 12 characters" in error["message"]
    assert "short" not in error["hint"].split()
    assert not (here / "deploy-key.json").exists()


def test_a_key_is_made_without_a_chain_too(here: Path, chain: Devnet, capsys: Captured) -> None:
    table = (here / "publish.toml").read_text(encoding="utf-8").replace(chain.url, "http://127.0.0.1:1")
    (here / "publish.toml").write_text(table, encoding="utf-8")
    assert call("name", "key", "new") == 0
    shown = capsys.readouterr()
    assert "the price of gas is unknown" in shown.err
    assert shown.out.strip() == json.loads((here / "deploy-key.json").read_text(encoding="utf-8"))["address"]


def test_a_key_on_the_command_line_is_never_shown(here: Path, chain: Devnet, capsys: Captured) -> None:
    for words in (("delegate", chain.key), ("delegate", DELEGATE, "--signer", chain.key), ("who", chain.key)):
        assert call("name", *words, "--yes" if words[0] == "delegate" else "-q") in (2, 5)
        shown = capsys.readouterr()
        assert chain.key[2:] not in shown.out + shown.err


def test_a_permission_is_given_once_and_taken(here: Path, chain: Devnet, capsys: Captured) -> None:
    looked = said(capsys, "delegate", DELEGATE, "--dry-run")
    assert looked["cost"]["max_wei"] >= looked["cost"]["likely_wei"] > 0
    assert "and nothing else" in looked["effect"]
    assert looked["transaction"] is None
    given = said(capsys, "delegate", DELEGATE, "--yes")
    assert given["transaction"].startswith("0x")
    assert said(capsys, "delegate", DELEGATE, "--yes") | {"effect": ""} == given | {
        "done": True,
        "sender": None,
        "cost": None,
        "transaction": None,
        "effect": "",
    }
    assert [row["part"] for row in said(capsys, "who")["holders"]] == ["owner", "delegate"]
    assert said(capsys, "revoke", DELEGATE, "--yes")["transaction"].startswith("0x")
    assert [row["part"] for row in said(capsys, "who")["holders"]] == ["owner"]
    journal = (here / ".publish/journal.jsonl").read_text(encoding="utf-8")
    assert chain.key[2:] not in journal
    history = json.loads((call("--json", "history"), capsys.readouterr().out)[1])
    assert all(row.get("sequence") for row in history["history"])


def test_calldata_signs_nothing_and_writes_a_file(
    here: Path, chain: Devnet, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLISH_OWNER_KEY")
    (here / "safe-transaction.json").write_text("the waiting call of a publish")
    found = said(capsys, "delegate", DELEGATE, "--calldata")
    assert (here / "safe-transaction.json").read_text() == "the waiting call of a publish"
    file = json.loads((here / "safe-delegate.json").read_text(encoding="utf-8"))
    assert file["transactions"][0]["data"] == found["call"]["data"]
    assert file["chainId"] == str(chain.chain_id)
    assert found["call"]["from"] == chain.owner
    assert (found["sender"], found["cost"], found["file"]) == (None, None, "safe-delegate.json")
    assert call("name", "delegate", DELEGATE, "--calldata") == 0
    shown = capsys.readouterr()
    assert "another call" not in shown.err
    lines = shown.out.splitlines()
    assert [line.split()[0] for line in lines] == ["chain", "from", "to", "value", "data", "name"]
    assert lines[5] == f"name   example.eth ({found['call']['node']})"
    assert call("name", "delegate", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "--calldata") == 0
    assert "safe-delegate.json had another call, which is replaced" in capsys.readouterr().err
    dry = said(capsys, "delegate", DELEGATE, "--calldata", "--dry-run")
    assert (dry["done"], dry["file"]) == (False, None)
    capsys.readouterr()
    assert call("name", "delegate", DELEGATE, "--calldata", "--dry-run") == 0
    assert "Transaction Builder" not in capsys.readouterr().err


def test_the_password_of_no_signer_is_an_error(here: Path, capsys: Captured) -> None:
    for verb in ("delegate", "revoke"):
        words = (verb, DELEGATE, "--password-env", "PUBLISH_PASSWORD", "--dry-run")
        assert "belongs to --signer" in said(capsys, *words, code=2)["error"]["message"]


def test_a_role_of_version_2_says_that_it_is_for_all_names_of_the_resolver(here: Path, capsys: Captured) -> None:
    given = said(capsys, "delegate", DELEGATE, "--name", "newer.eth", "--yes")
    assert "all names of this resolver" in given["effect"]
    rows = said(capsys, "who", "newer.eth")["holders"]
    assert [(row["part"], row["account"]) for row in rows] == [("owner", rows[0]["account"]), ("role", DELEGATE)]
    assert said(capsys, "revoke", DELEGATE, "--name", "newer.eth", "--yes")["transaction"].startswith("0x")
