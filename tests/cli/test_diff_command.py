"""`publish diff` on a small site: what it prints, what it leaves alone, and its exit codes."""

import json
from pathlib import Path

import pytest

from publisher.dag.cid import Cid, Codec, sha256
from publisher.diff.sidebyside import START
from tests.cli.test_cli import Captured, call


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    monkeypatch.chdir(tmp_path)
    call("init", "-q")
    (tmp_path / "content/posts/zh.md").write_text(
        "---\ntitle: 文章\ndate: 2026-01-01\n---\n\n今天天气很好。\n", encoding="utf-8"
    )
    capsys.readouterr()
    return tmp_path


def built(capsys: Captured) -> str:
    assert call("build", "-q") == 0
    return capsys.readouterr().out.strip()


def edit(site: Path, old: str, new: str) -> None:
    path = site / "content/posts/zh.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_what_would_publishing_change(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    edit(site, "很好", "不好")
    before = sorted(path for path in site.rglob("*") if ".publish" not in path.parts)
    assert call("diff", first) == 0
    out = capsys.readouterr().out
    assert "今天天气[-很-]{+不+}好。" in out
    assert "\x1b" not in out
    assert sorted(path for path in site.rglob("*") if ".publish" not in path.parts) == before


def test_before_anything_was_published_everything_is_new(site: Path, capsys: Captured) -> None:
    assert call("diff", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["from"] is None
    assert "index.html" in [row["path"] for row in found["added"]]
    assert found["changed"] == found["removed"] == []


def test_a_site_with_a_dead_link_can_be_compared_and_not_built(site: Path, capsys: Captured) -> None:
    (site / "content/dead.md").write_text("---\ntitle: T\n---\n[x](nothing.md)\n")
    assert call("diff", "--json") == 0
    assert "dead/index.html" in [row["path"] for row in json.loads(capsys.readouterr().out)["added"]]
    assert call("build") == 3


def test_roots_folders_and_car_files_can_be_compared(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    (site / "_site").rename(site / "old")
    assert call("build", "--car", "site.car", "-q") == 0
    capsys.readouterr()
    for a, b in ((first, "old"), ("old", "site.car"), (first, "_site")):
        assert call("diff", a, b, "--exit-code") == 0, (a, b)
        assert capsys.readouterr().out == "nothing differs\n"


def test_the_exit_code_tells_when_it_is_asked_to(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    edit(site, "很好", "不好")
    assert call("diff", first, "--stat") == 0
    assert call("diff", first, "--stat", "--exit-code") == 1
    assert call("diff", first, first, "--exit-code") == 0


def test_only_the_list(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    edit(site, "很好", "不好")
    capsys.readouterr()
    call("diff", first, "--stat", "-q")
    out = capsys.readouterr().out
    assert "M posts/zh/" in out
    assert "[-" not in out


@pytest.mark.parametrize("text", ["", "nowhere", "site.car", "@5"])
def test_what_names_no_root_is_said(site: Path, capsys: Captured, text: str) -> None:
    assert call("diff", text, text) == 2
    assert "hint" in capsys.readouterr().err


def test_a_root_that_is_nowhere_is_said(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    (site / "publish.toml").write_text("[site]\ntitle='x'\n[stores.here]\nkind='embedded'\n")
    gone = str(Cid.make(Codec.DAG_PB, sha256(b"gone")))
    assert call("diff", gone, first) == 4
    assert "no source has the root" in capsys.readouterr().err
    (site / "publish.toml").unlink()
    assert call("diff", gone, first) == 4


def test_the_document_replaces_nothing_but_its_like(site: Path, capsys: Captured) -> None:
    first = built(capsys)
    edit(site, "很好", "不好")
    (site / "mine.html").write_text("<p>mine")
    assert call("diff", first, "--html", "mine.html") == 2
    assert (site / "mine.html").read_text() == "<p>mine"
    for _ in range(2):
        assert call("diff", first, "--html", "out.html", "--json") == 0
    assert (site / "out.html").read_text(encoding="utf-8").startswith(START)
    assert call("diff", first, "--html", str(site)) == 2
    assert call("diff", first, "--html", "no/such.html") == 2
