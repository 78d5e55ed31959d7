"""Find the articles that are not shown on a day, because they have a later date or have expired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.site.model import ArticleMetadata


@dataclass(frozen=True, slots=True)
class Schedule:
    """The articles that a build left out, and the days on which the same sources give the same root.

    Days are texts in ISO 8601.
    """

    now: str = ""
    """The day of the build, or "" if the root does not depend on the day."""
    since: str = ""
    """The last day up to `now` on which an article was published or expired, or "" if there is none."""
    until: str = ""
    """The first day after `now` on which an article is published or expires, or "" if there is none."""
    future: int = 0
    """The number of articles that will be published later."""
    expired: int = 0
    """The number of expired articles."""
    next: str = ""
    """The path of the article that will be published next, or "" if there is none."""
    released: str = ""
    """The last day up to `now` on which an article of the root was published, or "" if there is none."""

    def holds_on(self, now: date) -> bool:
        """Return whether a build for the day `now` would leave out the same articles."""
        day = now.isoformat()
        return self.since <= day and (not self.until or day < self.until)


@dataclass(frozen=True, slots=True)
class Release:
    """The days on which an article is published and expires. A day is None if the article has no such day."""

    out: date | None
    """The first day on which the article is shown."""
    gone: date | None
    """The first day on which the article is no longer shown."""

    def shown_on(self, now: date) -> bool:
        """Return whether the article is shown on a day."""
        return (self.out is None or self.out <= now) and (self.gone is None or now < self.gone)


def release_of(article: ArticleMetadata, zone: tzinfo, *, future: bool) -> Release:
    """Return the days on which an article is published and expires.

    An article is published on its `publishDate`. A post without a `publishDate` is published on its date. If `future`
    is set, an article is published at once. `zone` is the time zone of the site.
    """
    begins = article.publish_date or (article.date if article.kind == "post" else None)
    return Release(None if future else _day(begins, zone), _day(article.expires, zone))


def schedule(
    articles: Iterable[ArticleMetadata], now: date | None, zone: tzinfo, *, future: bool
) -> tuple[frozenset[str], Schedule]:
    """Return the paths of the articles that are left out on the day `now`, and the schedule.

    `zone` is the time zone of the site. If `now` is None, no article is left out. `future` is as in `release_of`.
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
        max((day.isoformat() for day in _out_on(now, releases.values())), default=""),
    )


def _out_on(now: date, releases: Iterable[Release]) -> Iterator[date]:
    """Yield the day of publication of each article that is shown on the day `now`, if it has such a day."""
    yield from (release.out for release in releases if release.out and release.shown_on(now))


def _days(releases: Iterable[Release]) -> Iterator[date]:
    """Yield the days on which an article is published or expires.

    Skip articles that expire before they are published.
    """
    for release in releases:
        if release.out and release.gone and release.gone <= release.out:
            continue
        if release.out:
            yield release.out
        if release.gone:
            yield release.gone


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo is zone else moment.astimezone(zone)).date()
