"""If a file cannot be written completely, the earlier file stays, whichever function writes it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.app.context import Session
from publisher.app.handing_over import FILE, hand_over
from publisher.app.pipeline_files import PipelineFile, write_file
from publisher.errors import ConfigError
from publisher.names.base import ContractCall, NameOutcome
from tests.ci.test_written import ROOT


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can have more than 4 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_of_a_pipeline_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "ci/publish.yml"
    write_file(tmp_path, PipelineFile("ci/publish.yml", "the old text\n", "missing"))
    with full_disk(), pytest.raises(ConfigError, match="cannot be written"):
        write_file(tmp_path, PipelineFile("ci/publish.yml", "the new text\n", "outdated"))
    assert path.read_text() == "the old text\n"
    assert [*path.parent.iterdir()] == [path]
    write_file(tmp_path, PipelineFile("ci/publish.yml", "the new text\n", "outdated", program=True))
    assert path.read_text() == "the new text\n"
    assert path.stat().st_mode & 0o100


def test_a_call_that_was_handed_over_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("an old call")
    waiting = NameOutcome("a.eth", "ens", "handed-over", "", "", call=ContractCall(1, "0x12", "0x34", "0x56"))
    with full_disk(), pytest.raises(ConfigError, match="cannot be written"):
        hand_over(Session(site=tmp_path), ROOT, [waiting], None)
    assert path.read_text() == "an old call"
    assert [*tmp_path.iterdir()] == [path]
