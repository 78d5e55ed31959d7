"""Folders that other tools made."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from publisher.dag import car, walk
from publisher.dag.cid import Cid
from publisher.dag.unixfs import LEGACY, MODERN, Profile, add_file
from publisher.errors import ConfigError, ContentError
from publisher.gateway.redirects import parse
from publisher.intake.folder import FAULTS, WHOLE, add_folder
from tests.cli.test_cli import call
from tests.dag.kubo import repo
from tests.stores.sites import Blocks


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    (made / "posts/一").mkdir(parents=True)
    (made / "empty").mkdir()
    (made / "index.html").write_text("<h1>hello</h1>")
    (made / "posts/一/index.html").write_text("<h1>你好</h1>")
    return made


def add(path: Path, blocks: Blocks) -> tuple[Cid, list[str]]:
    said: list[str] = []
    return add_folder(path, MODERN, blocks.put, said.append).root, said


def test_every_file_is_under_its_own_name(tmp_path: Path) -> None:
    blocks = Blocks()
    root, said = add(folder(tmp_path), blocks)
    assert sorted(path for path, _ in walk.files(blocks.get, root)) == ["index.html", "posts/一/index.html"]
    assert "empty" in dict(walk.entries(blocks.get, root))
    assert said == []


def test_dot_entries_stay_out_and_are_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    before, _ = add(made, Blocks())
    (made / ".well-known").mkdir()
    (made / ".env").write_text("SECRET=1")
    root, said = add(made, Blocks())
    assert root == before
    assert (".env" in said[0], ".well-known" in said[0], ".well-known" in said[1]) == (True, False, True)


@pytest.mark.parametrize("hidden", [True, False])
def test_our_own_folder_stays_out_without_a_word(tmp_path: Path, hidden: bool) -> None:
    made = folder(tmp_path)
    before, said = add(made, Blocks())
    (made / ".publish/cache").mkdir(parents=True)
    (made / ".publish/cache/x").write_text("x")
    assert add_folder(made, MODERN, Blocks().put, said.append, hidden=hidden).root == before
    assert said == []


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "index.html").unlink()
    assert "no index.html" in add(made, Blocks())[1][0]


SECRETS = {
    "id_ed25519": b"-",
    "UTC--2026-01-01--abc": b"-",
    "prod.env": b"-",
    "server.pem": b"-----BEGIN PRIVATE KEY-----\n",
    "server.key": bytes.fromhex("3082025c02010030"),
    "server.p12": bytes.fromhex("30820a2c0201033082"),
    "wallet.json": b'{"version": 3, "crypto": {"ciphertext": "x", "kdf": "scrypt"}}',
    "wallet.jks": bytes.fromhex("feedfeed00000002"),
    "me.ppk": b"-",
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_looks_like_a_key_is_refused(tmp_path: Path, name: str) -> None:
    made = folder(tmp_path)
    (made / "posts" / name).write_bytes(SECRETS[name])
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    assert [problem.path for problem in caught.value.problems] == [f"posts/{name}"]


def test_a_key_is_found_below_other_text_and_its_name_alone_is_none(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "index.html").write_text("<p>How a PRIVATE KEY is made: -----BEGIN PRIVATE KEY-----</p>\n")
    add(made, Blocks())
    (made / "index.html").write_text("<p>VYK</p>\n" * 2000 + "  -----BEGIN RSA PRIVATE KEY-----\n")
    with pytest.raises(ContentError):
        add(made, Blocks())


def test_a_certificate_and_a_public_key_are_no_secrets(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "server.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (made / "server.der").write_bytes(bytes.fromhex("3082025c3082014502"))
    (made / "id_ed25519.pub").write_text("ssh-ed25519")
    add(made, Blocks())


def test_a_link_that_ends_inside_and_whose_text_tells_of_the_disk_is_refused_too(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "absolute").symlink_to(made / "index.html")
    (made / "around").symlink_to(f"../{made.name}/index.html")
    beside = tmp_path / f"{made.name}-private"
    beside.mkdir()
    (made / "a/b").mkdir(parents=True)
    (made / "a/b/top").symlink_to("../..")
    (made / "a/b/beside").symlink_to(f"top/../{beside.name}")  # by its text it stays in a/b
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    assert {problem.path for problem in caught.value.problems} == {"absolute", "around", "a/b/beside"}


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="1 problem") as caught:
        add(tmp_path / "gone", Blocks())
    assert "cannot be read" in caught.value.problems[0].what


def test_links_that_leave_and_special_files_are_refused_all_at_once(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "absolute").symlink_to("/etc/passwd")
    (made / "posts/beyond").symlink_to("../../x")
    (made / "posts/sideways").symlink_to("../../out-of-here/x")
    (made / "posts/deep").mkdir()
    (made / "up").symlink_to("posts/deep")
    (made / "through").symlink_to("up/../../../x")
    os.mkfifo(made / "pipe")
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    told = [problem.path for problem in caught.value.problems]
    assert told == ["absolute", "pipe", "posts/beyond", "posts/sideways", "through"]


def test_a_link_that_leaves_only_by_what_lies_on_its_way_is_refused(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "a/b").mkdir(parents=True)
    (made / "a/b/top").symlink_to("../..")
    (made / "a/b/out").symlink_to("top/../x")  # by its text it stays in a/b
    with pytest.raises(ContentError) as caught:
        add(made, Blocks())
    assert [problem.path for problem in caught.value.problems] == ["a/b/out"]


def test_links_inside_are_kept_as_kubo_keeps_them(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "posts/first").symlink_to("一/index.html")
    (made / "latest").symlink_to("posts/../posts/一")
    (made / "gone").symlink_to("nowhere")
    (made / "posts/home").symlink_to("..")
    blocks = Blocks()
    root, said = add(made, blocks)
    assert [line for line in said if "symbolic link" in line]
    assert str(root) == repo(tmp_path / "repo", "test,unixfs-v1-2025").root(made)
    assert walk.node(blocks.get, walk.resolve(blocks.get, root, "latest")).data.decode() == "posts/../posts/一"


def test_hidden_names_come_along_when_they_are_wanted_as_with_kubo(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / ".well-known").mkdir()
    (made / ".well-known/x").write_text("x")
    kubo = repo(tmp_path / "repo", "test,unixfs-v1-2025").root(made)
    for name in (".git", "posts/.git", ".publish"):
        (made / name).mkdir()
        (made / name / "config").write_text("secret")
    said: list[str] = []
    blocks = Blocks()
    assert str(add_folder(made, MODERN, blocks.put, said.append, hidden=True).root) == kubo
    assert said == ["left out even with --hidden: .git, posts/.git"]
    (made / ".env").write_text("SECRET=1")
    (made / ".env.production").write_text("SECRET=1")
    with pytest.raises(ContentError) as caught:
        add_folder(made, MODERN, blocks.put, said.append, hidden=True)
    assert [problem.path for problem in caught.value.problems] == [".env", ".env.production"]


def test_well_known_is_missed_by_name(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / ".well-known").mkdir()
    assert any("`.well-known` stays out" in line and "--hidden" in line for line in add(made, Blocks())[1])


def test_a_folder_is_counted_as_a_walk_would_count_it(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "copy.html").write_text("<h1>hello</h1>")
    (made / "large").write_bytes(bytes(range(256)) * 12000)
    (made / "link").symlink_to("copy.html")
    blocks = Blocks()
    taken = add_folder(made, MODERN, blocks.put, lambda text: None)
    assert taken.size == walk.measure(blocks.get, taken.root)
    assert set(blocks.data) == {block.cid for block in walk.reachable(blocks.get, taken.root)}


@pytest.mark.parametrize("size", [(4 << 20) - 1, 4 << 20, (4 << 20) + 1, (9 << 20) + 5])
@pytest.mark.parametrize("profile", [MODERN, LEGACY], ids=lambda profile: profile.name)
def test_a_large_file_has_the_same_root_read_in_one_piece_or_many(tmp_path: Path, size: int, profile: Profile) -> None:
    data = Random(size).randbytes(size)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/large").write_bytes(data)
    blocks = Blocks()
    root = add_folder(tmp_path / "out", profile, blocks.put, lambda text: None).root
    assert dict(walk.entries(blocks.get, root))["large"] == add_file([data], profile, lambda block: None)


def test_names_that_gateways_stumble_over_are_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "e\u0301.html").write_text("x")
    (made / "a\\b").write_text("x")
    (made / "posts/index.html").mkdir()
    said = " ".join(add(made, Blocks())[1])
    assert "decomposed" in said
    assert "a\\b" in said
    assert "posts/index.html/" in said


def judge(data: bytes) -> tuple[str, ...]:
    parse(data)
    return ()


def test_redirects_that_gateways_refuse_are_told(tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "_redirects").write_text("/a /b 200!\n")
    said: list[str] = []
    add_folder(made, MODERN, Blocks().put, said.append, judge=judge)
    assert len(said) == 1
    assert "_redirects: line 1" in said[0]
    (made / "_redirects").write_bytes(b"# " + bytes(64 << 10))
    add_folder(made, MODERN, Blocks().put, said.append, judge=judge)
    assert "65536 bytes" in said[1]


def test_the_windows_of_the_system_are_no_folders() -> None:
    with pytest.raises(ConfigError, match="running system"):
        add(Path("/proc/self"), Blocks())


@pytest.mark.parametrize(("count", "told"), [(FAULTS, FAULTS), (FAULTS + 1, FAULTS + 1), (300, FAULTS + 1)])
def test_hundreds_of_faults_are_told_in_some_lines(tmp_path: Path, count: int, told: int) -> None:
    for n in range(count):
        (tmp_path / f"{n:03}").symlink_to("/x")
    with pytest.raises(ContentError) as caught:
        add(tmp_path, Blocks())
    assert len(caught.value.problems) == told
    rest = [problem for problem in caught.value.problems if problem.path == "…"]
    assert [problem.place for problem in rest] == ["…"] * (count > FAULTS)


def test_add_and_deploy_take_hidden_names_along_when_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (folder(tmp_path) / ".well-known").mkdir()
    (tmp_path / "out/.well-known/x").write_text("x")
    (tmp_path / "publish.toml").write_text('[site]\ntitle = "x"\n\n[stores.here]\nkind = "embedded"\n')
    roots = {}
    for words in (["add"], ["add", "--hidden"], ["deploy", "--skip-name", "--yes"], ["deploy", "--hidden", "--yes"]):
        assert call(*words, "out") == 0
        roots[" ".join(words)] = capsys.readouterr().out
    assert roots["add"] == roots["deploy --skip-name --yes"]
    assert roots["add --hidden"] == roots["deploy --hidden --yes"] != roots["add"]


def test_relative_links_are_counted_and_only_folders_have_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/index.html").write_text('<a href="/"><a href="/gone">')
    (tmp_path / "out/_redirects").write_text("/x/* /shown/:splat 200\n")
    (tmp_path / "publish.toml").write_text('[site]\ntitle = "x"\n\n[stores.here]\nkind = "embedded"\n')
    assert call("add", "--relative", "out") == 0
    made = capsys.readouterr()
    assert "1 link in 1 file became relative, 1 stayed as they were; the files in the folder did not change" in made.err
    assert call("deploy", "--relative", "--skip-name", "--yes", "out") == 0
    assert capsys.readouterr().out == made.out
    for words in (["add"], ["deploy", "--yes"]):
        assert call(*words, "--relative", "publish.toml") == 2
        assert "--relative changes the links of a folder, and this is not a folder" in capsys.readouterr().err


def test_the_sources_of_a_site_are_not_taken_for_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init", "-q") == 0
    for words in (["add"], ["deploy", "--yes"], ["diff", "--stat"]):
        assert call(*words, ".") == 2
    assert "holds the sources of a site" in capsys.readouterr().err
    (tmp_path / "index.html").write_text("<p>written by hand")
    assert call("add", ".") == 0
    assert "publish.toml is part of it" in capsys.readouterr().err


def test_a_car_comes_in_by_a_pipe(tmp_path: Path) -> None:
    blocks = Blocks()
    root, _ = add(folder(tmp_path), blocks)
    data = b"".join(car.write([root], walk.reachable(blocks.get, root)))
    command = [sys.executable, "-c", "from publisher.cli import main; main()", "add", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=data, capture_output=True, check=True)
    assert done.stdout.decode() == f"{root}\n"
    assert not list((tmp_path / ".publish").glob("standard-input*"))


@pytest.mark.parametrize(("size", "searched"), [(WHOLE, True), (WHOLE + 1, False)])
def test_the_links_of_a_page_are_looked_at_up_to_a_size(tmp_path: Path, size: int, searched: bool) -> None:
    page = b'<!doctype html><a href="/gone/">x</a>'
    (tmp_path / "index.html").write_bytes(page + b" " * (size - len(page)))
    _, told = add(tmp_path, Blocks())
    assert any("/gone/" in line for line in told) == searched
