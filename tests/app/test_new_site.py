"""A new site in a folder."""

import tomllib
from pathlib import Path

import pytest

from publisher.app.new_site import new_site
from publisher.errors import ConfigError


@pytest.mark.parametrize(("folder", "title"), [("My site", "My site"), ("\x01", "A site"), ("a\x01b", "a b")])
def test_a_site_is_called_as_its_folder_is_as_far_as_a_title_can_be(tmp_path: Path, folder: str, title: str) -> None:
    home = tmp_path / folder
    home.mkdir()
    new_site(home)
    assert tomllib.loads((home / "publish.toml").read_text())["site"]["title"] == title


def test_a_folder_that_is_a_site_already_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "publish.toml").write_text("")
    with pytest.raises(ConfigError):
        new_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["publish.toml"]


def test_what_is_there_of_a_site_stays_and_what_is_not_is_written(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    new_site(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert (tmp_path / "publish.toml").exists()
