"""A new key: every number that can be drawn is a key, and no file is written over."""

import json
from pathlib import Path

import pytest
from eth_account import Account

from publisher.errors import ConfigError
from publisher.names.signers.keys import ORDER, address_of
from publisher.names.signers.new_keystore import make_keystore

PASSWORD = "twelve or more"


def test_the_largest_number_that_can_be_drawn_is_the_largest_key(tmp_path: Path) -> None:
    asked: list[int] = []

    def draw(below: int) -> int:
        asked.append(below)
        return below - 1

    address = make_keystore(tmp_path / "a.json", PASSWORD, draw)
    assert address == address_of((ORDER - 1).to_bytes(32))
    assert asked == [ORDER - 1]  # so the smallest is 0, and the smallest key is 1
    file = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (file["version"], file["crypto"]["kdf"]) == (3, "scrypt")
    assert int.from_bytes(Account.decrypt(file, PASSWORD)) == ORDER - 1


def test_nothing_is_written_over_and_nothing_is_drawn_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        make_keystore(tmp_path / "a.json", PASSWORD, lambda below: pytest.fail("drawn"))
    assert (tmp_path / "a.json").read_text() == "mine"
