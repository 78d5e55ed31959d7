"""What a preview builds with."""

from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.preview import PreviewOptions, preview_session, watched, when_new
from publisher.errors import Problem


@pytest.mark.parametrize("drafts", [True, False])
def test_blocks_of_drafts_go_into_a_cache_of_their_own(tmp_path: Path, drafts: bool) -> None:
    (tmp_path / "publish.toml").write_text("")
    session = Session(site=tmp_path)
    try:
        with preview_session(session, PreviewOptions(drafts)) as building:
            assert (building is session) is not drafts
            assert (building.cache().folder == session.cache().folder) is not drafts
    finally:
        session.close()


def test_problems_are_told_once_and_again_when_they_are_others() -> None:
    one, two = ((Problem("a.md", number, 1, "x"),) for number in (1, 2))
    told: list[tuple[Problem, ...]] = []
    tell = when_new(told.append)
    for problems in ((), one, one, two, two, (), one):
        tell(problems)
    assert told == [one, two, (), one]


def test_every_folder_that_a_build_reads_is_watched(tmp_path: Path) -> None:
    own = '[build]\ncontent = "a"\ntemplates = "b"\nstatic = "c"\ndata = "d"\n'
    (tmp_path / "publish.toml").write_text(own)
    session = Session(site=tmp_path)
    found = watched(tmp_path, session.settings())
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a", "b", "c", "d", "publish.toml"]
