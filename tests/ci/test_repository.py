"""Where a work tree comes from: remote, branch, and the folder of the site, as git itself has written them."""

from pathlib import Path

import pytest

from publisher.ci.kinds import KINDS, kind_of
from publisher.ci.repository import Remote, find_repository, read_remote
from publisher.errors import ConfigError
from tests.services.git import git


def made(folder: Path, url: str = "") -> Path:
    """A repository with one commit on the branch `trunk`."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    if url:
        git(folder, "remote", "add", "origin", url)
    return folder


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("git@github.com:ada/site.git", "github.com", "ada/site"),
        ("https://github.com/ada/site", "github.com", "ada/site"),
        ("https://Forge.example:3000/ada/site.git/", "forge.example:3000", "ada/site"),
        ("ssh://git@Forge.example:2222/ada/site.git/", "forge.example", "ada/site"),
        ("ssh://git@[::1]:2222/ada/site.git", "[::1]", "ada/site"),
        ("https://gitlab.com/group/sub/site.git", "gitlab.com", "group/sub/site"),
        ("/srv/git/site.git", "", "srv/git/site"),
        ("../site.git", "", "../site"),
        ("", "", ""),
    ],
)
def test_the_parts_of_a_remote(url: str, host: str, path: str) -> None:
    found = read_remote(url)
    assert (found.host, found.path, found.name) == (host, path, path.rpartition("/")[2])


def test_a_password_in_the_address_is_dropped() -> None:
    found = read_remote("https://ada:hunter2@github.com/ada/site.git")
    assert found.url == "https://github.com/ada/site.git"
    assert "hunter2" not in repr(found)
    assert read_remote("ssh://ada:hunter2@forge.example:2222/site.git").url == "ssh://ada@forge.example:2222/site.git"
    for wrong in ("https://ada:hunter2@[forge.example/ada/site.git", "https://ada:hunter2@forge.example:port/site.git"):
        assert read_remote(wrong) == Remote(), "git cannot use this address either"


def test_the_site_may_be_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    top = made(tmp_path / "work", "git@github.com:ada/site.git")
    (top / "docs").mkdir()
    found = find_repository(top / "docs")
    assert (found.top, found.site, found.branch, found.shallow) == (top, "docs", "trunk", False)
    assert found.remote.host == "github.com"
    assert find_repository(top).site == "."


def test_the_default_branch_of_the_remote_counts_before_the_checked_out_one(tmp_path: Path) -> None:
    made(tmp_path / "there")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/there", "here")
    git(tmp_path / "here", "switch", "-q", "-c", "topic")
    found = find_repository(tmp_path / "here")
    assert (found.branch, found.shallow) == ("trunk", True)


def test_the_remote_is_the_one_of_the_branch(tmp_path: Path) -> None:
    top = made(tmp_path / "work", "git@github.com:ada/site.git")
    git(top, "remote", "add", "other", "git@codeberg.org:ada/site.git")
    assert find_repository(top).remote.host == "github.com"
    git(top, "config", "branch.trunk.remote", "other")
    assert find_repository(top).remote.host == "codeberg.org"


def test_a_linked_work_tree_has_the_remote_of_its_repository(tmp_path: Path) -> None:
    top = made(tmp_path / "work", "git@github.com:ada/site.git")
    git(top, "worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    found = find_repository(tmp_path / "linked")
    assert (found.top, found.branch, found.remote.path) == (tmp_path / "linked", "topic", "ada/site")


def test_a_folder_in_no_repository_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in no git repository") as error:
        find_repository(tmp_path)
    assert "git init" in error.value.hint


def test_a_damaged_repository_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        find_repository(tmp_path)


@pytest.mark.parametrize(
    ("host", "there", "kind"),
    [
        ("github.com", {".gitlab-ci.yml"}, "github"),
        ("github.example.org", set(), "github"),
        ("gitlab.com", {".woodpecker"}, "gitlab"),
        ("codeberg.org", set(), "forgejo"),
        ("codeberg.org", {".woodpecker.yml"}, "woodpecker"),
        ("codeberg.org", {".github"}, "forgejo"),
        ("gitea.example.org", set(), "gitea"),
        ("git.example.org", {".forgejo"}, "forgejo"),
        ("git.example.org", {".github"}, "github"),
        ("", {".woodpecker"}, "woodpecker"),
    ],
)
def test_the_forge_or_the_files_show_the_kind(host: str, there: set[str], kind: str) -> None:
    assert kind_of(Remote(f"https://{host}/a/b", host, "a/b"), there.__contains__).name == kind


def test_a_kind_that_is_named_counts_whatever_is_there() -> None:
    for name in KINDS:
        assert kind_of(Remote("", "github.com", "a/b"), lambda path: True, name).name == name


def test_a_server_that_shows_nothing_has_to_be_named() -> None:
    with pytest.raises(ConfigError, match=r"git\.example\.org") as error:
        kind_of(Remote("", "git.example.org", "a/b"), lambda path: False)
    assert all(name in error.value.hint for name in KINDS)
