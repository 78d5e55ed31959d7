import zoneinfo
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ConfigError, ContentError, Problem
from publisher.site.content import parser
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.model import Article, SourceFile, UnknownKey
from publisher.site.settings import SiteSettings

RENDERER = make_renderer()
SITE = SiteSettings()


def article(text: str | bytes, path: str = "posts/first.md", site: SiteSettings = SITE) -> Article:
    data = text.encode() if isinstance(text, str) else text
    return parser.parse(SourceFile(path, data), site, RENDERER).article


def faults(text: str | bytes, path: str = "posts/first.md") -> list[tuple[int, int, str]]:
    with pytest.raises(ContentError) as caught:
        article(text, path)
    assert all(problem.path == path and problem.hint for problem in caught.value.problems)
    return [(problem.line, problem.col, problem.what) for problem in caught.value.problems]


def front(*lines: str) -> str:
    return "\n".join(["---", "title: T", "date: 2025-01-31", *lines, "---", "Text.", ""])


def test_every_key_is_read() -> None:
    found = article(
        "---\ntitle: '写作：第一步'\ndate: 2025-01-31T09:30:00+02:00\nupdated: 2025-02-01\n"
        "tags: [python, 随笔, python]\n"
        "summary: In  short.\nslug: erste\ndraft: true\nauthors: [Ada Lin, 陈博]\nlanguage: zh-Hans\n"
        "extra:\n  cover: a.png\n"
        "  nested: {n: 1, f: 1.5, t: true, none: null, day: 2025-01-01, list: [1, two]}\n---\n# H\n"
    )
    assert found.title == "写作：第一步"
    assert found.date == datetime(2025, 1, 31, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    assert found.updated == datetime(2025, 2, 1, tzinfo=UTC)
    assert found.tags == ("python", "随笔")
    assert (found.summary, found.url) == ("In short.", "posts/erste/")
    assert (found.draft, found.authors, found.language) == (True, ("Ada Lin", "陈博"), "zh-Hans")
    nested = {"n": 1, "f": 1.5, "t": True, "none": None, "day": "2025-01-01", "list": [1, "two"]}
    assert found.extra == {"cover": "a.png", "nested": nested}


def test_what_is_not_said_has_a_default() -> None:
    found = article(front(), site=SiteSettings(language="zh"))
    assert (found.language, found.tags, found.authors, found.draft, found.updated) == ("zh", (), (), False, None)
    assert (found.url, found.kind, found.summary, found.minutes) == ("posts/first/", "post", "Text.", 1)


def test_an_article_names_its_flavour_and_the_site_that_of_the_others() -> None:
    raised = SourceFile("posts/a.md", b"2^n^\n")
    named = SourceFile("posts/a.md", b"---\nmarkdown: commonmark\n---\n2^n^\n")
    other = make_renderer(options=MarkdownOptions(flavour="commonmark"))
    assert "<sup>" in parser.parse(raised, SITE, RENDERER).html
    assert "<sup>" not in parser.parse(named, SITE, RENDERER).html
    assert "<sup>" not in parser.parse(raised, SITE, other).html
    python = SourceFile("posts/a.md", b"---\nmarkdown: python\n---\n2^n^\n")
    assert "<sup>" in parser.parse(python, SITE, other).html


def test_an_unknown_flavour_is_a_fault_with_the_nearest_one() -> None:
    with pytest.raises(ContentError) as caught:
        article(front("markdown: comonmark"))
    assert [(p.line, p.col, p.what, p.hint) for p in caught.value.problems] == [
        (4, 11, "there is no Markdown flavour 'comonmark'", "did you mean commonmark?")
    ]
    assert faults(front("markdown: [python]"))[0][:2] == (4, 11)
    with pytest.raises(ContentError) as caught:
        article(front("markdown: x"))
    assert caught.value.problems[0].hint == "write one of python, commonmark"


@pytest.mark.parametrize("written", ["2024", "no", "1.50", "2025-01-01", "null and void"])
def test_a_text_is_what_was_written_whatever_yaml_takes_it_for(written: str) -> None:
    assert article(f"---\ntitle: {written}\ndate: 2025-01-01\ntags: [{written}]\n---\n").title == written


def test_one_author_may_stand_alone() -> None:
    assert article(front("author: Ada Lin")).authors == ("Ada Lin",)


def test_a_date_without_a_zone_is_in_the_zone_of_the_site() -> None:
    found = article(front(), site=SiteSettings(timezone="Asia/Shanghai"))
    assert found.date == datetime(2025, 1, 31, tzinfo=ZoneInfo("Asia/Shanghai"))
    for wrong in ("Mars/Base", "../tzdata/zoneinfo/UTC", "Europe", "", "zone.tab"):
        with pytest.raises(ConfigError, match="no time zone"):
            article(front(), site=SiteSettings(timezone=wrong))


def test_the_tables_of_the_machine_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    ZoneInfo.clear_cache()
    with resources.files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").open("rb") as other:
        (tmp_path / "Europe" / "Lisbon").write_bytes(other.read())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([tmp_path])
    try:
        assert ZoneInfo("Europe/Lisbon").utcoffset(datetime(2025, 1, 1)) == timedelta(hours=9)
        found = article(front(), site=SiteSettings(timezone="Europe/Lisbon"))
    finally:
        zoneinfo.reset_tzpath(before)
        ZoneInfo.clear_cache()
    assert found.date is not None
    assert found.date.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "written",
    ["2025-01-31", "'2025-01-31'", "2025-01-31 09:30", "2025-1-31T09:30:05.25Z", "2025-01-31t09:30:00 -0330"],
)
def test_dates_in_every_usual_form(written: str) -> None:
    found = article(f"---\ntitle: T\ndate: {written}\n---\n").date
    assert found is not None
    assert (found.year, found.month, found.day) == (2025, 1, 31)
    assert found.tzinfo is not None


@pytest.mark.parametrize(
    ("line", "col", "what"),
    [
        ("date: 2025-13-45", 7, "the date 2025-13-45 does not exist: months go from 1 to 12"),
        ("date: 2025-02-29", 7, "the date 2025-02-29 does not exist: that month has 28 days"),
        ("date: 2024-02-30", 7, "the date 2024-02-30 does not exist: that month has 29 days"),
        ("date: 0000-01-01", 7, "the date 0000-01-01 does not exist: there is no year 0"),
        ("date: 2025-02-28T25:00", 7, "the date 2025-02-28T25:00 does not exist: hours go from 0 to 23"),
        ("date: 2025-02-28T09:60", 7, "the date 2025-02-28T09:60 does not exist: minutes and seconds go from 0 to 59"),
        ("date: tomorrow", 7, "'date' is not a date"),
        ("date: [2025]", 7, "'date' is not a date"),
        ("date: 01/02/2016", 7, "'date' is not a date"),
        ("date: 2016/01-02", 7, "'date' is not a date"),
        ("date: 20250131", 7, "'date' is not a date"),
        (
            "date: 0001-01-01T00:00+14:00",
            7,
            "the date 0001-01-01T00:00+14:00 does not exist: in UTC it lies outside the years",
        ),
        (
            "date: 9999-12-31T23:59-12:00",
            7,
            "the date 9999-12-31T23:59-12:00 does not exist: in UTC it lies outside the years",
        ),
    ],
)
def test_impossible_dates_have_their_place(line: str, col: int, what: str) -> None:
    ((found_line, found_col, found_what),) = faults(f"---\ntitle: T\n{line}\n---\n")
    assert (found_line, found_col) == (3, col)
    assert found_what.startswith(what)


@pytest.mark.parametrize(
    ("line", "col", "what"),
    [
        ("title: [a]", 1, "the key 'title' occurs twice"),
        ("tags: {a: b}", 7, "'tags' is not a list"),
        ("tags: [a, [b]]", 11, "'tags' is not a text"),
        ("draft: 'true'", 8, "'draft' is neither true nor false"),
        ("summary: [a]", 10, "'summary' is not a text"),
        ("slug: a//b", 7, "slug 'a//b' cannot be part of an address"),
        ("slug: ../b", 7, "slug '../b' cannot be part of an address"),
        ("slug: .git", 7, "slug '.git' cannot be part of an address"),
        ("language: 中文", 11, "language '中文' is no language tag"),
        ("extra: x", 8, "'extra' is not a mapping"),
        ("extra: {a: !!python/name:os.system x}", 12, "a value of this kind is not allowed: 'x'"),
        ("extra: {a: 1.0e+999}", 12, "a value of this kind is not allowed: '1.0e+999'"),
        ("extra: {a: 1, a: 2}", 15, "the key 'a' occurs twice"),
        ("title: again", 1, "the key 'title' occurs twice"),
        ("updated: 2025-01-30", 10, "'updated' is before 'date'"),
        ("? [a]\n: b", 3, "this key is not a text"),
        ("authors: [{url: x}]", 11, "a mapping in 'authors' has no key `name`"),
        ("lang: 中文", 7, "language '中文' is no language tag"),
        ("lastmod: soon", 10, "'lastmod' is not a date"),
        ("author: a\nauthors: [b]", 9, "the article has both 'author' and 'authors'"),
        ('summary: "a\\0b"', 10, "this text has a NUL character"),
        ('tags: [a, "\\x00"]', 11, "this text has a NUL character"),
        ('extra: {a: ["\\u0000"]}', 13, "this text has a NUL character"),
        ('extra: {"a\\0": 1}', 9, "this text has a NUL character"),
    ],
)
def test_wrong_values_have_their_place(line: str, col: int, what: str) -> None:
    assert faults(front(line)) == [(4, col, what)]


def test_an_unknown_key_is_kept_below_extra_with_its_place() -> None:
    found = article(front("titel: x", "标签: [a]", "extra: {titel: mine, b: 1}"))
    assert found.extra == {"titel": "mine", "b": 1, "标签": ["a"]}
    assert found.unknown_keys == (UnknownKey("titel", 4, 1), UnknownKey("标签", 5, 1))


def test_places_count_characters_also_after_chinese() -> None:
    written = "---\ntitle: 写作\ndate: 2025-01-01\ntags: [随笔, 技术, {}]\n---\n"
    assert faults(written) == [(4, 16, "'tags' is not a text")]


def test_yaml_that_cannot_be_read_has_the_place_of_its_fault() -> None:
    ((line, _, what),) = faults('---\ntitle: T\nsummary: "open\n---\nText\n')
    assert line in (3, 4)
    assert what.startswith("the front matter is not YAML: ")
    assert faults("---\ntitle: a: b\n---\n")[0][:2] == (2, 9)
    assert faults("---\ntitle: T\nslug: a\x07b\n---\n")[0][:2] == (3, 8)


def test_front_matter_that_does_not_end() -> None:
    assert faults("---\ntitle: T\n") == [(1, 1, "the front matter does not end")]
    assert faults("+++\ntitle = 'T'\n") == [(1, 1, "the front matter does not end")]
    assert faults("---\n- a\n---\n") == [(2, 1, "the front matter is not a mapping")]


@pytest.mark.parametrize("text", ["", "Text.\n", "---\n---\n", "---\n\nA: rule\n", "---\n\ntext\n\n---\n\nmore\n"])
def test_an_article_needs_no_front_matter(text: str) -> None:
    found = article(text, "posts/2025-01-31-a-walk.md")
    assert (found.title, found.url) == ("A walk", "posts/a-walk/")
    assert found.date == datetime(2025, 1, 31, tzinfo=UTC)


def test_what_is_a_post_does_not_depend_on_a_date() -> None:
    found = article("---\ntitle: T\n---\n")
    assert (found.kind, found.date) == ("post", None)
    assert article("---\ntitle: T\n---\n", "about.md").kind == "page"
    for index in ("index.md", "index.MARKDOWN"):
        assert article("---\ntitle: T\n---\n", f"posts/{index}").kind == "page"
        assert article("---\ntitle: T\n---\n", f"posts/a/{index}").kind == "post"


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = b"---\ntitle: [T]\ndate: 2025-02-30\n---\n[x](/../y.md) $\\foo$\n\xff and \x00\n"
    assert [(line, col) for line, col, _ in faults(text)] == [(2, 8), (3, 7), (5, 5), (5, 16), (6, 1), (6, 7)]


def test_bytes_that_are_not_utf8_have_their_place_in_characters() -> None:
    assert faults("---\ntitle: 写".encode() + b"\xe5\n---\n", "a.md")[0] == (
        2,
        9,
        "this line has bytes that are not UTF-8",
    )
    assert faults("---\ntitle: T\n---\n".encode("utf-16"))[0] == (1, 1, "the file is UTF-16, and must be UTF-8")


def test_line_ends_and_a_byte_order_mark_make_no_difference_and_no_fault() -> None:
    plain = front("summary: x") + "\n中文\n\n```\ncode\n```\n"
    expected = parser.parse(SourceFile("posts/a.md", plain.encode()), SITE, RENDERER)
    for other in ("\ufeff" + plain, plain.replace("\n", "\r\n"), plain.replace("\n", "\r")):
        assert parser.parse(SourceFile("posts/a.md", other.encode()), SITE, RENDERER) == expected
    assert faults(front("title: x").replace("\n", "\r\n")) == [(4, 1, "the key 'title' occurs twice")]


def test_a_file_whose_name_leaves_no_address_needs_a_slug() -> None:
    assert faults(front(), "posts/！.md") == [(1, 1, "no address can be made of the file's name")]
    assert article(front("slug: 好"), "posts/！.md").url == "posts/好/"


@pytest.mark.parametrize("bomb", ["&a [*a]", "[" * 40 + "]" * 40])
def test_own_values_are_bounded(bomb: str) -> None:
    assert faults(front(f"extra: {{x: {bomb}}}"))[0][2] in ("'extra' is too deep or too large",)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_brackets_without_end_are_a_fault_and_not_the_end_of_the_process(opening: str) -> None:
    for count in (300, 200_000):
        written = front(f"extra: {opening * count}") if opening in "[{a: " else f"---\n{opening * count}\n---\n"
        assert len(faults(written)) >= 1
    assert [what for *_, what in faults(front("extra: " + "[" * 200_000))] == ["the front matter is nested too deeply"]


def test_aliases_cannot_blow_up() -> None:
    lines = ["extra:", "  a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  {b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in zip("abcdef", "bcdefg", strict=True)]
    assert faults(front(*lines))[0][2] == "'extra' is too deep or too large"


def problems_of(data: bytes) -> list[Problem]:
    try:
        assert article(data).title
    except ContentError as error:
        return list(error.problems)
    return []


@given(st.binary(max_size=200))
def test_any_bytes_give_an_article_or_problems(data: bytes) -> None:
    for whole in (data, b"---\n" + data + b"\n---\n", b"---\ntitle: T\ndate: 2025-01-01\n---\n" + data):
        problems_of(whole)


@given(st.text(max_size=60))
def test_any_front_matter_gives_an_article_or_problems_inside_the_file(text: str) -> None:
    whole = f"---\n{text}\n---\n"
    lines = whole.replace("\r", "\n").count("\n") + 1
    found = problems_of(whole.encode())
    assert all(1 <= problem.line <= lines and problem.col >= 1 for problem in found)


@pytest.mark.parametrize(("lines", "draft"), [((), False), (("draft: false",), False), (("draft: true",), True)])
def test_an_article_with_faults_points_where_it_points_and_is_a_draft_only_if_it_says_so(
    lines: tuple[str, ...], draft: bool
) -> None:
    text = front(*lines, "language: not one") + "\n[x](y.md)\n"
    assert faults(text)
    found = parser.pointing(SourceFile("posts/a.md", text.encode()), SITE, RENDERER)
    assert ([reference.target for reference in found.references], found.draft) == (["posts/y.md"], draft)
