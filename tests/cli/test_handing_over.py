"""`signer = "calldata"`: a publish ends with a call for another person, and status follows it until it is sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from eth_account import Account

from publisher.app.context import Session
from publisher.app.git_commit import commit_of
from publisher.app.handing_over import hand_over
from publisher.cli.text.handing_over import hand_over_lines
from publisher.dag.cid import Cid, Codec, sha256
from publisher.devnet import Devnet, devnet
from publisher.names.base import ContractCall, NameOutcome
from tests.cli.test_cli import Captured, call
from tests.services.git import git


@pytest.fixture
def chain() -> Iterator[Devnet]:
    with devnet(["example.eth"]) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, chain: Devnet, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    monkeypatch.chdir(tmp_path)
    assert call("init", ".") == 0
    (tmp_path / "publish.toml").write_text(
        f"""[site]
title = "A"

[stores.here]
kind = "embedded"

[names.main]
kind = "ens"
name = "example.eth"
rpc = ["{chain.url}"]
chain-id = {chain.chain_id}
signer = "calldata"

[keep]
roots = 1
days = 0
""",
        encoding="utf-8",
    )
    capsys.readouterr()
    return tmp_path


def ask(chain: Devnet, method: str, *params: Any) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with urlopen(Request(chain.url, body, {"Content-Type": "application/json"}), timeout=20) as got:
        return json.load(got)["result"]


def send(chain: Devnet, to: str, data: str = "0x", value: int = 0, key: str = "") -> None:
    """Send a call with the owner's key, as a wallet would."""
    account = Account.from_key(key or chain.key)
    nonce = int(ask(chain, "eth_getTransactionCount", account.address, "latest"), 16)
    fields = {"chainId": chain.chain_id, "nonce": nonce, "to": to, "value": value, "data": data, "gas": 300_000}
    fields |= {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9, "type": 2}
    ask(chain, "eth_sendRawTransaction", "0x" + account.sign_transaction(fields).raw_transaction.hex())


def said(capsys: Captured, *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert call("--json", *words) == code, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_change_is_handed_over_followed_kept_and_done(site: Path, chain: Devnet, capsys: Captured) -> None:
    git(site, "init", "-q")
    git(site, "add", ".")
    git(site, "commit", "-qm", "a site")
    done = said(capsys, "--yes")
    (name,) = done["names"]
    assert (name["outcome"], name["before"], name["after"]) == ("handed-over", "", f"ipfs://{done['root']}")
    handed = done["handed_over"]
    assert handed["commit"] == git(site, "rev-parse", "HEAD")
    assert said(capsys, *handed["rebuild"].split()[1:])["root"] == done["root"]
    file = json.loads(Path(handed["files"][0]).read_text(encoding="utf-8"))
    assert [(each["to"], each["data"]) for each in file["transactions"]] == [(name["call"]["to"], name["call"]["data"])]
    assert int(ask(chain, "eth_getTransactionCount", chain.owner, "latest"), 16) == 0

    waiting = said(capsys, "status", "--no-build")
    assert waiting["names"][0]["handed_over"]["after"] == f"ipfs://{done['root']}"
    assert waiting["names"][0]["shows"] == ""
    assert call("status", "--no-build") == 0
    assert f"another person still has to send the call for {done['root']}" in capsys.readouterr().out

    for text in ("one", "two"):
        (site / "content/about.md").write_text(f"---\ntitle: About\n---\n\n{text}\n", encoding="utf-8")
        said(capsys, "--yes", "--skip-name")
    kept = {row["root"]: row["why"] for row in said(capsys, "prune", "--dry-run")["kept"]}
    assert "it was handed-over for example.eth" in kept[done["root"]]

    send(chain, name["call"]["to"], name["call"]["data"])
    seen = said(capsys, "status", "--no-build")
    assert (seen["names"][0]["handed_over"], seen["names"][0]["shows"]) == (None, f"ipfs://{done['root']}")
    assert said(capsys, "deploy", done["root"], "--yes")["names"][0]["outcome"] == "unchanged"


def test_the_text_has_all_that_the_other_person_needs(site: Path, chain: Devnet, capsys: Captured) -> None:
    assert call("--yes") == 0
    shown = capsys.readouterr()
    for part in ("another person has to send this call", f"chain  {chain.chain_id}", "value  0", "old    (nothing)"):
        assert part in shown.err
    assert "in the same folder, run `publish build" in shown.err
    assert "will show" in shown.err
    assert call("--dry-run") == 0
    assert "this run signs nothing" in capsys.readouterr().err


def test_a_file_with_the_calls_of_two_names_says_so(tmp_path: Path) -> None:
    calls = [ContractCall(chain, "0x" + "1" * 40, "0x22", "0x33") for chain in (1, 1, 5)]
    outcomes = tuple(NameOutcome(f"{n}.eth", "ens", "handed-over", "", "", call=each) for n, each in enumerate(calls))
    for chosen, counts, said_ in (
        (outcomes[:1], [1], ["the same call"]),
        (outcomes[:2], [2], ["the same 2 calls"]),
        (outcomes, [2, 1], ["2 of these calls", "1 of these calls"]),
    ):
        handed = hand_over(Session(site=tmp_path), Cid.make(Codec.RAW, sha256(b"")), chosen, None)
        assert handed is not None
        assert [len(json.loads(file.path.read_text())["transactions"]) for file in handed.files] == counts
        lines = list(hand_over_lines(handed))[-len(counts) :]
        assert [line.split(" has ")[1].partition(" for ")[0] for line in lines] == said_


def test_a_call_of_calldata_needs_another_signer_for_a_permission(site: Path, capsys: Captured) -> None:
    error = said(capsys, "name", "delegate", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--yes", code=2)["error"]
    assert "calldata, which signs nothing" in error["message"]


def test_the_commit_is_read_from_every_form_of_a_repository(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    assert commit_of(here) == ""
    git(here, "init", "-q")
    assert commit_of(here) == ""
    (here / "a").write_text("a")
    git(here, "add", ".")
    git(here, "commit", "-qm", "a")
    head = git(here, "rev-parse", "HEAD")
    assert commit_of(here) == head
    git(here, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    assert commit_of(tmp_path / "other") == head
    git(here, "pack-refs", "--all")
    (here / "below").mkdir()
    assert commit_of(here / "below") == head
    git(here, "checkout", "-q", "--detach")
    assert commit_of(here) == head
    (here / ".git/HEAD").write_bytes(b"\xff")
    assert commit_of(here) == ""
