"""Whether git keeps a file, as git itself says it, in every form that its index has."""

import shutil
from pathlib import Path

import pytest

from publisher.secrets.tracked import is_tracked
from tests.services.git import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

FORMS = {
    "version 2": [],
    "version 3": ["add", "--intent-to-add", "site/later"],
    "version 4": ["update-index", "--index-version", "4"],
    "split": ["update-index", "--split-index"],
}


def repository(folder: Path, *how: str) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", *how)
    (folder / "site/.publish").mkdir(parents=True)
    for number in range(30):
        (folder / f"site/{'x' * number}{number}.md").write_text("text")
    for name in ("hosts.jso", "hosts.json", "hosts.jsonl", "journal"):
        (folder / "site/.publish" / name).write_text(name)
    (folder / "site/later").write_text("text")
    git(folder, "add", "-f", "site/.publish/hosts.jso", "site/.publish/hosts.json", *map(str, folder.glob("site/*.md")))
    return folder


@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
@pytest.mark.parametrize("form", FORMS)
def test_what_the_index_lists_is_tracked(tmp_path: Path, form: str, hashes: str) -> None:
    site = repository(tmp_path / "repository", f"--object-format={hashes}") / "site"
    if FORMS[form]:
        git(site.parent, *FORMS[form])
    assert is_tracked(site / ".publish/hosts.json")
    assert is_tracked(site / "xx2.md")
    for name in ("hosts.jsonl", "journal", "absent"):
        assert not is_tracked(site / ".publish" / name)


def test_in_a_worktree_and_behind_a_symbolic_link_the_same_counts(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository")
    git(folder, "commit", "-qm", "all")
    git(folder, "worktree", "add", "-q", str(tmp_path / "other"))
    assert is_tracked(tmp_path / "other/site/.publish/hosts.json")
    (tmp_path / "link").symlink_to(folder / "site/.publish")
    assert is_tracked(tmp_path / "link/hosts.json")
    assert not is_tracked(tmp_path / "link/journal")


@pytest.mark.parametrize("content", [b"", b"DIRC", b"DIRC\0\0\0\2\xff\xff\xff\xff", b"PACK" * 100, b"\0" * 500])
def test_what_is_no_index_lists_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index").write_bytes(content)
    assert not is_tracked(tmp_path / "hosts.json")


@pytest.mark.parametrize("length", [120, 127, 128, 129, 200, 250])
def test_in_version_4_a_path_after_one_that_is_much_longer_is_read(tmp_path: Path, length: int) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "site").mkdir()
    names = ("a" * length, "b", "c" * length, "d")
    for name in names:
        (tmp_path / "site" / name).write_text("text")
    git(tmp_path, "add", *(f"site/{name}" for name in names))
    git(tmp_path, "update-index", "--index-version", "4")
    assert all(is_tracked(tmp_path / "site" / name) for name in names)
    assert not is_tracked(tmp_path / "site" / "c")
