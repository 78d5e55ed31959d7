"""Which folders are read and written: what a configuration that somebody else wrote can neither publish nor destroy."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.build import BuildSettings
from publisher.build.folder_checks import below, unreadable, unwritable, work_tree
from publisher.regular_files import chunks, open_regular, read_all
from publisher.secrets.own_files import OUTPUT_MARKER as NAME
from tests.cli.test_cli import call

Captured = pytest.CaptureFixture[str]
ARTICLE = "---\ntitle: A\ndate: 2026-01-01\n---\nText.\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    make(tmp_path / "repo/site")
    monkeypatch.chdir(tmp_path / "repo/site")
    return tmp_path


def make(folder: Path, build: str = "", title: str = "T") -> None:
    (folder / "content").mkdir(parents=True, exist_ok=True)
    (folder / "content/a.md").write_text(ARTICLE)
    configure(folder, build, title)


def configure(folder: Path, build: str, title: str = "T") -> None:
    table = f"[build]\n{build}\n" if build else ""
    (folder / "publish.toml").write_text(f'[site]\ntitle = "{title}"\n{table}')


def everything(folder: Path) -> dict[str, bytes]:
    """All files but those of caches."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".publish" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


# What is read


@pytest.mark.parametrize("key", ["content", "templates", "static"])
@pytest.mark.parametrize(
    "folder", ["/proc/self", "/etc", "../../elsewhere", "{here}/elsewhere", "link", "link/sub", "~"]
)
def test_what_lies_outside_the_site_is_not_read(key: str, folder: str, here: Path, capsys: Captured) -> None:
    (here / "elsewhere/sub").mkdir(parents=True)
    (here / "elsewhere/a.md").write_text(ARTICLE)
    os.symlink(here / "elsewhere", "link")
    os.symlink(here / "elsewhere", "~")
    configure(Path(), f'{key} = "{folder.format(here=here)}"')
    before = everything(here)
    assert call("build") == 2
    assert f"publish.toml:4: build.{key}: " in capsys.readouterr().err
    assert everything(here) == before


def test_templates_of_the_running_system_make_nobody_wait(here: Path) -> None:
    configure(Path(), 'templates = "/proc/self"')
    code = "from publisher.cli import main; main(['build'])"
    assert subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("git", ["folder", "file"])
def test_what_lies_in_the_same_work_tree_is_read(git: str, here: Path) -> None:
    if git == "folder":
        (here / "repo/.git").mkdir()
    else:
        (here / "repo/.git").write_text("gitdir: elsewhere\n")
    shutil.move("content", here / "repo/docs")
    os.symlink("../docs", "linked")
    for folder in ("../docs", str(here / "repo/docs"), "linked"):
        configure(Path(), f'content = "{folder}"')
        assert call("build") == 0


def test_the_work_tree_of_a_submodule_ends_with_it(here: Path) -> None:
    (here / "repo/.git").mkdir()
    Path(".git").write_text("gitdir: ../.git/modules/site\n")
    (here / "repo/docs").mkdir()
    configure(Path(), 'content = "../docs"')
    assert call("build") == 2


def test_the_environment_does_not_say_where_the_work_tree_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "docs").mkdir()
    (here / ".git2").mkdir()
    monkeypatch.setenv("GIT_DIR", str(here / ".git2"))
    monkeypatch.setenv("GIT_WORK_TREE", str(here))
    configure(Path(), 'content = "../../docs"')
    assert call("build") == 2
    assert work_tree(Path()) == here / "repo/site"


@pytest.mark.parametrize("name", [".git", ".git/info", ".GIT/x", ".hg", "sub/.svn/a", ".publish", ".publish/cache"])
def test_what_version_control_keeps_is_no_content(name: str, here: Path) -> None:
    Path(name).mkdir(parents=True, exist_ok=True)
    (Path(name) / "a.md").write_text(ARTICLE)
    configure(Path(), f'content = "{name}"')
    assert call("build") == 2
    assert not Path("_site").exists()


@pytest.mark.parametrize("name", [".", "content", "content/static", "templates", "_site", ".git/x", ".publish"])
def test_a_static_folder_holds_static_files_alone(name: str, here: Path, capsys: Captured) -> None:
    Path("templates").mkdir()
    configure(Path(), f'static = "{name}"')
    assert call("build") == 2
    said = capsys.readouterr().err
    within = "build.content: all files in 'content' are published, and static is among them"
    assert "build.static" in said or within in said or "apart from static" in said


def test_a_static_folder_that_is_not_there_is_no_fault(here: Path) -> None:
    configure(Path(), 'static = "nowhere"')
    assert call("build") == 0


def test_pipes_sockets_and_devices_are_named_and_nobody_waits(here: Path, capsys: Captured) -> None:
    os.mkfifo("content/pipe.md")
    os.mkfifo("content/pipe.png")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind("content/socket")
    for name in ("templates", "static"):
        Path(name).mkdir()
        os.mkfifo(f"{name}/base.html")
    assert call("build", "--all") == 3
    said = capsys.readouterr().err
    bound.close()
    for name in ("content/pipe.md", "content/pipe.png", "content/socket", "templates/base.html", "static/base.html"):
        assert f"{name}: this is neither a file nor a folder" in said


def test_a_configuration_that_is_a_pipe_is_an_error(here: Path, capsys: Captured) -> None:
    Path("publish.toml").unlink()
    os.mkfifo("publish.toml")
    assert call("build") == 2
    assert "no regular file" in capsys.readouterr().err
    assert call("--config", "/dev/zero", "build") == 2


def test_a_pipe_that_takes_the_place_of_a_file_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    os.symlink(tmp_path / "b", tmp_path / "link")
    (tmp_path / "b").write_bytes(b"text")
    for name in ("a", "link", ""):
        with pytest.raises(OSError):
            open_regular(tmp_path / name)
    assert read_all(tmp_path / "link", 4, follow=True) == b"text"
    with pytest.raises(OSError, match="larger than 3 bytes"):
        read_all(tmp_path / "b", 3)


def test_a_file_that_grows_while_it_is_read_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (1 << 20))
    reading = chunks(path)
    next(reading)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(OSError, match="it grew"):
        list(reading)
    path.write_bytes(b"")
    assert list(chunks(path)) == []


def test_new_articles_go_into_the_content_folder_and_nowhere_else(here: Path) -> None:
    (here / "elsewhere").mkdir()
    os.symlink(here / "elsewhere", "content/posts")
    assert call("new", "Title") == 2
    assert list((here / "elsewhere").iterdir()) == []


# What is written


@pytest.mark.parametrize("way", ["configured", "option"])
@pytest.mark.parametrize(
    "output",
    [
        ".",
        "..",
        "/",
        "{here}",
        "{here}/home",
        "content",
        "content/out",
        "templates",
        "static",
        ".git",
        ".git/out",
        "new/.GIT",
        ".hg/x",
        ".svn",
        ".publish",
        ".publish/out",
        "../.git/out",
        "../victim",
        "{here}/repo/victim",
        "link",
        "link/sub",
        "victim.txt",
        "../other",
        "../other/new",
        "../other/content/new",
        "../tree",
        "../worktree",
    ],
)
def test_nothing_is_written_where_something_else_is(way: str, output: str, here: Path) -> None:
    for name in ("repo/.git", "repo/site/.git", "repo/victim", "repo/victim/sub", "repo/tree/.git"):
        (here / name).mkdir(parents=True)
        (here / name / "index.html").write_text("mine")
    (here / "repo/worktree").mkdir()
    (here / "repo/worktree/.git").write_text("gitdir: ../.git/worktrees/worktree\n")
    make(here / "repo/other")
    Path("victim.txt").write_text("mine")
    os.symlink("../victim", "link")
    place = output.format(here=here)
    before = everything(here)
    if way == "configured":
        configure(Path(), f'output = "{place}"')
        before = everything(here)
        assert call("build") == 2
    else:
        assert call("build", "-o", place) == 2
    assert everything(here) == before


@pytest.mark.parametrize("output", ["_site", "a/b/c", "../out", "{here}/out", "link/below", "empty"])
def test_a_new_or_empty_folder_is_written(output: str, here: Path) -> None:
    Path("empty").mkdir()
    for name in (".gitkeep", ".nojekyll", "CNAME"):
        Path("empty", name).touch()
    (here / "target").mkdir()
    os.symlink(here / "target", "link")
    place = Path(output.format(here=here))
    for _ in range(2):
        assert call("build", "-o", str(place)) == 0
    assert (place / "index.html").exists()
    assert (place / NAME).exists()


def test_the_mark_is_no_part_of_the_root(here: Path, capsys: Captured) -> None:
    assert call("build", "-q") == 0
    root = capsys.readouterr().out
    for words in (("add", "_site"), ("add", "--hidden", "_site")):
        assert call(*words) == 0
        said = capsys.readouterr()
        assert said.out == root
        assert NAME not in said.err
    shutil.copytree("_site", "copied")
    (Path("copied") / NAME).unlink()
    assert call("build", "-q") == 0
    assert capsys.readouterr().out == root


def test_without_a_cache_the_own_output_is_still_the_own(here: Path) -> None:
    for output in ("_site", "../out"):
        assert call("build", "-o", output) == 0
        shutil.rmtree(".publish")
        assert call("build", "-o", output) == 0


def test_a_site_that_moved_or_got_another_title_keeps_its_output(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("build") == 0
    assert call("build", "-o", str(here / "out")) == 0
    configure(Path(), "", title="Another title")
    assert call("build", "-o", str(here / "out")) == 0
    shutil.rmtree(".publish")
    configure(Path(), "", title="A third one")
    assert call("build") == 0
    configure(Path(), "", title="Another title")
    shutil.move(here / "repo/site", here / "moved")
    monkeypatch.chdir(here / "moved")
    shutil.rmtree(".publish")
    assert call("build") == 0
    assert call("build", "-o", str(here / "out")) == 0


def test_two_sites_do_not_write_into_one_folder(here: Path, capsys: Captured) -> None:
    make(here / "second", title="Second")
    out = here / "out"
    assert call("build", "-o", str(out)) == 0
    before = everything(out)
    assert call("-C", str(here / "second"), "build", "-o", str(out)) == 2
    assert f"empty the file {out / NAME}" in capsys.readouterr().err
    assert everything(out) == before
    (out / NAME).write_text("")
    assert call("-C", str(here / "second"), "build", "-o", str(out)) == 0
    assert call("build", "-o", str(out)) == 2


def test_output_of_a_version_without_marks_is_taken_over_by_what_the_cache_knows(here: Path, capsys: Captured) -> None:
    assert call("build") == 0
    (Path("_site") / NAME).unlink()
    Path("_site/index.html").touch()
    assert call("build") == 0
    assert (Path("_site") / NAME).exists()
    (Path("_site") / NAME).unlink()
    shutil.rmtree(".publish")
    before = everything(Path("_site"))
    assert call("build") == 2
    said = capsys.readouterr().err
    assert "holds files that no build of this site wrote" in said
    assert f"remove the folder, or make the file _site/{NAME}" in said
    assert everything(Path("_site")) == before
    (Path("_site") / NAME).touch()
    assert call("build") == 0


@pytest.mark.parametrize("change", ["added", "changed", "replaced"])
def test_without_a_mark_a_file_that_is_not_ours_stops_it(change: str, here: Path) -> None:
    assert call("build") == 0
    (Path("_site") / NAME).unlink()
    if change == "added":
        Path("_site/notes.txt").write_text("mine")
    elif change == "changed":
        Path("_site/index.html").write_text("mine")
    else:
        Path("_site/index.html").unlink()
        os.mkfifo("_site/index.html")
    before = everything(Path("_site"))
    assert call("build") == 2
    assert everything(Path("_site")) == before


def test_what_was_cut_short_goes_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import publisher.build.output as output

    def cut(*words: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(output, "_write", cut)
        assert call("build") == 130
    assert (Path("_site") / NAME).exists()
    shutil.rmtree(".publish")
    assert call("build") == 0


def test_a_site_begun_in_an_output_folder_is_not_written_over(here: Path, capsys: Captured) -> None:
    out = here / "out"
    assert call("build", "-o", str(out)) == 0
    make(out)
    before = everything(out)
    assert call("build", "-o", str(out)) == 2
    assert "holds the sources of a site" in capsys.readouterr().err
    assert everything(out) == before


def test_a_page_that_is_called_as_a_configuration_is_one(here: Path) -> None:
    Path("content/publish.toml").write_text("an example\n")
    for _ in range(2):
        assert call("build") == 0
        shutil.rmtree(".publish")


@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_a_mark_that_is_no_file_is_none(kind: str, here: Path) -> None:
    Path("_site").mkdir()
    Path("mark").touch()
    mark = Path("_site") / NAME
    {"pipe": os.mkfifo, "link": lambda path: path.symlink_to("../mark"), "folder": os.mkdir}[kind](mark)
    assert call("build") == 2


def test_folders_are_compared_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    os.symlink(tmp_path / "a", tmp_path / "link")
    assert below(tmp_path / "link/b/new", tmp_path / "a") == ("b", "new")
    assert below(tmp_path / "a", tmp_path / "link") == ()
    assert below(tmp_path / "a", tmp_path / "a/b") is None
    assert below(tmp_path / "new/x", tmp_path / "new") == ("x",)


def test_a_usual_site_has_no_fault(tmp_path: Path) -> None:
    assert list(unreadable(tmp_path, BuildSettings())) == []
    assert list(unwritable(tmp_path, tmp_path / "_site")) == []


# Files that a command is asked to write


@pytest.mark.parametrize("words", [("build", "--car"), ("diff", "--html")])
@pytest.mark.parametrize("name", ["pipe", "content/new", "templates/new", "static/new", "notes.txt", "content", "link"])
def test_a_file_replaces_nothing_but_its_like(words: tuple[str, str], name: str, here: Path) -> None:
    Path("templates").mkdir()
    Path("static").mkdir()
    Path("notes.txt").write_text("mine")
    os.symlink("notes.txt", "link")
    os.mkfifo("pipe")
    before = everything(Path())
    assert call(*words, name) == 2
    assert everything(Path()) == before
    assert Path("pipe").is_fifo()
    assert Path("link").is_symlink()


def test_what_is_called_as_a_file_in_the_making_stays(here: Path) -> None:
    for name in ("site.car.part", "changes.html.part"):
        Path(name).write_text("mine")
    assert call("build", "--car", "site.car") == 0
    assert call("diff", "--html", "changes.html") == 0
    for name in ("site.car.part", "changes.html.part"):
        assert Path(name).read_text() == "mine"
    assert not list(Path().glob(".*.part"))
