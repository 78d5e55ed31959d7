"""The chapter about pipelines shows the files of `publish ci init`, and this project uses these files itself."""

from pathlib import Path

import pytest

from tests.pipeline_page import BLOCK, PAGES, files, own_workflows, written

SHOWN_ELSEWHERE = {"action.yml", ".gitlab-ci.yml"}
"""The action is longer than a chapter should be. The chapter says in words what the other file has."""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_files_are_those_of_the_program(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == written(text), "write it anew with `make pipelines`"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_file_is_shown_once(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names = [name for _, name, _ in BLOCK.findall(text) if name != "publish.toml"]
    same = {path.replace(".gitea", ".forgejo") for path, _ in files(text)}  # Gitea has the files of Forgejo.
    assert sorted(names) == sorted(path for path in same if Path(path).name not in SHOWN_ELSEWHERE)


def test_a_file_that_differs_would_be_found() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    changed = text.replace("set -eu\n", "set -e\n")
    assert written(changed) == written(text) != changed


@pytest.mark.parametrize("path", own_workflows(), ids=lambda path: path.name)
def test_this_project_uses_the_workflows_that_it_writes_for_others(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == own_workflows()[path], "write it anew with `make pipelines`"
