"""What a preview builds with."""

from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.preview import preview_session


@pytest.mark.parametrize("drafts", [True, False])
def test_blocks_of_drafts_go_into_a_cache_of_their_own(tmp_path: Path, drafts: bool) -> None:
    (tmp_path / "publish.toml").write_text("")
    session = Session(site=tmp_path)
    try:
        with preview_session(session, drafts) as building:
            assert (building is session) is not drafts
            assert (building.cache().folder == session.cache().folder) is not drafts
    finally:
        session.close()
