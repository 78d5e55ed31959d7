"""A new site in a folder."""

import tomllib
from pathlib import Path

import pytest

from publisher.app.new_site import new_site


@pytest.mark.parametrize(("folder", "title"), [("My site", "My site"), ("\x01", "A site"), ("a\x01b", "a b")])
def test_a_site_is_called_as_its_folder_is_as_far_as_a_title_can_be(tmp_path: Path, folder: str, title: str) -> None:
    home = tmp_path / folder
    home.mkdir()
    new_site(home)
    assert tomllib.loads((home / "publish.toml").read_text())["site"]["title"] == title
