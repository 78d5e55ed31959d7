from datetime import UTC, datetime
from typing import Any

import pytest

from publisher.site.content.frontmatter.interpret import Front
from publisher.site.content.frontmatter.keys import OTHER_NAMES
from publisher.site.content.frontmatter.read import read

DAY = datetime(2025, 1, 31, tzinfo=UTC)


def front(*lines: str, fence: str = "---") -> Front:
    return read("a.md", "\n".join([fence, *lines, fence, ""]), UTC)[0]


def values(*lines: str) -> dict[str, Any]:
    found = front(*lines)
    assert found.problems == []
    return found.values


def headers(*lines: str) -> dict[str, Any]:
    found = read("a.md", "\n".join(["Title: T", *lines, "", ""]), UTC)[0]
    assert found.problems == []
    return {key: value for key, value in found.values.items() if key != "title"}


WRITTEN: dict[str, tuple[str, Any]] = {
    "date": ("2025-01-31", DAY),
    "updated": ("2025-01-31", DAY),
    "publish_date": ("2025-01-31", DAY),
    "expires": ("2025-01-31", DAY),
    "tags": ("[a, b]", ("a", "b")),
    "summary": ("In short.", "In short."),
    "permalink": ("/a/b/", "/a/b/"),
    "image": ("a.png", "a.png"),
    "link_title": ("Short", "Short"),
    "weight": ("2", 2.0),
    "language": ("en_US", "en-US"),
}


@pytest.mark.parametrize(("meaning", "name"), [(one, name) for one in OTHER_NAMES for name in (one, *OTHER_NAMES[one])])
def test_the_names_of_other_tools_mean_the_same(meaning: str, name: str) -> None:
    written, meant = WRITTEN[meaning]
    found = front(f"{name}: {written}")
    assert (found.problems, found.unknown) == ([], [])
    assert found.values == {meaning: meant}


def test_of_two_names_the_first_counts_and_the_other_is_kept() -> None:
    found = front("description: d", "summary: s", "created: x", "date: 2025-01-31", "keywords: [k]", "tags: [t]")
    assert found.values == {
        "summary": "s",
        "date": DAY,
        "tags": ("t",),
        "extra": {"description": "d", "created": "x", "keywords": ["k"]},
    }
    assert found.unknown == []


@pytest.mark.parametrize("empty", ["", "''", "~", "[]", "{}", "' '"])
@pytest.mark.parametrize(
    "name", ["title", "date", "tags", "summary", "slug", "draft", "author", "extra", "weight", "image"]
)
def test_an_empty_value_is_as_if_it_were_not_there(name: str, empty: str) -> None:
    assert values(f"{name}: {empty}") == {}


def test_an_empty_value_leaves_room_for_another_name() -> None:
    assert values("summary:", "description: d") == {"summary": "d"}


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        (["tags: a, b，c"], ("a", "b", "c")),
        (["tags: Load Balancer"], ("Load Balancer",)),
        (["tags: 2024"], ("2024",)),
        (["tags: ['a, b', '', a]"], ("a, b", "a")),
        (["tags: [t]", "categories: [[Tools, CI], Blog]", "category: t"], ("t", "Tools", "CI", "Blog")),
        (["categories: Blog"], ("Blog",)),
        (["keywords: k", "category: c"], ("k", "c")),
    ],
)
def test_tags_are_lists_or_texts_and_categories_come_after_them(lines: list[str], tags: tuple[str, ...]) -> None:
    assert values(*lines) == {"tags": tags}


@pytest.mark.parametrize(
    ("lines", "draft"),
    [
        (["draft: true"], True),
        (["draft: false"], False),
        (["published: false"], True),
        (["published: false", "draft: false"], True),
        (["published: true"], None),
        (["status: draft"], True),
        (["status: Hidden"], True),
        (["status: published"], None),
        (["draft: true", "status: published"], True),
    ],
)
def test_a_draft_is_said_in_many_ways(lines: list[str], draft: bool | None) -> None:
    assert values(*lines) == ({} if draft is None else {"draft": draft})


def test_a_status_of_another_kind_is_the_authors_own() -> None:
    assert values("status: deprecated") == {"extra": {"status": "deprecated"}}


def test_published_may_be_a_date() -> None:
    assert values("published: 2025-01-31") == {"date": DAY}
    assert values("published: 2024-01-31", "date: 2025-01-31") == {"date": DAY, "extra": {"published": "2024-01-31"}}


def test_dates_may_be_a_mapping() -> None:
    found = values("date: {created: 2025-01-31, updated: 2025-02-01}")
    assert found == {"date": DAY, "updated": datetime(2025, 2, 1, tzinfo=UTC)}
    (problem,) = front("date: {posted: 2025-01-31}").problems
    assert problem.what == "'date' is not a date"


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["author: Ada"], ("Ada",)),
        (["author: {name: Ada, url: x}"], ("Ada",)),
        (["authors: [{name: Ada}, Bo, Ada]"], ("Ada", "Bo")),
        (["authors: 'Lin, Ada'"], ("Lin, Ada",)),
    ],
)
def test_authors_are_names_or_mappings_with_one(lines: list[str], authors: tuple[str, ...]) -> None:
    assert values(*lines) == {"authors": authors}


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("{image: a.png, alt: x}", "a.png"),
        ("{src: a.png}", "a.png"),
        ("{url: https://example.org/a.png}", "https://example.org/a.png"),
        ("{path: /a.png}", "/a.png"),
    ],
)
def test_an_image_may_be_a_mapping(written: str, image: str) -> None:
    assert values(f"cover: {written}") == {"image": image}


@pytest.mark.parametrize(
    "line",
    ["image: false", "cover: {hidden: true}", "url: https://example.org/", "path: a b", "weight: heavy", "order: [1]"],
)
def test_a_value_of_another_kind_is_the_authors_own(line: str) -> None:
    found = front(line)
    assert (found.problems, found.unknown, list(found.values)) == ([], [], ["extra"])


@pytest.mark.parametrize("path", ["/", "/about/", "2025/06/26/Rust-1.88.0", "/:year/:title.html", "关于/"])
def test_an_address_looks_like_a_path(path: str) -> None:
    assert values(f"permalink: {path}") == {"permalink": path}


def test_old_addresses_are_texts_or_lists() -> None:
    assert values("aliases: [a, '', /b/]", "redirect_from: /c, d") == {"aliases": ("a", "/b/", "/c, d")}


def test_a_slug_may_have_folders() -> None:
    assert values("slug: /a/b.c/") == {"slug": "a/b.c"}


@pytest.mark.parametrize(("written", "tag"), [("en_US", "en-US"), ("zh-Hans", "zh-Hans"), ("pt_BR", "pt-BR")])
def test_a_locale_is_a_language(written: str, tag: str) -> None:
    assert values(f"locale: {written}") == {"language": tag}


def test_header_lines_have_texts_for_everything() -> None:
    found = headers(
        "Draft: True", "weight: 2", "Authors: Ada; Lin, Bo", "Tags: a, b", "Modified: 2025-01-31", "Lang: de"
    )
    assert found == {
        "draft": True,
        "weight": 2.0,
        "authors": ("Ada", "Lin, Bo"),
        "tags": ("a", "b"),
        "updated": DAY,
        "language": "de",
    }
    assert headers("Authors: Ada, Bo") == {"authors": ("Ada", "Bo")}
    assert headers("Published: false") == {"draft": True}
    assert headers("lastMod: 2025-01-31") == {"updated": DAY}


def test_yaml_wants_true_and_false_without_quotes() -> None:
    assert [problem.what for problem in front("draft: 'true'").problems] == ["'draft' is neither true nor false"]
    assert front("draft = true", fence="+++").values == {"draft": True}


def test_the_values_of_extra_win() -> None:
    found = front("weather: sun", "extra: {weather: rain}")
    assert found.values == {"extra": {"weather": "rain"}}
    assert [key.name for key in found.unknown] == ["weather"]
