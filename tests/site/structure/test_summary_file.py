"""A SUMMARY.md, as mdBook reads it, becomes entries of a nav."""

from typing import Any

from publisher.site.structure.summary_file import read_summary
from publisher.site.structure_settings import NavEntry

BOOK = """\
# Summary

[Introduction](intro.md)

# The first part

- [`One` *and* more](one.md)
    - [Under\\_one](./folder/under.md "a title")
\t- [With space](<with space.md>)
- [Not written]()

---

```
- [In code](code.md)
```

# The second part

* [Two](two.md#part)
1. [Three](three%20.md)

[Appendix](appendix.md)
- no link
"""


def shape(entries: tuple[NavEntry, ...]) -> list[Any]:
    return [
        [entry.title, entry.page, *shape(entry.entries)] if entry.entries else [entry.title, entry.page]
        for entry in entries
    ]


def test_parts_chapters_and_lines_without_a_list_become_entries() -> None:
    entries, problems = read_summary("SUMMARY.md", BOOK)
    assert shape(entries) == [
        ["Introduction", "intro.md"],
        [
            "The first part",
            "",
            ["One and more", "one.md", ["Under_one", "folder/under.md"], ["With space", "with space.md"]],
            ["Not written", ""],
        ],
        ["The second part", "", ["Two", "two.md#part"], ["Three", "three%20.md"]],
        ["Appendix", "appendix.md"],
    ]
    assert [(problem.line, problem.what) for problem in problems] == [(24, "this line of the nav has no link")]
    assert entries[1].entries[0].place == (7, 3)


def test_paths_are_relative_to_the_folder_of_the_file() -> None:
    links = ("a.md", "./b/", "../notes/n.md#x", "https://example.org/", "mailto:a@example.org", "//example.org", "")
    entries, problems = read_summary("book/SUMMARY.md", "".join(f"- [A]({link})\n" for link in links))
    inside = ["book/a.md", "book/b/", "notes/n.md#x"]
    assert [entry.page for entry in entries] == [*inside, "https://example.org/", *links[4:]]
    assert problems == ()


def test_a_link_that_runs_code_is_a_fault_with_its_place() -> None:
    entries, problems = read_summary("book/SUMMARY.md", "- [A](JavaScript:alert`1`)\n  - [B](b.md)\n")
    assert [(one.page, one.entries[0].page) for one in entries] == [("", "book/b.md")]
    assert [(one.line, one.col, one.what) for one in problems] == [
        (1, 3, "the nav names 'JavaScript:alert`1`', which is no address of a page")
    ]
