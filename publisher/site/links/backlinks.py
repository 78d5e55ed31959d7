"""Find the articles that link to an article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from publisher.site.content.records import ArticleRecord
from publisher.site.links.address_book import Addresses


class Backlinks:
    """The backlinks of one build. They are found at the first call of `to`, because most themes show no backlinks.

    `records` are the articles of the site in the order in which they are shown.
    """

    def __init__(self, records: Sequence[ArticleRecord], addresses: Addresses) -> None:
        self._records, self._addresses = records, addresses

    def to(self, url: str) -> tuple[ArticleRecord, ...]:
        """Return the articles that link to the article with this URL. An article is not among its own backlinks."""
        return self._found.get(url, ())

    def linked_by(self, record: ArticleRecord) -> Iterator[str]:
        """Yield the URL of each page or file to which the text of an article links."""
        base = self._addresses.base(record.article)
        for path in record.links.split("\0") if record.links else ():
            if meant := self._addresses.meant(path, base):
                yield meant.url

    @cached_property
    def _found(self) -> Mapping[str, tuple[ArticleRecord, ...]]:
        found: dict[str, dict[str, ArticleRecord]] = {}
        for record in self._records:
            base = self._addresses.base(record.article)
            for path in record.links.split("\0") if record.links else ():
                meant = self._addresses.meant(path, base)
                if meant and meant.source not in ("", record.article.source):
                    found.setdefault(meant.url, {})[record.article.source] = record
        return {url: tuple(records.values()) for url, records in found.items()}
