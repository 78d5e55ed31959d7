"""Each chapter of the manual is there in English and in Chinese, with the same headings, code and tables.

A chapter links to the other language in its first line: `[中文](写作.md){lang=zh hreflang=zh}`. A Chinese heading has
the id of the English one, as in `## 安装 {#install}`. So a translated link only gets the name of the other file.
"""

import re
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from publisher import config
from publisher.site.markdown.headings import slug

CONTENT = Path(__file__).resolve().parents[2] / "content"
FENCE = re.compile(r"^( *)(`{3,})([^\n]*)\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+?)(?: \{#([\w-]+)\})?$", re.MULTILINE)
TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HAN = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"\s*(?:#(?= ).*|<!--.*-->|\{#.*#\})$")

PAGES = {path.relative_to(CONTENT).as_posix(): path.read_text(encoding="utf-8") for path in CONTENT.rglob("*.md")}
CHINESE = sorted(name for name, text in PAGES.items() if "\nlanguage: zh\n" in text)
ENGLISH = sorted({*PAGES} - {*CHINESE, "index.md"})
"""The home page `index.md` is for readers of both languages."""


def body(text: str) -> str:
    """A chapter without its front matter."""
    return text.split("\n---\n", 1)[1].lstrip("\n")


def prose(text: str) -> str:
    """A chapter without its front matter and its blocks of code."""
    return FENCE.sub("", body(text))


def other(name: str, label: str) -> str:
    """The path of the chapter in the other language; empty if the first line of this one has no such link.

    The link says its language, so that screen readers read it with the right voice.
    """
    match = re.match(rf"\[{label}\]\(([^)\s]+)\)\{{lang=(\w\w) hreflang=\2\}}\n", body(PAGES[name]))
    return (Path(name).parent / match[1]).as_posix() if match else ""


def headings(text: str) -> list[tuple[int, str]]:
    """The level and the id of each heading."""
    return [(len(marks), own or slug(words)) for marks, words, own in HEADING.findall(prose(text))]


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """The first line and the lines of each block of code, without comments."""
    return [(first, [COMMENT.sub("", line) for line in code.splitlines()]) for _, _, first, code in FENCE.findall(text)]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of each table. A line inside code does not end a cell."""
    found = [row for table in TABLE.findall(text) for row in table.splitlines()]
    whole = [CODE.sub(lambda code: code[0].replace("|", "\0"), row) for row in found]
    return [[cell.replace("\0", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in whole]


def cells(text: str) -> list[list[list[str]]]:
    """The code of each cell of each row of each table."""
    return [[[code for _, code in CODE.findall(cell)] for cell in row] for row in rows(prose(text))]


def same_code(there: list[str], here: list[str]) -> bool:
    """Whether a Chinese cell has the code of the English one, in any order. Chinese words make it a translation."""
    kept = [code for code in here if not HAN.search(code)]
    return len(here) == len(there) and not Counter(kept) - Counter(there)


def numbers(text: str) -> list[list[list[str]]]:
    """The numbers outside the code of each cell of each row of each table, in digits."""
    return [[sorted(NUMBER.findall(CODE.sub("", cell))) for cell in row] for row in rows(LINK.sub("", prose(text)))]


def test_each_english_chapter_and_its_chinese_one_name_each_other() -> None:
    pairs = {name: other(name, "中文") for name in ENGLISH}
    for english, chinese in pairs.items():
        assert chinese in CHINESE, english
        assert other(chinese, "English") == english, chinese
    assert len({*pairs.values()}) == len(pairs)


def test_each_chinese_chapter_is_the_translation_of_an_english_one() -> None:
    assert {*CHINESE} == {other(name, "中文") for name in ENGLISH}


PAIRS = [(name, other(name, "中文")) for name in ENGLISH]
each_pair = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[english for english, _ in PAIRS])


@each_pair
def test_both_have_the_same_day(english: str, chinese: str) -> None:
    days = [re.findall(r"^date: (\S+)$", PAGES[name][:400], re.MULTILINE)[:1] for name in (english, chinese)]
    assert days[0] == days[1]


@each_pair
def test_both_have_a_summary(english: str, chinese: str) -> None:
    """Without one, lists would show the link to the other language, because it is the first paragraph."""
    for name in (english, chinese):
        assert re.search(r"^summary: \S", PAGES[name].split("\n---\n")[0], re.MULTILINE), name


@each_pair
def test_both_have_the_same_headings_in_the_same_order(english: str, chinese: str) -> None:
    assert headings(PAGES[chinese]) == headings(PAGES[english])


@each_pair
def test_both_have_the_same_code_in_the_same_order(english: str, chinese: str) -> None:
    """A line of an example may be translated."""
    both = [blocks(PAGES[name]) for name in (english, chinese)]
    assert [first for first, _ in both[0]] == [first for first, _ in both[1]]
    for (_, there), (_, here) in zip(*both, strict=True):
        pairs = zip_longest(there, here, fillvalue="")
        assert [line if HAN.search(ours) else ours for line, ours in pairs] == there


@each_pair
def test_both_have_the_same_tables_with_the_same_code(english: str, chinese: str) -> None:
    for there, here in zip(cells(PAGES[english]), cells(PAGES[chinese]), strict=True):
        assert len(here) == len(there)
        assert all(map(same_code, there, here)), here


@each_pair
def test_both_have_the_same_numbers_in_their_tables(english: str, chinese: str) -> None:
    assert numbers(PAGES[chinese]) == numbers(PAGES[english])


@each_pair
def test_a_chinese_chapter_links_to_chinese_chapters(english: str, chinese: str) -> None:
    text = prose(PAGES[chinese]).partition("\n")[2]
    for target in LINK.findall(text):
        parts = urlsplit(target)
        if not parts.scheme and parts.path.endswith(".md"):
            page = (CONTENT / chinese).parent.joinpath(parts.path).resolve().relative_to(CONTENT).as_posix()
            assert page not in ENGLISH, target


def test_a_comment_in_code_may_be_translated_and_an_option_may_not() -> None:
    english, chinese, wrong = (f"---\n---\n```sh\n{line}\n```\n" for line in ("a -b  # c", "a -b  # 丙", "a -d  # 丙"))
    assert blocks(english) == blocks(chinese) != blocks(wrong)


def test_code_in_a_table_may_have_chinese_words_and_no_other_difference() -> None:
    assert same_code(["-q", 'note "Title"'], ['note "标题"', "-q"])
    assert not same_code(["-q", "-v"], ["-q", "-q"])
    assert not same_code(["-q"], ["-q", "标题"])


def test_a_line_inside_code_does_not_end_a_cell() -> None:
    assert rows("| `[[a|b]]`, ``c`|`d`` | e |\n") == [[" `[[a|b]]`, ``c`|`d`` ", " e "]]


def test_an_id_of_a_heading_is_its_words_or_the_one_that_is_given() -> None:
    assert headings("---\n---\n## 安装 {#install}\n### A b\n") == [(2, "install"), (3, "a-b")]


def test_the_nav_has_every_chapter_once_and_in_one_order_in_both_languages() -> None:
    entries = config.load(CONTENT.parent).site.nav
    pages = [page.page for entry in entries for page in (entry, *entry.entries) if page.page]
    english = [name for name in pages if name in ENGLISH]
    assert [other(name, "中文") for name in english] == [name for name in pages if name in CHINESE]
    assert sorted(pages) == sorted({*ENGLISH, *CHINESE} - {"about.md", "关于.md"})
    assert all(entry.title for entry in entries if entry.entries)
