from datetime import UTC, datetime

import pytest

from publisher.errors import Problem
from publisher.site.content.key_problems import SHOWN, key_problems, undated_posts
from publisher.site.content.records import ArticleRecord, pack, unpack
from publisher.site.model import Article, UnknownKey

DAY = datetime(2025, 1, 1, tzinfo=UTC)


def record(path: str, *keys: str, date: datetime | None = DAY) -> ArticleRecord:
    unknown = tuple(UnknownKey(name, number, 1) for number, name in enumerate(keys, 2))
    kind = "post" if path.startswith("posts/") else "page"
    article = Article(path, path, kind, "T", "en", date, unknown_keys=unknown)  # type: ignore[arg-type]
    return unpack(path, pack(bytes(32), article))


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str, str, int]]:
    return [(problem.kind, problem.level, problem.path, problem.line) for problem in problems]


def test_unknown_keys_are_one_note_with_the_files_of_each() -> None:
    found = key_problems([record("c.md", "layout", "icon"), record("a.md"), record("b.md", "layout")])
    assert told(found) == [("unknown-key", "note", "b.md", 2)]
    assert found[0].what == "unknown keys are kept below `extra`: layout (2 files), icon (1 file)"


def test_the_note_names_so_many_keys_and_counts_the_others() -> None:
    keys = [f"own{number:02}" for number in range(SHOWN + 1)]
    assert "more" not in key_problems([record("a.md", *keys[:-1])])[0].what
    assert key_problems([record("a.md", *keys)])[0].what.endswith("own19 (1 file), and 1 more")


@pytest.mark.parametrize(
    ("key", "right"),
    [("titel", "title"), ("Tags", "tags"), ("tag", "tags"), ("dates", "date"), ("data", "date"), ("ttle", "title")],
)
def test_a_key_one_letter_away_is_a_warning_with_its_place(key: str, right: str) -> None:
    found = key_problems([record("b.md", "layout", key), record("a.md", "layout")])
    assert told(found) == [("misspelt-key", "warning", "b.md", 3), ("unknown-key", "note", "a.md", 2)]
    assert found[0].what == f"unknown key {key!r}"
    assert f"{right!r}" in found[0].hint
    assert key not in found[1].what


@pytest.mark.parametrize("key", ["type", "layout", "titled_", "a", "x" * 1000])
def test_a_key_two_letters_away_is_the_authors_own(key: str) -> None:
    assert told(key_problems([record("a.md", key)])) == [("unknown-key", "note", "a.md", 2)]


@pytest.mark.parametrize(("files", "kind"), [(200, "unknown-key"), (201, "misspelt-key")])
def test_a_key_that_one_file_in_a_hundred_has_is_meant(files: int, kind: str) -> None:
    records = [record(f"{number}.md", *(["tag"] if number < 2 else [])) for number in range(files)]
    assert {problem.kind for problem in key_problems(records)} == {kind}


def test_nothing_unknown_is_no_problem() -> None:
    assert key_problems([record("a.md")]) == ()
    assert key_problems([]) == ()


def test_posts_without_a_date_are_one_note() -> None:
    records = [record("posts/b.md", date=None), record("posts/a.md", date=None), record("c.md", date=None)]
    found = undated_posts(records)
    assert told(found) == [("undated-post", "note", "posts/a.md", 0)]
    assert found[0].what == "2 posts have no date and are listed after all others"
    assert undated_posts(records[:1])[0].what == "a post has no date and is listed after all others"
    assert undated_posts([record("posts/a.md"), record("b.md", date=None)]) == ()


def test_the_order_of_the_articles_makes_no_difference() -> None:
    records = [record(f"posts/{number}.md", "titel", "layout", f"k{number}", date=None) for number in range(5)]
    assert key_problems(records) == key_problems(records[::-1])
    assert undated_posts(records) == undated_posts(records[::-1])
