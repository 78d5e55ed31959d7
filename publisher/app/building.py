"""Build the site's folder: pages into the cache, into the output folder, and into a CAR file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from publisher.app.context import Session
from publisher.app.healing import repairing_get
from publisher.app.replace_file import must_be_beside, must_be_free, replacing
from publisher.errors import ConfigError
from publisher.formatting import count
from publisher.site.fault_levels import lenient

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.build.schedule import Schedule
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.report import Report


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What the command line asks of a build, besides publish.toml."""

    fresh: bool = False
    """Use no result of an earlier build."""
    lenient: bool = False
    """Faults of links are warnings at most."""
    future: bool = False
    """Articles of a later date are shown at once."""
    now: date | None = None
    """The day for which the site is built; None for today in the site's zone."""


def today(settings: Config) -> date:
    """The day that it is now, in the site's zone."""
    from publisher.site.content.parser import zone

    return datetime.now(UTC if settings.site.timezone == "UTC" else zone(settings.site.timezone)).date()


def write_schedule(report: Report, schedule: Schedule) -> None:
    """Say what was held back, and for how long the root stays the same; say nothing where the day changes nothing."""
    if not schedule.now:
        return
    report.add("now", schedule.now)
    report.add("until", schedule.until)
    report.add("held_back", {"future": schedule.future, "expired": schedule.expired, "next": schedule.next})
    if schedule.future:
        report.say(f"{count(schedule.future, 'article')} held back until a later day; the next is {schedule.next}")
    if schedule.expired:
        report.say(f"{count(schedule.expired, 'article')} held back because expired")
    until = f": the same root until {schedule.until}" if schedule.until else ""
    report.say(f"built for {schedule.now}{until}")


def build_site(session: Session, settings: Config, options: BuildOptions = BuildOptions()) -> BuildResult:
    """Build the site's folder into the cache. Raises ContentError for errors in articles, templates or links.

    Raises ConfigError too.
    """
    from publisher.build import build

    return build(
        session.site,
        settings.site,
        settings.build,
        session.cache(),
        fresh=options.fresh,
        progress=session.report.detail,
        search=session.secret_search(settings),
        check=lenient(settings.check) if options.lenient else settings.check,
        now=options.now or today(settings),
        future=options.future,
    )


def check_site(session: Session, options: BuildOptions) -> BuildResult:
    """Build the site to find its problems. Nothing is written into the output folder.

    Raises ContentError if no page could be made, and ConfigError.
    """
    from publisher.site.fault_levels import with_levels
    from publisher.site.feeds import missing_id

    settings = session.settings()
    built = build_site(session, settings, options)
    write_schedule(session.report, built.schedule)
    problem = missing_id(settings.site, settings.file.name)
    more = with_levels([problem] if problem else [], settings.check)
    return replace(built, problems=(*built.problems, *more))


def write_site(
    session: Session, on_root: Callable[[Cid], None], *, output: Path | None, car: Path | None, options: BuildOptions
) -> None:
    """Build the site and write its pages into the output folder, and into the CAR file `car` if it is given.

    `on_root` is called with the root after everything is written, before the cache is pruned. Raises ContentError, and
    ConfigError for an output folder or a CAR file that cannot be written.
    """
    from publisher.app.size import describe
    from publisher.app.trim import tidy
    from publisher.build import claim_folder, may_write, write_output

    settings = session.settings()
    output = output or session.site / settings.build.output
    must_be_apart(session, settings, output)
    if car is not None:
        must_be_car(session, settings, car)
    cache, owner = session.cache(), owner_of(settings)
    may_write(cache, output, session.site, owner)
    made = build_site(session, settings, options)
    session.report.problems(made.problems)
    write_schedule(session.report, made.schedule)
    get = repairing_get(session, made.root)
    claim_folder(cache, output, owner)
    write_output(cache, made.root, output, get)
    if car is not None:
        write_car(get, made.root, car)
    describe(session.report, cache, made.root, made, get)
    on_root(made.root)
    tidy(session, settings)


def must_be_apart(session: Session, settings: Config, output: Path) -> None:
    """Raise ConfigError for an output folder in which pages and sources would mix."""
    from publisher.build.folder_checks import overlapping

    for name in overlapping(session.site, settings.build, output):
        hint = "name a folder of its own: otherwise the build would read its own pages as sources"
        raise ConfigError("publish build", f"the output folder {output} overlaps with {name}", hint=hint)


def owner_of(settings: Config) -> str:
    """Return the id of this site for the marker in an output folder: 16 hexadecimal digits.

    It is made from the names, or without names from the title. So it is the same in every checkout, without a cache.
    """
    names = sorted(f"{place.kind} {place.settings.name}" for place in settings.names)
    return sha256("\n".join(names or [settings.site.title]).encode()).hexdigest()[:16]


def must_be_car(session: Session, settings: Config, car: Path) -> None:
    """Raise ConfigError if a CAR file would replace another kind of file or become a part of the site."""
    from publisher.dag.car import read

    def is_car(file: BinaryIO) -> bool:
        try:
            read(file)
        except ValueError:
            return False
        return True

    must_be_free(car, is_car, "CAR file", "site.car")
    must_be_beside(session, settings, car)


def write_car(get: Get, root: Cid, path: Path) -> None:
    """Write every block of a root into one CARv1 file. Raises ConfigError if the file cannot be written."""
    from publisher.dag import walk
    from publisher.dag.car import write

    with replacing(path) as file:
        file.writelines(write([root], walk.reachable(get, root)))
