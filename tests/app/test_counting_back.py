"""-1 as a root: the same one for every command that takes roots, and an option for none."""

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.app.context import Session
from publisher.app.counting_back import publishes
from publisher.cli.group import COMMANDS, publish
from publisher.dag.cid import Cid, Codec, sha256
from publisher.journal.events import Event, Mined, Named, Signed, Wanted
from tests.cli.test_cli import Captured, call

TAKE = ("rollback", "deploy", "verify", "diff", "explain", "gateway")


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A site that was published three times, without a name, and its roots, oldest first."""
    folder = tmp_path_factory.mktemp("site")
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number in range(3):
            (folder / "content").mkdir(exist_ok=True)
            (folder / f"content/{number}.md").write_text(f"---\ntitle: {number}\n---\nText.\n")
            (folder / "publish.toml").write_text("[site]\ntitle = 'x'\n[stores.here]\nkind = 'embedded'\n")
            assert call("--yes") == 0
            found.append(json.loads((folder / ".publish/journal.jsonl").read_text().splitlines()[-1])["root"])
    return folder, found


def told(capsys: Captured, *words: str, code: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert call("--json", *words) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("rollback", "-1", "--dry-run"), "root"),
        (("deploy", "-1", "--dry-run"), "root"),
        (("verify", "--full", "-1"), "root"),
        (("explain", "-1"), "root"),
        (("diff", "-1"), "from"),
        (("diff", "-2", "-1"), "to"),
        (("diff", "--", "@-1"), "from"),
    ],
)
def test_the_one_before_is_the_same_root_for_every_command(
    roots: tuple[Path, list[str]], words: tuple[str, ...], key: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(roots[0])
    assert told(capsys, *words)[key] == roots[1][-2]


def test_a_path_in_the_one_before_is_explained(
    roots: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(roots[0])
    assert told(capsys, "explain", "-2/index.html")["tree"]["name"] == "index.html"  # type: ignore[index]


def test_further_back_than_is_known_says_how_many_are(
    roots: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(roots[0])
    error = told(capsys, "diff", "-7", code=2)["error"]
    assert (error["who"], "only 2 roots are known" in error["message"]) == ("-7", True)  # type: ignore[index]


@pytest.mark.parametrize("name", TAKE)
def test_it_is_no_option_of_a_command_that_takes_roots(name: str) -> None:
    command = publish.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    context = command.make_context(name, ["-q", "-12", "--json"], obj=Session())
    assert "@-12" in context.params.values()


def test_every_command_that_takes_a_root_says_so() -> None:
    def takes(name: str) -> bool:
        command = publish.get_command(None, name)  # type: ignore[arg-type]
        return any("ROOT" in param.make_metavar(None) or param.name == "a" for param in command.params)  # type: ignore

    assert {name for name in COMMANDS if takes(name)} | {"explain"} == set(TAKE)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("explain", "--depth", "-1", "x"), "-1 is not in the range"),
        (("verify", "--ful"), "--full"),
        (("rollback", "--dry"), "--dry-run"),
        (("build", "-1"), "-1"),
    ],
)
def test_what_is_an_option_stays_one(words: tuple[str, ...], what: str, capsys: Captured) -> None:
    assert what in told(capsys, *words, code=2)["error"]["message"]  # type: ignore[index]


A, B, C = (Cid.make(Codec.RAW, sha256(data)) for data in (b"a", b"b", b"c"))


def moved(sequence: int, before: Cid, after: Cid, *, back: bool = False) -> list[Event]:
    return [
        Wanted(sequence, str(after), "a.eth", back),
        Named("a.eth", f"ipfs://{before}", f"ipfs://{after}", "moved"),
    ]


def cut_after_its_receipt(sequence: int, before: Cid, after: Cid, *, back: bool = False) -> list[Event]:
    change = (f"ipfs://{before}", f"ipfs://{after}")
    return [
        Wanted(sequence, str(after), "a.eth", back),
        Signed(1, "0x1", 7, sequence, "a.eth", *change, 1, 1, f"0x{sequence}", ""),
        Mined(f"0x{sequence}", 1, "0x2", 1, 1, True),
    ]


@pytest.mark.parametrize("last", [moved, cut_after_its_receipt])
@pytest.mark.parametrize("second", [moved, cut_after_its_receipt])
def test_a_root_that_a_rollback_showed_again_stays_where_its_publish_was(second: Any, last: Any) -> None:
    events = [*moved(1, A, B), *second(2, B, A, back=True), *last(3, A, C)]
    assert publishes(events, named=True) == (C, B, A)


@pytest.mark.parametrize("again", [moved, cut_after_its_receipt])
def test_a_root_that_was_published_again_is_the_newest(again: Any) -> None:
    assert publishes([*moved(1, A, B), *again(2, B, A)], named=True) == (A, B)
