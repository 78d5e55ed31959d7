"""Group the posts of a site by year and by month."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.fast_dataclass import dataclass
from publisher.site.content.records import ArticleRecord

URL = "archives/"
"""The URL of the page that lists all years. Each year is below it, and each month is below its year."""


@dataclass(frozen=True, slots=True)
class Month:
    """The posts of a month, newest first."""

    year: int
    month: int
    posts: tuple[ArticleRecord, ...]

    @property
    def url(self) -> str:
        """The URL of the page of this month, such as `archives/2026/03/`."""
        return f"{URL}{self.year:04}/{self.month:02}/"


@dataclass(frozen=True, slots=True)
class Year:
    """The months of a year that have posts, latest first."""

    year: int
    months: tuple[Month, ...]

    @property
    def url(self) -> str:
        """The URL of the page of this year, such as `archives/2026/`."""
        return f"{URL}{self.year:04}/"

    @property
    def posts(self) -> tuple[ArticleRecord, ...]:
        """The posts of the year, newest first."""
        return tuple(record for month in self.months for record in month.posts)


def archives_of(posts: Iterable[ArticleRecord]) -> tuple[Year, ...]:
    """Return the years that have posts, latest first. `posts` are sorted, newest first.

    The year and the month are those of the date as the author wrote it, in its own time zone. A post without a date is
    in no year.
    """
    found: dict[tuple[int, int], list[ArticleRecord]] = {}
    for record in posts:
        if date := record.article.date:
            found.setdefault((date.year, date.month), []).append(record)
    months = [Month(year, month, tuple(found[year, month])) for year, month in sorted(found, reverse=True)]
    years = dict.fromkeys(month.year for month in months)
    return tuple(Year(year, tuple(month for month in months if month.year == year)) for year in years)
