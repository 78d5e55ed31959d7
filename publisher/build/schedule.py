"""Which articles are published on a day. Those with a later date, and expired ones, are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from publisher.site.model import ArticleMetadata


@dataclass(frozen=True, slots=True)
class Schedule:
    """The articles that a build left out, and the days on which the same sources give the same root.

    Days are ISO 8601.
    """

    now: str = ""
    """The day of the build; empty if the day changes nothing."""
    since: str = ""
    """The last day up to `now` on which an article came out or expired; empty if there is none."""
    until: str = ""
    """The first day after `now` on which an article comes out or expires; empty if there is none."""
    future: int = 0
    """The number of articles that come out later."""
    expired: int = 0
    """The number of expired articles."""
    next: str = ""
    """The path of the article that comes out first."""

    def holds_on(self, now: date) -> bool:
        """Return whether a build for this day would leave out the same articles."""
        day = now.isoformat()
        return self.since <= day and (not self.until or day < self.until)


@dataclass(frozen=True, slots=True)
class Release:
    """The days on which an article comes out and expires; None where it has no such day."""

    out: date | None
    gone: date | None

    def shown_on(self, now: date) -> bool:
        """Return whether the article is shown on a day."""
        return (self.out is None or self.out <= now) and (self.gone is None or now < self.gone)


def release_of(article: ArticleMetadata, zone: tzinfo, *, future: bool) -> Release:
    """Return the days of an article. A post comes out on its date, any article on its `publishDate`.

    With `future` it is out at once. `zone` is the site's.
    """
    begins = article.publish_date or (article.date if article.kind == "post" else None)
    return Release(None if future else _day(begins, zone), _day(article.expires, zone))


def schedule(
    articles: Iterable[ArticleMetadata], now: date | None, zone: tzinfo, *, future: bool
) -> tuple[frozenset[str], Schedule]:
    """Return the paths of the articles that are left out on a day, and the schedule.

    `zone` is the site's. Without a day no article is left out.
    """
    if now is None:
        return frozenset(), Schedule()
    releases = {article.source: release_of(article, zone, future=future) for article in articles}
    held = {path: release for path, release in releases.items() if not release.shown_on(now)}
    to_come = sorted((release.out, path) for path, release in held.items() if release.out and release.out > now)
    days = sorted(set(_days(releases.values())))
    past, coming = [day for day in days if day <= now], [day for day in days if day > now]
    matters = bool(held or coming)
    return frozenset(held), Schedule(
        now.isoformat() if matters else "",
        past[-1].isoformat() if past else "",
        coming[0].isoformat() if coming else "",
        len(to_come),
        len(held) - len(to_come),
        to_come[0][1] if to_come else "",
    )


def _days(releases: Iterable[Release]) -> Iterator[date]:
    """Yield the days on which something changes. An article that expires before it comes out changes nothing."""
    for release in releases:
        if release.out and release.gone and release.gone <= release.out:
            continue
        if release.out:
            yield release.out
        if release.gone:
            yield release.gone


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None
