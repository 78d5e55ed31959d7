"""Whose an output folder is."""

from pathlib import Path

import pytest

from publisher.build.output_marker import claim, mark
from publisher.errors import ConfigError
from publisher.secrets.own_files import OUTPUT_MARKER

MINE, OTHER = "0123456789abcdef", "f" * 16


def allowed(folder: Path, *owners: str, inside: bool = False, ours: bool = False) -> bool:
    try:
        claim(folder, owners, lambda path: ours, inside=inside)
    except ConfigError:
        return False
    return True


def test_a_folder_is_for_the_site_that_marked_it_and_for_no_other(tmp_path: Path) -> None:
    mark(tmp_path, MINE)
    (tmp_path / "index.html").write_text("x")
    assert allowed(tmp_path, MINE)
    assert allowed(tmp_path, OTHER, MINE)
    assert not allowed(tmp_path, OTHER)
    assert not allowed(tmp_path)


def test_a_folder_inside_the_site_is_its_own_whatever_it_was_called(tmp_path: Path) -> None:
    mark(tmp_path, MINE)
    assert allowed(tmp_path, OTHER, inside=True)


@pytest.mark.parametrize("owner", ["", MINE])
def test_a_mark_that_names_nobody_is_for_all(tmp_path: Path, owner: str) -> None:
    mark(tmp_path, owner)
    (tmp_path / "index.html").write_text("x")
    assert allowed(tmp_path, OTHER) is not bool(owner)


def test_without_a_mark_a_folder_is_new_or_empty_or_holds_only_what_this_site_wrote(tmp_path: Path) -> None:
    assert allowed(tmp_path / "new", MINE)
    (tmp_path / ".gitkeep").touch()
    (tmp_path / ".x.part").touch()
    assert allowed(tmp_path, MINE)
    (tmp_path / "index.html").write_text("x")
    assert not allowed(tmp_path, MINE)
    assert allowed(tmp_path, MINE, ours=True)


def test_a_mark_is_written_anew_only_where_it_differs(tmp_path: Path) -> None:
    place = tmp_path / "out" / OUTPUT_MARKER
    mark(tmp_path / "out", MINE)
    first = place.stat().st_ino
    mark(tmp_path / "out", MINE)
    assert place.stat().st_ino == first
    mark(tmp_path / "out", OTHER)
    assert allowed(tmp_path / "out", OTHER)
    assert not allowed(tmp_path / "out", MINE)
