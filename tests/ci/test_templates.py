"""What the files of every kind of pipeline have in common."""

import re
from pathlib import Path

import pytest

from tests.services.act import CHECKOUT

FILES = sorted(path for path in (CHECKOUT / "publisher/ci/files").glob("*/*") if path.name != "action.yml")
COMMAND = re.compile(r"\bci run (?:publish|deploy)\b.*")
STEP = re.compile(r"^( *)with:\n(?:\1  .*\n)*?\1  command: (?:publish|deploy)\n(?:\1  .*(?:\n|$))*", re.MULTILINE)


def publishing(text: str) -> list[str]:
    """The commands `ci run publish` and `ci run deploy` in a file, and the steps that run them."""
    return [*COMMAND.findall(text), *(found[0] for found in STEP.finditer(text))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_job_that_publishes_fails_if_a_secret_is_missing(path: Path) -> None:
    for words in publishing(path.read_text(encoding="utf-8")):
        assert "fails-without-credentials" in words


def test_the_files_of_every_kind_publish() -> None:
    assert {path.parent.name for path in FILES if publishing(path.read_text())} == {path.parent.name for path in FILES}
