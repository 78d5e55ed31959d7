"""`publish demo --once` as a newcomer runs it: here, in an empty folder, for people and for programs."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from publisher.cli import main
from publisher.errors import ContentError

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = """
import atexit, sys
from publisher.cli import main
depth = sys.getrecursionlimit()
atexit.register(lambda: sys.getrecursionlimit() == depth or print("DEEPER", file=sys.stderr))
main()
"""
URL = re.compile(r"http://demo\.eth\.localhost:\d+/")


@dataclass(frozen=True)
class Ran:
    """What a run of the demonstration said, and what it left."""

    out: str
    err: str
    left: frozenset[Path]
    """Files and folders that were not there before, but caches of other tools."""


def demo(folder: Path, *words: str, temporary: Path) -> Ran:
    """Run it as a process of its own, with a folder for temporary files that is looked at afterwards."""
    before = frozenset(folder.iterdir())
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISH_", "GITHUB_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "demo", "--once", *words],
        cwd=folder,
        env={**env, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = {path for path in folder.iterdir() if path.name == ".publish" or not path.name.startswith(".")}
    return Ran(done.stdout, done.stderr, frozenset((after | set(temporary.iterdir())) - before))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return demo(tmp_path_factory.mktemp("empty"), "--json", temporary=tmp_path_factory.mktemp("temporary"))


@pytest.fixture(scope="module")
def told(empty: Ran) -> dict[str, Any]:
    assert empty.out.count("\n") == 1
    found: dict[str, Any] = json.loads(empty.out)
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return demo(CHECKOUT, temporary=tmp_path_factory.mktemp("temporary"))


def test_two_transactions_move_the_name_to_two_roots(told: dict[str, Any]) -> None:
    first, second = told["publishes"]
    moves = [first["names"][0], second["names"][0]]
    assert [(move["name"], move["outcome"]) for move in moves] == [("demo.eth", "moved")] * 2
    assert first["root"] != second["root"]
    assert moves[0]["transaction"] != moves[1]["transaction"]
    assert [move["after"] for move in moves] == [f"ipfs://{first['root']}", f"ipfs://{second['root']}"]
    assert moves[1]["before"] == moves[0]["after"]
    assert moves[0]["block"] < moves[1]["block"]
    assert all({"by": "chain", "ok": True} in done["verified"] for done in (first, second))


def test_only_what_the_edit_touched_is_another_file(told: dict[str, Any]) -> None:
    changed = told["publishes"][1]["changed"]
    assert (changed["added"], changed["removed"]) == (0, 0)
    assert 1 <= changed["changed"] <= 2  # the article, and the feed that holds it


def test_every_address_was_opened_under_the_name_and_below_ipfs(told: dict[str, Any]) -> None:
    assert URL.fullmatch(told["url"])
    assert told["visited"]["name"] == told["visited"]["path"] > told["publishes"][1]["pages"] / 2


def test_with_json_standard_output_is_one_object_and_the_story_is_on_standard_error(empty: Ran) -> None:
    assert "edited content/posts/hello.md" in empty.err
    assert "\x1b" not in empty.err


def test_the_first_line_is_the_address(here: Ran) -> None:
    assert URL.fullmatch(here.out.splitlines()[0])
    assert here.out.count("\n") == 1


def test_in_a_site_its_own_articles_are_published(here: Ran) -> None:
    pages = int(re.findall(r"^(\d+) pages", here.err, re.MULTILINE)[0])
    assert pages > len(list((CHECKOUT / "content").rglob("*.md")))
    edited = re.findall(r"^edited (content/posts/.*\.md), so publish again$", here.err, re.MULTILINE)
    assert [(CHECKOUT / path).is_file() for path in edited] == [True]
    assert "added by the demonstration" not in (CHECKOUT / edited[0]).read_text(encoding="utf-8")


def test_no_library_changes_how_deep_python_goes(empty: Ran) -> None:
    """Else a node that answers with brackets without end would overflow the stack, which no error can tell."""
    assert "DEEPER" not in empty.err


def test_nothing_is_left_behind(empty: Ran, here: Ran) -> None:
    assert (empty.left, here.left) == (frozenset(), frozenset())


@pytest.mark.parametrize("kind", ["link", "pipe", "loop"])
@pytest.mark.parametrize("folder", ["content", "templates"])
def test_a_copy_holds_nothing_from_elsewhere(
    tmp_path: Path, kind: str, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.html").write_text("secret")
    site = tmp_path / "site"
    (site / "content").mkdir(parents=True)
    (site / "templates").mkdir()
    (site / "content/a.md").write_text("---\ntitle: A\n---\n")
    (site / "publish.toml").write_text('[site]\ntitle = "A"\n')
    place = site / folder / "page.html"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("." if kind == "loop" else tmp_path / "secret.html")
    monkeypatch.chdir(site)
    with pytest.raises(SystemExit) as left:
        main(["demo", "--once"])
    assert left.value.code == ContentError.exit_code
    assert f"{folder}/page.html: " in capsys.readouterr().err


def test_no_page_of_another_origin_reads_the_demonstration(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "demo"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        try:
            assert run.stdout is not None
            host = urlsplit(run.stdout.readline().strip()).netloc
            for path, named in (("/", host), ("/ipns/demo.eth/", f"127.0.0.1:{host.rpartition(':')[2]}")):
                for headers, status in (({}, 200), ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403)):
                    line = HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=30)
                    line.request("GET", path, headers={"Host": named, **headers})
                    answer = line.getresponse()
                    assert answer.status == status
                    assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-control")]
                    line.close()
        finally:
            run.terminate()
