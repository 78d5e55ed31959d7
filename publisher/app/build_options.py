"""Define the options of the command line that change a build, and find the day for which a site is built."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.config import Config


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options of the command line that change a build."""

    fresh: bool = False
    """Use no result of an earlier build."""
    lenient: bool = False
    """With this option, a fault of a link is a warning or a note, and never an error."""
    future: bool = False
    """Articles with a later date than `now` are shown too."""
    now: date | None = None
    """The site is built for this day. None stands for today in the site's time zone."""


def today(settings: Config) -> date:
    """Return the present day in the time zone of the site."""
    from publisher.site.time_zones import zone

    return datetime.now(UTC if settings.site.timezone == "UTC" else zone(settings.site.timezone)).date()


def day_of(options: BuildOptions, settings: Config) -> date:
    """Return the day for which a site is built with these options."""
    return options.now or today(settings)
