"""A registration that ends: what a plan, a status and a publish say of a subname whose parent has ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_cli import Captured, call
from tests.names.ens.test_ens import ending
from tests.services.chain import OWNER, Anvil

pytest_plugins = ["tests.services.chain"]


def site(folder: Path, chain: Anvil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PUBLISH_KEY", OWNER.key)
    assert call("init", ".") == 0
    (folder / "publish.toml").write_text(
        '[site]\ntitle = "A"\n\n[stores.here]\nkind = "embedded"\n\n[names.main]\nkind = "ens"\n'
        f'name = "blog.demo.eth"\nrpc = ["{chain.url}"]\nchain-id = 31337\nsigner = "env:PUBLISH_KEY"\n',
        encoding="utf-8",
    )


def said(capsys: Captured, *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert call("--json", *words) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_in_the_grace_period_of_the_parent_everything_warns_and_the_site_is_published(
    chain: Anvil, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.register("blog.demo.eth")
    ending(chain, -86400, "blog.demo.eth")
    site(tmp_path, chain, monkeypatch)
    warning = "the registration of demo.eth, above this name, ended on"
    assert any(warning in line for line in said(capsys, "--dry-run")["warnings"])
    assert said(capsys, "--yes")["names"][0]["outcome"] == "moved"
    assert any(warning in line for line in said(capsys, "--yes")["warnings"])  # though nothing is left to do
    assert warning in said(capsys, "status", "--no-build")["names"][0]["warnings"][0]
    assert call("status", "--no-build") == 0
    assert f"warning: {warning}" in capsys.readouterr().out
    findings = said(capsys, "doctor")["findings"]
    assert [row["level"] for row in findings if warning in row["what"]] == ["warning"]


def test_after_the_grace_period_of_the_parent_nothing_is_sent(
    chain: Anvil, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.register("blog.demo.eth")
    ending(chain, -91 * 86400, "blog.demo.eth")
    site(tmp_path, chain, monkeypatch)
    before = chain.nonce(OWNER.address)
    assert "anybody may register that name now" in said(capsys, "--yes", code=5)["error"]["message"]
    assert said(capsys, "status", "--no-build", code=5)["faults"][0]["kind"] == "NameUnusable"
    assert chain.nonce(OWNER.address) == before
