"""Define values of templates that are looked up when a template reads them. Each read is recorded as a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord
from publisher.site.model import Card
from publisher.site.page_links import TreeNode
from publisher.site.recorded_reads import Reader
from publisher.site.structure.collect import card_of

RELATED = "@related "
"""The beginning of the name of a fact about the related articles of a post. The URL of the post follows."""

TREE = "tree "
"""The beginning of the name of a fact about a sidebar. A language and the name of the tree follow."""

DATA = "data "
"""The beginning of the name of a fact about a data file. The name of the file without its extension follows."""

FindData = Callable[[str], Any]
"""A function that returns the values of a data file for its name. It raises KeyError if there is no such file."""

FindRecords = Callable[[str], "tuple[ArticleRecord, ...]"]
"""A function that returns articles for the URL of an article: its backlinks, or its related articles."""


def no_records(_: str) -> tuple[ArticleRecord, ...]:
    """Return no articles. A site whose pages show no related articles uses this function."""
    return ()


def _no_tree(_: str, __: str) -> TreeNode | None:
    return None


def _no_data(_: str) -> Any:
    raise KeyError


@dataclass(frozen=True, slots=True)
class PageLookups:
    """The functions that find the values of templates that depend on the whole site."""

    backlinks: FindRecords = no_records
    related: FindRecords = no_records
    """A function that finds related articles, or `no_records` if the site shows none."""
    tree: Callable[[str, str], TreeNode | None] = _no_tree
    """A function that returns a tree for its name and a language, or None if there is no such tree."""
    data: FindData = _no_data


class CardsFact:
    """The value `page.backlinks` or `page.related` in a template. Reading it or its length reads one fact."""

    __slots__ = ("__fact", "__find", "__name", "__reader", "__url")

    def __init__(self, name: str, fact: str, url: str, find: FindRecords, reader: Reader) -> None:
        """Store the values. `name` is the attribute of `page`, and `url` is the URL of the page.

        The name of the fact is `fact` and then `url`.
        """
        self.__name, self.__fact, self.__url, self.__find, self.__reader = name, fact, url, find, reader

    def __cards(self) -> tuple[Card, ...]:
        self.__reader.note(f"{self.__fact}{self.__url}")
        return tuple(card_of(record) for record in self.__find(self.__url))

    def __iter__(self) -> Iterator[Card]:
        return iter(self.__cards())

    def __len__(self) -> int:
        return len(self.__cards())

    def __str__(self) -> str:
        name = f"page.{self.__name}"
        raise TypeError(f"{name} cannot be printed; go through it, as in {{% for card in {name} %}}")

    __repr__ = __html__ = __str__


class TreeFact:
    """The value `page.tree` in a template. Reading any attribute reads one fact. A tree without nodes is false."""

    __slots__ = ("__language", "__lookups", "__name", "__reader")

    def __init__(self, name: str, language: str, lookups: PageLookups, reader: Reader) -> None:
        self.__name, self.__language, self.__lookups, self.__reader = name, language, lookups, reader

    def __node(self) -> TreeNode:
        self.__reader.note(f"{TREE}{self.__language} {self.__name}")
        return self.__lookups.tree(self.__name, self.__language) or TreeNode("", None, "")

    @property
    def title(self) -> str:
        """The title of the section at the top of the tree, or "" for the nav of the site."""
        return self.__node().title

    @property
    def url(self) -> str | None:
        """The URL of the section at the top of the tree, or None for the nav of the site."""
        return self.__node().url

    @property
    def children(self) -> tuple[TreeNode, ...]:
        """The pages, sections and headings directly below the top of the tree."""
        return self.__node().children

    def __bool__(self) -> bool:
        return bool(self.__node().children)

    def __str__(self) -> str:
        raise TypeError("page.tree cannot be printed; go through page.tree.children")

    __repr__ = __html__ = __str__


class DataFacts:
    """The value `site.data` in a template. Reading a data file reads one fact, even if there is no such file."""

    __slots__ = ("__find", "__note")

    def __init__(self, find: FindData, note: Callable[[str], None]) -> None:
        self.__find, self.__note = find, note

    def __getitem__(self, name: str) -> Any:
        self.__note(f"{DATA}{name}")
        return self.__find(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __dir__(self) -> list[str]:
        """Return no names, because a list of all data files would be another fact."""
        return []

    def __iter__(self) -> Any:
        raise TypeError("a template cannot loop over site.data: read one of its files, as in site.data.people")

    def __str__(self) -> str:
        raise TypeError("a template cannot print site.data: read one of its files, as in site.data.people")

    __repr__ = __html__ = __str__
