"""The programs in bench/ that measure something else than time. Their results are in the manual."""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"

SAME = "# A\n\nSome words.\n\n- a\n- b\n\n| a |\n|---|\n| b |\n\n```py\nx\n```\n"
LIST_AFTER_WORDS = "Words\n- a\n- b\n"
NESTED_BY_TWO = "Words.\n\n- a\n  - b\n"
FENCE_AFTER_WORDS = "Words\n```\nx\n```\n"
ATTRIBUTES = "## A\n{: #b }\n\nWords.\n{: .note }\n"
BOX = "# A\n\n!!! note\n    words\n"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The programs import each other by their names."""
    monkeypatch.syspath_prepend(str(BENCH))
    return monkeypatch


def program(name: str) -> dict[str, Any]:
    return runpy.run_path(str(BENCH / name))


def table(bench: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The lines that structure.py prints for the arguments `words`."""
    bench.setattr(sys, "argv", ["structure.py", *words])
    program("structure.py")["main"]()
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if line and "| ---" not in line and "| articles |" not in line]


@pytest.fixture
def collections(tmp_path: Path) -> str:
    texts = {
        "github/same.md": SAME,
        "github/list.md": LIST_AFTER_WORDS,
        "github/nested.md": NESTED_BY_TWO,
        "github/box.md": f"---\ntitle: x\n---\n{BOX}",
        "github/attributes.md": ATTRIBUTES,
        "github/no-article.txt": BOX,
        "mkdocs/same.md": SAME,
        "mkdocs/list.md": LIST_AFTER_WORDS,
        "mkdocs/nested.md": NESTED_BY_TWO,
        "mkdocs/box.md": BOX,
        "mkdocs/fence.md": FENCE_AFTER_WORDS,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def test_the_blocks_of_the_default_flavour_are_compared_with_both_references(
    bench: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], collections: str
) -> None:
    assert table(bench, capsys, collections, "--python", "mkdocs", "--all") == [
        "| github | 5 | 1 | 20.0 % |",
        "  github/box.md:1: another cause: [blockquote(p)] for [p]",
        "| mkdocs | 5 | 2 | 40.0 % |",
        "  mkdocs/list.md:1: a list right after a paragraph: [ul(li(p) li(p))] for []",
        "  mkdocs/nested.md:1: a nested list indented by 2: [ul(li(p ul(li(p))))] for [ul(li(p) li(p))]",
        "| all | 10 | 3 | 30.0 % |",
        "| another cause | 1 | 1 |",
        "| a list right after a paragraph | 1 | 1 |",
        "| a nested list indented by 2 | 1 | 1 |",
    ]


def test_the_blocks_of_commonmark_are_those_of_its_reference(
    bench: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], collections: str
) -> None:
    only = ("--only", "github", "--flavour", "commonmark")
    assert table(bench, capsys, collections, *only, "--all") == [
        "| github | 5 | 1 | 20.0 % |",
        "  github/box.md:1: another cause: [blockquote(p)] for [p]",
        "| all | 5 | 1 | 20.0 % |",
        "| another cause | 1 | 1 |",
    ]
    python = ("--only", "mkdocs", "--flavour", "commonmark", "--all")
    assert table(bench, capsys, collections, *python, "--python", "mkdocs") == [
        "| mkdocs | 5 | 2 | 40.0 % |",
        "  mkdocs/list.md:1: a list right after a paragraph: [ul(li(p) li(p))] for []",
        "  mkdocs/nested.md:1: a nested list indented by 2: [ul(li(p ul(li(p))))] for [ul(li(p) li(p))]",
        "| all | 5 | 2 | 40.0 % |",
        "| a list right after a paragraph | 1 | 1 |",
        "| a nested list indented by 2 | 1 | 1 |",
    ]


def test_the_memory_of_a_process_that_cannot_be_read_is_an_error(bench: pytest.MonkeyPatch, tmp_path: Path) -> None:
    memory = program("measure.py")["memory"]
    assert memory(1, tmp_path) == 0
    (tmp_path / "1" / "smaps_rollup").mkdir(parents=True)
    with pytest.raises(OSError, match="smaps_rollup"):
        memory(1, tmp_path)
    if sys.platform == "linux":
        assert memory(os.getpid()) > 1_000_000


def test_the_program_that_measures_growth_has_a_help(
    bench: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.setattr(sys, "argv", ["growth.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(BENCH / "growth.py"), run_name="__main__")
    assert ended.value.code == 0
    assert "ten times as much of one kind of text" in capsys.readouterr().out
