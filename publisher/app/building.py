"""Build the site's folder, and write its pages into the cache, the output folder, and a CAR file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from publisher.app.build_options import BuildOptions, day_of
from publisher.app.context import Session
from publisher.app.repairing_get import repairing_get
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


def write_schedule(report: Report, schedule: Schedule) -> None:
    """Report how many articles were held back because of their dates, and until which day the root stays the same.

    If the root does not depend on the day, report nothing.
    """
    if not schedule.now:
        return
    report.add("now", schedule.now)
    report.add("until", schedule.until)
    report.add("held_back", {"future": schedule.future, "expired": schedule.expired, "next": schedule.next})
    if schedule.future:
        report.say(f"{count(schedule.future, 'article')} held back until a later day; the next is {schedule.next}")
    if schedule.expired:
        report.say(f"{count(schedule.expired, 'article')} held back because expired")
    until = f"; the root stays the same until {schedule.until}" if schedule.until else ""
    report.say(f"built for {schedule.now}{until}")


def build_site(session: Session, settings: Config, options: BuildOptions) -> BuildResult:
    """Build the site's folder into the cache.

    Raises ContentError for errors in articles, templates or links, and ConfigError for settings that cannot be used.
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
        now=day_of(options, settings),
        future=options.future,
    )


def check_site(session: Session, options: BuildOptions) -> BuildResult:
    """Build the site to find its problems. Nothing is written into the output folder.

    Raises ContentError for errors in articles, templates or links, and ConfigError for settings that cannot be used.
    The result has the warnings and notes.
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
    """Build the site and write its pages into the output folder. With `car`, also write a CAR file.

    `on_root` is called with the root after everything is written, before the cache is pruned. Raises ContentError for
    errors in the sources, and ConfigError for an output folder or a CAR file that cannot be written.
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
    get = repairing_get(session, made.root, options)
    claim_folder(cache, output, owner)
    write_output(cache, made.root, output, get, session.report.warn, made.links)
    if car is not None:
        write_car(get, made.root, car)
    describe(session.report, cache, made.root, made, get)
    on_root(made.root)
    tidy(session, settings)


def must_be_apart(session: Session, settings: Config, output: Path) -> None:
    """Raise ConfigError if the output folder overlaps with a folder of sources."""
    from publisher.build.folder_checks import overlapping

    for name in overlapping(session.site, settings.build, output):
        hint = "name a folder of its own: otherwise the build would read its own pages as sources"
        raise ConfigError("publish build", f"the output folder {output} overlaps with {name}", hint=hint)


def owner_of(settings: Config) -> str:
    """Return the id of this site for the marker in an output folder: 16 hexadecimal digits.

    The id is a hash of the names or, for a site without names, of the title. So every checkout has the same id.
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
