"""The command line: what it says, where it says it, and what it leaves with."""

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher import __version__
from publisher.cli import main
from publisher.cli.group import COMMANDS
from publisher.cli.text.terminal import columns

Captured = pytest.CaptureFixture[str]


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_without_a_site_says_how_to_begin(here: Path, capsys: Captured) -> None:
    assert call() == 2
    said = capsys.readouterr()
    assert "no publish.toml here" in said.err
    assert "publish init" in said.err
    assert said.out == ""


def test_the_version_is_on_standard_output(capsys: Captured) -> None:
    assert call("--version") == 0
    assert __version__ in capsys.readouterr().out


def test_a_misspelt_command_gets_the_nearest_one(capsys: Captured) -> None:
    assert call("biuld") == 2
    assert "Did you mean build?" in capsys.readouterr().err


def test_a_wrong_option_is_the_callers_to_correct(capsys: Captured) -> None:
    assert call("build", "--frsh") == 2
    assert "--fresh" in capsys.readouterr().err


def test_a_wrong_call_is_one_json_object_too(capsys: Captured) -> None:
    assert call("--json", "biuld") == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "ConfigError"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_the_global_options(name: str, capsys: Captured) -> None:
    assert call(name, "--help") == 0
    said = capsys.readouterr().out
    assert all(option in said for option in ("--json", "--site", "--config", "--quiet", "--verbose"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"`publish {name}" in readme


def test_global_options_stand_before_or_after_the_command(here: Path, capsys: Captured) -> None:
    (here / "a").mkdir()
    (here / "a/publish.toml").write_text("")
    assert call("--site", "a", "--json", "config") == 0
    before = capsys.readouterr().out
    assert call("config", "-C", "a", "--json") == 0
    assert capsys.readouterr().out == before


def test_a_new_site_works_with_every_next_command(here: Path, capsys: Captured) -> None:
    assert call("init", "站点") == 0
    assert call("-C", "站点", "new", "第一篇文章") == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(Path("站点/content/posts/第一篇文章.md"))
    assert call("-C", "站点", "check") == 0
    assert call("-C", "站点", "build") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("bafy")
    assert (here / "站点/_site/index.html").exists()
    assert (here / "站点/_site/posts/第一篇文章/index.html").exists()


def test_init_keeps_what_is_there(here: Path, capsys: Captured) -> None:
    (here / "content").mkdir()
    (here / "content/about.md").write_text("---\ntitle: Mine\n---\n")
    assert call("init") == 0
    assert "Mine" in (here / "content/about.md").read_text()
    assert call("init") == 2
    assert "a site already" in capsys.readouterr().err


def test_new_never_writes_over_an_article(here: Path, capsys: Captured) -> None:
    call("init")
    assert call("new", "Twice") == 0
    assert call("new", "Twice") == 2
    assert "exists already" in capsys.readouterr().err


def test_new_names_the_file_that_it_wrote(here: Path, capsys: Captured) -> None:
    call("init")
    capsys.readouterr()
    assert call("new", "--json", "One") == 0
    path = json.loads(capsys.readouterr().out)["path"]
    assert Path(path).read_text().startswith('---\ntitle: "One"\n')


def test_a_title_with_quotes_is_the_same_title_afterwards(here: Path, capsys: Captured) -> None:
    call("init")
    assert call("new", 'He said: "C:\\dir" #1') == 0
    assert call("check") == 0


def test_drafts_are_refused_by_publish(here: Path, capsys: Captured) -> None:
    call("init")
    assert call("-D") == 2
    assert "never published" in capsys.readouterr().err


def test_a_name_without_a_signer_stops_before_anything_is_built(here: Path, capsys: Captured) -> None:
    call("init")
    with (here / "publish.toml").open("a") as file:
        file.write('[names.main]\nkind = "ens"\nname = "example.eth"\nrpc = ["http://127.0.0.1:1"]\n')
    assert call("--yes") == 2
    assert "no signer" in capsys.readouterr().err
    assert not (here / ".publish").exists()


def test_faults_of_the_content_are_exit_3_with_their_places(here: Path, capsys: Captured) -> None:
    call("init")
    (here / "content/posts/bad.md").write_text("---\ntitle: Bad\ndate: 2025-13-45\n---\n\n[gone](nowhere.md)\n")
    (here / "content/posts/worse.md").write_text("---\ntitle: [Worse]\ndate: 2025-01-01\n---\n")
    capsys.readouterr()
    assert call("build", "--json") == 3
    found = json.loads(capsys.readouterr().out)
    places = {(problem["path"], problem["line"]) for problem in found["problems"]}
    assert {("content/posts/bad.md", 3), ("content/posts/bad.md", 6), ("content/posts/worse.md", 2)} <= places
    assert not (here / "_site").exists()


def test_the_config_command_says_where_a_value_is_from(here: Path, capsys: Captured) -> None:
    call("init")
    capsys.readouterr()
    assert call("config", "--json") == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)["settings"]}
    assert rows["site.title"]["origin"] == "publish.toml:2"
    assert rows["site.timezone"] == {"key": "site.timezone", "value": "UTC", "origin": "default"}


def test_settings_stand_below_each_other_whatever_the_script_of_a_label(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text(
        '[stores."朋友"]\nkind = "kubo"\napi = "/ip4/127.0.0.1/tcp/5002"\n[stores.another]\nkind = "kubo"\n',
        encoding="utf-8",
    )
    assert call("config") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if ".api" in line]
    assert len({columns(line.partition("/ip4")[0]) for line in lines}) == 1
    assert len(lines) == 2
    assert all("/ip4/127.0.0.1/tcp/" in line for line in lines)


def test_the_version_needs_no_room_at_all() -> None:
    code = "import atexit, sys; from publisher.cli import main; atexit.register(lambda: print(*sys.modules)); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    loaded = done.stdout.split()
    heavy = {
        "web3",
        "markdown",
        "jinja2",
        "sqlite3",
        "publisher.terminal.progress",
        "ipfshttpclient",
        "publisher.build",
        "shutil",
        "difflib",
    }
    assert not heavy & set(loaded)


PROGRAM = [sys.executable, "-c", "from publisher.cli import main; main()"]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as a shell starts it, its streams open or closed as the line says."""
    command = line.replace("publish", shlex.join(PROGRAM))
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "2>/dev/full", "2>&1 >/dev/null | true"])
def test_a_stream_that_nobody_reads_stops_no_work(closed: str, here: Path) -> None:
    call("init")
    done = shell(f"set -o pipefail; publish build {closed}", here)
    assert done.returncode == 0
    assert (here / "_site/index.html").exists()
    assert "Traceback" not in done.stdout + done.stderr


def test_a_result_that_cannot_be_written_is_said(here: Path) -> None:
    call("init")
    done = shell("publish build --json >/dev/full", here)
    assert done.returncode == 1
    assert "standard output: the result cannot be written" in done.stderr
    assert "fault of this program" not in done.stderr


@pytest.mark.parametrize("words", [("biuld", "--json"), ("build", "--frsh", "--json"), ("new", "--json")])
def test_a_mistake_before_the_option_is_json_too(words: tuple[str, ...], capsys: Captured) -> None:
    assert call(*words) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "ConfigError"


@pytest.mark.parametrize("words", [("config",), ("init", "x", "y")])
def test_signals_mean_after_a_run_what_they_meant_before(here: Path, words: tuple[str, ...]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    call(*words)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_one_object(here: Path, number: signal.Signals) -> None:
    call("init")
    (here / "content/posts").rename(here / "content/p")
    stop = f"import os, publisher.build as b; b.build = lambda *a, **k: os.kill(os.getpid(), {int(number)}); "
    done = subprocess.run(
        [sys.executable, "-c", stop + "from publisher.cli import main; main()", "build", "--json"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert json.loads(done.stdout)["error"]["kind"] == "Interrupted"


@pytest.mark.parametrize("title", ["长" * 150, "x" * 300, "two\nlines\tand a tab"])
def test_a_title_of_any_length_makes_an_article(title: str, here: Path) -> None:
    call("init")
    assert call("new", title) == 0
    assert call("check") == 0


@pytest.mark.parametrize("title", ["🎉🎉", " ", "\x1b[31m red", "bad\udcff"])
def test_a_title_that_makes_no_article_leaves_no_file(title: str, here: Path, capsys: Captured) -> None:
    call("init")
    before = sorted(here.rglob("*"))
    assert call("new", title) == 2
    assert sorted(here.rglob("*")) == before


def test_a_site_is_made_in_a_folder_of_any_name(here: Path, capsys: Captured) -> None:
    name = 'a "b" \\ c\n$d 站'
    assert call("init", name) == 0
    assert f"cd {shlex.quote(name)}".splitlines()[0] in capsys.readouterr().err
    assert call("-C", name, "check") == 0


@pytest.mark.parametrize("output", [".", "content", "content/sub", "..", "templates", ".publish/out"])
def test_pages_are_never_written_among_the_sources(output: str, here: Path, capsys: Captured) -> None:
    call("init", "site")
    before = sorted((here / "site").rglob("*"))
    assert call("-C", "site", "build", "-o", str(here / "site" / output)) == 2
    assert "overlaps with" in capsys.readouterr().err
    assert sorted((here / "site").rglob("*")) == before


@pytest.mark.parametrize(
    "car", ["publish.toml", "content/posts/hello.md", "content/new.car", ".", "content", "no/x.car"]
)
def test_a_car_file_replaces_nothing_but_a_car_file(car: str, here: Path) -> None:
    call("init")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert call("build", "--car", car) == 2
    assert all(path.read_bytes() == data for path, data in before.items())
    for _ in range(2):
        assert call("build", "--car", "site.car") == 0


@pytest.mark.parametrize("command", ["add", "deploy"])
def test_an_empty_path_is_not_this_folder(command: str, here: Path, capsys: Captured) -> None:
    call("init")
    assert call(command, "") == 2
    assert "is empty" in capsys.readouterr().err
    assert not (here / ".publish").exists()


def test_what_is_not_there_leaves_nothing_behind(here: Path, capsys: Captured) -> None:
    assert call("add", "nowhere") == 2
    assert list(here.iterdir()) == []


def test_a_tag_that_only_a_page_has_is_a_tag(here: Path) -> None:
    call("init")
    (here / "content/about.md").write_text("---\ntitle: About us\ntags: [only here]\n---\n")
    assert call("build") == 0
    assert "About us" in (here / "_site/tags/only-here/index.html").read_text(encoding="utf-8")


def test_a_site_whose_content_is_gone_says_what_to_do(here: Path, capsys: Captured) -> None:
    (here / "publish.toml").write_text('[site]\ntitle = "一"\n')
    assert call("check") == 3
    said = capsys.readouterr().err
    assert "content: there is no such folder; make the folder, or name another one under [build]" in said


def test_a_new_site_says_where_to_go_only_where_one_is_elsewhere(here: Path, capsys: Captured) -> None:
    for words, said in (("init", "."), "next: publish preview"), (("init", "一 二"), "next: cd '一 二' && publish"):
        assert call(*words) == 0
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "url"), [("ALPHA.ETH", "https://alpha.eth.limo/"), ("🦄.eth", "https://xn--3s9h.eth.limo/")]
)
def test_feed_sitemap_and_pages_say_the_same_address_whatever_the_name(name: str, url: str, here: Path) -> None:
    call("init")
    table = f'[site]\ntitle = "T"\n[names.m]\nkind = "ens"\nname = "{name}"\nrpc = ["http://127.0.0.1:9"]\n'
    (here / "publish.toml").write_text(table, encoding="utf-8")
    assert call("build") == 0
    files = {path: (here / "_site" / path).read_text() for path in ("feed.xml", "sitemap.xml", "robots.txt")}
    page = (here / "_site/posts/hello/index.html").read_text()
    assert f'<link rel="canonical" href="{url}posts/hello/">' in page
    assert f'<meta property="og:url" content="{url}posts/hello/">' in page
    assert f"<loc>{url}posts/hello/</loc>" in files["sitemap.xml"]
    assert f'rel="self" type="application/atom+xml" href="{url}feed.xml"' in files["feed.xml"]
    assert f'href="{url}posts/hello/"' in files["feed.xml"]
    assert f"Sitemap: {url}sitemap.xml" in files["robots.txt"]
