"""What a pipeline shows of a step: annotations, outputs, summary and changes, with texts of strangers in each place."""

import re
from typing import Any

import pytest

from publisher.ci.annotations import annotation
from publisher.ci.changes import changes
from publisher.ci.outputs import NAMES, outputs_of, outputs_text
from publisher.ci.summary import summary, table
from publisher.dag.cid import Cid
from publisher.diff import Difference, File
from publisher.diff.page_text import PageLink
from publisher.diff.words import Passage, TextPiece
from publisher.errors import Problem
from tests.ci.test_escaping import EVIL, html_of

ROOT = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
ALLOWED = {
    "h3",
    "h4",
    "p",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "a",
    "strong",
    "del",
    "ins",
}


def tags(text: str) -> set[str]:
    return set(re.findall(r"</?([a-zA-Z0-9]+)", html_of(text)))


def data(evil: str) -> dict[str, Any]:
    """The JSON object of a step, with one text in every place that somebody else can write."""
    problem = {"path": evil, "line": 3, "col": 1, "what": evil, "hint": evil, "kind": "", "level": "error"}
    return {
        "root": str(ROOT),
        "now": "2026-11-30",
        "urls": ["ipfs://x", "https://a.example/", evil, f"https://a.example/{evil}"],
        "names": [{"name": evil, "outcome": "moved", "transaction": "0x12", "fee_wei": 10**15, "why": evil}],
        "stores": [{"name": evil, "status": evil}],
        "verified": [{"by": evil, "ok": False, "why": evil}, {"by": "local", "ok": True}],
        "problems": [problem],
        "warnings": [evil],
        "error": {"kind": "StoreError", "who": evil, "message": evil, "hint": evil, "retry": False},
        "left_out": {"steps": evil, "why": evil},
    }


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_in_a_summary_is_markup_or_a_link_that_somebody_else_wrote(evil: str) -> None:
    page = html_of(summary(data(evil), evil, changes(difference(evil), 100_000)))
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", page)) <= ALLOWED
    assert set(re.findall(r'<a href="([^"]*)"', page)) <= {"https://a.example/"}
    assert not re.search(r"@\w|#\d", re.sub(r"<[^>]*>", "", page))
    assert tags(table(data(evil))) <= ALLOWED


def test_a_summary_is_never_larger_than_github_takes() -> None:
    row = {"path": "p" * 300, "line": 1, "col": 1, "what": "<" * 500, "hint": "<" * 500, "kind": "", "level": "error"}
    assert len(summary({"problems": [row] * 10_000}, "a.eth")) < 1_000_000
    assert len(table({"problems": [row] * 10_000})) < 100_000


def difference(evil: str) -> Difference:
    passage = Passage("main", (TextPiece("same", "a "), TextPiece("removed", evil), TextPiece("added", f" {evil} b")))
    link = PageLink("link", evil)
    page = File("posts/a/index.html", "changed", "page", 10, 20, passages=(passage,), gone=(link,), come=(link,))
    return Difference(
        None, ROOT, (page, File(evil, "added", "other", None, 5), File(evil, "moved", "text", 5, 5, evil))
    )


def test_the_changes_are_told_in_words() -> None:
    passage = Passage("title", (TextPiece("same", "Old "), TextPiece("removed", "news"), TextPiece("added", "times")))
    found = Difference(None, ROOT, (File("posts/a/index.html", "changed", "page", 10, 20, passages=(passage,)),))
    lines = changes(found, 1000)
    assert lines[0] == "1 page changed."
    assert lines[2] == "- changed <code>posts&#47;a&#47;</code>"
    assert lines[3] == "  - title: Old <del>news</del><ins>times</ins>"
    assert changes(Difference(ROOT, ROOT, ()), 1000) == ["Nothing differs."]


def test_changes_end_where_there_is_no_room_for_more() -> None:
    files = tuple(File(f"file-{number}.bin", "added", "other", None, 5) for number in range(1000))
    for limit in (100, 1000, 10_000):
        lines = changes(Difference(None, ROOT, files), limit)
        assert sum(len(line) + 1 for line in lines) <= limit
        told = sum(line.startswith("- added") for line in lines)
        assert lines[-1] == f"… and {1000 - told:,} further changes."
    assert "further" not in changes(Difference(None, ROOT, files[:10]), 10_000)[-1]


@pytest.mark.parametrize(
    ("row", "headline"),
    [
        ({"names": [{"name": "a.eth", "outcome": "moved"}]}, "a.eth shows a new root"),
        ({"names": [{"name": "a.eth", "outcome": "unchanged"}]}, "a.eth shows this root already"),
        ({"names": [{"name": "a.eth", "outcome": "superseded"}]}, "a.eth: a newer commit will be published"),
        ({"left_out": {"steps": "x", "why": "y"}}, "a.eth: built and checked, not published"),
        ({"stores": [{"name": "n", "status": "pinned"}]}, "a.eth: stored"),
        ({}, "a.eth: no errors"),
        ({"error": {"kind": "K", "who": "w", "message": "m", "hint": "", "retry": True}}, "a.eth: not finished"),
        ({"error": {"kind": "K", "who": "w", "message": "m", "hint": "", "retry": False}}, "a.eth: failed"),
    ],
)
def test_the_first_line_says_how_it_ended(row: dict[str, Any], headline: str) -> None:
    assert re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), summary(row, "a.eth")).startswith(f"### {headline}\n")


def test_outputs_are_the_results_and_nothing_that_an_author_wrote() -> None:
    found = outputs_of(data("evil") | {"diff": "1 page changed", "car": "site.car"})
    assert tuple(found) == NAMES
    assert found["name-changed"] == "true"
    assert found["transaction"] == "0x12"
    assert outputs_of({}) == dict.fromkeys(NAMES, "") | {"name-changed": "false"}
    assert (
        outputs_of({"names": [{"name": "a", "outcome": "unchanged", "transaction": "0x"}]})["name-changed"] == "false"
    )


def test_a_value_of_an_output_cannot_end_itself() -> None:
    assert outputs_text({"url": "x\nroot=evil\nEOF", "root": ""}, "end-7") == (
        "url<<end-7\nx\nroot=evil\nEOF\nend-7\nroot<<end-7\n\nend-7\n"
    )


def test_an_annotation_stands_at_the_file_below_the_top_of_the_repository() -> None:
    problem = Problem("content/a.md", 3, 0, "100% wrong\nindeed", "mend it")
    assert annotation(problem, "docs/") == "::error file=docs/content/a.md,line=3,col=1::100%25 wrong%0Aindeed; mend it"
    note = Problem("a,line=9:\n::set-env name=X::y.md", 0, 0, "no", level="note")
    assert annotation(note) == "::notice file=a%2Cline=9%3A%0A%3A%3Aset-env name=X%3A%3Ay.md,line=1,col=1::no"
