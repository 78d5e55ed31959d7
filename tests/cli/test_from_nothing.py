"""The chapter `From nothing to a name`: its commands, run in order against the embedded chain.

The commands of the Chinese chapter are the same: `tests/project/test_manual_languages.py` compares them.
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from publisher.devnet import Devnet, devnet
from publisher.names.ens.resolver import lookup
from publisher.names.ens.rpc import Chain
from tests.cli.test_cli import Captured, call
from tests.cli.test_handing_over import ask, send
from tests.cli.test_manual_runs import CONTENT, FENCE, parts

PASSWORD = "a password for this test"
PAGES = ("posts/from-nothing.md", "posts/从零到名字.md")
EMBEDDED = '[stores.here]\nkind = "embedded"\n'


@pytest.fixture
def chain() -> Iterator[Devnet]:
    with devnet(["example.eth"]) as running:
        yield running


def settings(chain: Devnet, table: str) -> str:
    """The settings that the chapter shows, with the embedded chain and an embedded store."""
    table = re.sub(r"\[stores\.local\]\n(.+\n)+", EMBEDDED, table)
    return table.replace('"https://rpc.example.org"]', f'"{chain.url}"]\nchain-id = {chain.chain_id}')


def shown(chain: Devnet) -> str:
    eyes = Chain([chain.url], chain.chain_id)
    try:
        return lookup(eyes, "example.eth")
    finally:
        eyes.close()


def transactions(chain: Devnet) -> list[dict[str, Any]]:
    """All transactions of the chain, oldest first, each with the gas that it used and what it paid."""
    height = int(ask(chain, "eth_blockNumber"), 16)
    blocks = [ask(chain, "eth_getBlockByNumber", hex(number), True) for number in range(1, height + 1)]
    sent = [each for block in blocks for each in block["transactions"]]
    receipts = [ask(chain, "eth_getTransactionReceipt", each["hash"]) for each in sent]
    used = [(int(receipt["gasUsed"], 16), int(receipt["effectiveGasPrice"], 16)) for receipt in receipts]
    return [each | {"used": gas, "paid": gas * price} for each, (gas, price) in zip(sent, used, strict=True)]


def gas_of(page: str) -> dict[int, list[int]]:
    """The gas that the table of a chapter names for each step, and then the gas to undo it."""
    rows = re.findall(r"^\| (\d)\. .*\|$", (CONTENT / page).read_text(encoding="utf-8"), re.MULTILINE)
    lines = re.findall(r"^\| \d\. .*\|$", (CONTENT / page).read_text(encoding="utf-8"), re.MULTILINE)
    numbers = [[int(each.replace(",", "")) for each in re.findall(r"\d+,\d{3}", line)] for line in lines]
    return {int(row): found for row, found in zip(rows, numbers, strict=True)}


class Reader:
    """Follows the chapter as a person does: types its commands, and does by hand what it says in words."""

    def __init__(self, chain: Devnet, folder: Path, capsys: Captured, patch: pytest.MonkeyPatch) -> None:
        self.chain, self.folder, self.capsys, self.patch = chain, folder, capsys, patch
        self.key, self.needs = "", 0
        self.shows: list[str] = []
        """What the name shows after each command that may move it."""

    def follow(self, page: str) -> None:
        for _, _, language, block in FENCE.findall((CONTENT / page).read_text(encoding="utf-8")):
            if language == "toml":
                (self.folder / "publish.toml").write_text(settings(self.chain, block), encoding="utf-8")
            for line in block.splitlines() if language == "sh" else ():
                for part in parts(line):
                    self.type(part)

    def lighten(self, file: Path) -> None:
        """Encrypt the key anew, so that it opens in a moment: each of the many runs opens it several times."""
        key = Account.decrypt(json.loads(file.read_text(encoding="utf-8")), PASSWORD)
        light = {**Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=2), "address": self.key}
        file.write_text(json.dumps(light), encoding="utf-8")

    def type(self, line: str) -> None:
        if line.startswith("export "):
            self.patch.setenv(line.split()[1].partition("=")[0], PASSWORD)
            return
        if line == "publish doctor":
            send(self.chain, self.key, value=self.needs)
        arguments = shlex.split(line.replace("ADDRESS", self.key))[1:]
        moves = not arguments or arguments[0] == "rollback"
        if moves or ("--signer" in arguments):
            arguments.append("--yes")
        self.capsys.readouterr()
        code = call("--json", *arguments)
        said = self.capsys.readouterr().out
        assert code == 0, f"{line}\n{said}"
        assert self.chain.key[2:] not in said
        assert PASSWORD not in said
        found = json.loads(said)
        if arguments[:3] == ["name", "key", "new"]:
            self.key, self.needs = found["address"], found["funds"]["max_wei"]
            self.lighten(Path(found["file"]))
        if moves and "--dry-run" not in arguments:
            self.shows.append(shown(self.chain))
            assert self.shows[-1] == f"ipfs://{found['root']}"


def test_the_commands_of_the_chapter_lead_from_nothing_to_a_name_and_back(
    chain: Devnet, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_OWNER_KEY", chain.key)
    reader = Reader(chain, tmp_path, capsys, monkeypatch)
    reader.follow(PAGES[0])
    first, second, back = reader.shows
    assert first == back != second
    (tmp_path / "content/about.md").write_text("---\ntitle: About\n---\n\nAfter the end.\n", encoding="utf-8")
    assert call("--yes") == 5
    assert "may not change the record" in capsys.readouterr().err

    sent = transactions(chain)
    owner, key = chain.owner.lower(), reader.key.lower()
    assert [each["from"].lower() for each in sent] == [owner, owner, key, key, key, owner]
    permit, ether, publish, again, rollback, revoke = (each["used"] for each in sent)
    measured = [permit, revoke, ether, publish, again, rollback]
    for page in PAGES:
        table = gas_of(page)
        written = [*table[5], *table[6], *table[7], *table[8]]
        for told, used in zip(written, measured, strict=True):
            assert 0.7 * told < used <= told, (told, used)
    assert sum(each["paid"] for each in sent[2:5]) < reader.needs


def wrong_network(chain: Devnet, table: str) -> str:
    return table.replace(f"chain-id = {chain.chain_id}", "chain-id = 1")


def without_a_resolver(chain: Devnet, table: str) -> str:
    from publisher.devnet.genesis import REGISTRY, namehash

    data = "0x1896f70a" + namehash("example.eth").hex() + "00" * 32  # setResolver(bytes32,address)
    send(chain, REGISTRY, data)
    return table


def not_permitted(chain: Devnet, table: str) -> str:
    send(chain, "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A", value=10**18)
    return table


def without_funds(chain: Devnet, table: str) -> str:
    return table


@pytest.mark.parametrize(
    ("spoil", "code", "said", "hint"),
    [
        (wrong_network, 2, "but the configuration has chain-id 1", "correct rpc or chain-id"),
        (not_permitted, 5, "may not change the record of this name", "approve(node"),
        (without_a_resolver, 5, "the name has no resolver, so it cannot show anything", "setResolver(0x"),
        (
            lambda chain, table: table,
            5,
            "this account holds no ether to pay with; nothing was signed",
            "send some ether",
        ),
    ],
    ids=["network", "owner", "resolver", "funds"],
)
def test_each_error_of_the_chapter_comes_before_money_is_spent(
    spoil: Any,
    code: int,
    said: str,
    hint: str,
    chain: Devnet,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISH_KEY", "0x" + "11" * 32)
    assert call("init", ".") == 0
    table = f'[site]\ntitle = "A"\n\n{EMBEDDED}\n[names.main]\nkind = "ens"\nname = "example.eth"\n'
    table += f'rpc = ["{chain.url}"]\nchain-id = {chain.chain_id}\nsigner = "env:PUBLISH_KEY"\n'
    (tmp_path / "publish.toml").write_text(spoil(chain, table), encoding="utf-8")
    before = len(transactions(chain))
    capsys.readouterr()
    assert call("--json", "--yes") == code
    error = json.loads(capsys.readouterr().out)["error"]
    assert said in error["message"]
    assert hint in error["hint"]
    assert len(transactions(chain)) == before
    for page in PAGES:
        text = (CONTENT / page).read_text(encoding="utf-8")
        assert said.removeprefix("but ") in text
