"""Build a site. Folders become articles, pages, blocks and one root. Valid results of earlier builds are reused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.build.build_run import BuildRun
from publisher.build.fingerprint import stamp
from publisher.build.folder_checks import unreadable
from publisher.build.inputs import scan_folders
from publisher.build.long_lived import long_lived
from publisher.build.rows import Rows, pack_link
from publisher.build.schedule import Schedule
from publisher.build.secret_scan import key_of, remember, secrets_in
from publisher.build.settings import BuildResult, BuildSettings, Progress
from publisher.build.whole import WholeBuild, pack_whole, unpack_whole
from publisher.dag.unixfs import PROFILES
from publisher.errors import ConfigError
from publisher.hashing import digest
from publisher.secrets.scan import SHAPES, SecretSearch
from publisher.site.content.scan import theme_folder
from publisher.site.fault_levels import CheckSettings, has_errors, with_levels
from publisher.site.settings import SiteSettings

if TYPE_CHECKING:
    from publisher.cache.store import Cache

WHOLE = "whole"
"""The cache stage for whole builds. It maps a digest of all inputs to the result of the build."""

LAST = "last"
"""The cache stage for the root of the newest build with each profile.

Every build without errors sets its row, also if the whole result came from the cache. The rows of this stage are never
pruned.
"""

USUAL = CheckSettings()

Clock = Callable[[], int]
"""A function that returns the time in nanoseconds since 1970.

The time only decides whether a file is old enough to be recognised by its size and times.
"""


def quiet(text: str) -> None:
    """Print nothing. This is the default for `progress`."""


def build(
    folder: Path,
    site: SiteSettings,
    settings: BuildSettings,
    cache: Cache,
    *,
    fresh: bool = False,
    drafts: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    theme: Path | None = None,
    search: SecretSearch = SHAPES,
    check: CheckSettings = USUAL,
    tolerant: bool = False,
    now: date | None = None,
    future: bool = False,
    clock: Clock = time.time_ns,
) -> BuildResult:
    """Build the site in `folder` and put all blocks of its root into `cache`.

    If `fresh` is set, the results of earlier builds are ignored. If `drafts` is set, drafts are included. `workers` is
    the largest number of processes. None means one per core, if forking is safe. `progress` gets a line for each step.
    `theme` is the folder of the theme, or None for the default theme. `search` finds secrets, and a file with a secret
    is left out. `check` sets the level of each kind of problem.

    `now` is the day in the time zone of the site. Articles that have expired on this day are left out. Articles with a
    later date are left out too, unless `future` is set. A call of `include` for a post that is left out for its date is
    an error. If `now` is None, no article is left out. The day has no other effect.

    Raises ConfigError if a setting is wrong, and StateError if the cache cannot be written. Raises ContentError with
    all problems if one of them is an error. The cache then has only results that are valid. If `tolerant` is set, as
    for a preview, the result has the errors, and the root of everything that could be made. ContentError is then raised
    only if no page could be made, or if a template or a setting holds a secret.
    """
    profile = PROFILES.get(settings.profile)
    if profile is None:
        raise ConfigError(
            "build.profile", f"no profile is called {settings.profile!r}", hint=f"write {' or '.join(PROFILES)}"
        )
    if site.timezone != "UTC":
        from publisher.site.time_zones import zone

        zone(site.timezone)
    _apart(folder, settings)
    rows, listener = Rows(cache, fresh), progress or quiet
    limits = (check, tolerant, now, future or settings.future)
    with cache.steady(), long_lived() as settle:
        run = BuildRun(
            site, settings, profile, rows, drafts, workers, listener, search, key_of(search), *limits, settle
        )
        lost = cache.thrown_away
        built = _build(run, folder, theme or theme_folder(), clock)
        if cache.thrown_away != lost:
            # The cache was damaged and deleted during the build, so it has rows of this build whose blocks are missing.
            built = _build(replace(run, rows=Rows(cache, fresh=True)), folder, theme or theme_folder(), clock)
        cache.commit()
    return built


def _apart(folder: Path, settings: BuildSettings) -> None:
    """Raise ConfigError if a folder of the settings has a fault. See `unreadable` in folder_checks.py for the faults.

    Without this check, files that are not meant for the site could be published.
    """
    for key, what, hint in unreadable(folder, settings):
        raise ConfigError(f"build.{key}", what, hint=hint)


def _build(run: BuildRun, folder: Path, theme: Path, clock: Clock) -> BuildResult:
    settings, rows = run.settings, run.rows
    found = scan_folders(folder, settings, theme, rows, clock())
    same = digest(
        stamp(),
        run.profile.name,
        repr(run.site),
        settings.content,
        settings.templates,
        settings.static,
        settings.data,
        str(run.drafts),
        run.searched,
        repr(run.check),
        f"{run.now is None} {run.future}",
        *found.digests(),
    )
    row = rows.one(WHOLE, same)
    if row is not None and not found.problems:
        known = unpack_whole(row)
        wrong = tuple(with_levels(known.problems, run.check))
        told = not (run.tolerant and wrong)  # the row lacks the URLs of pages with problems, which a preview needs
        if told and (run.now is None or known.schedule.holds_on(run.now)) and rows.cache.has(known.link.cid):
            _last(run, pack_link(known.link))
            return BuildResult(known.link.cid, known.pages, known.files, 0, wrong, {}, _of_day(run, known.schedule))
    # A build that is known needs none of these modules, and their import takes longer than all the rest.
    from publisher.build.ahead import converter

    secrets = secrets_in(found, run.site, run.search, run.searched, rows)
    with converter(run, found, secrets.files) as articles:
        from publisher.build.root import make_root
        from publisher.build.site_files import make_files

        made = make_files(run, found, secrets, articles.convert)
    root = make_root(made.links, run.profile, rows)
    pages = sum(path.endswith(".html") for path in made.links)
    if not has_errors(made.problems):
        whole = WholeBuild(pages, len(made.links), root, made.problems, made.schedule)
        rows.keep(WHOLE, {same: pack_whole(whole)})
        _last(run, pack_link(root))
    remember(root.cid, run.searched, rows.cache)
    counts = pages, len(made.links), made.rendered
    return BuildResult(root.cid, *counts, made.problems, made.urls, made.schedule, made.links)


def _of_day(run: BuildRun, known: Schedule) -> Schedule:
    """Return the schedule `known` of an earlier build, with the day of this build."""
    return replace(known, now=run.now.isoformat()) if known.now and run.now else known


def _last(run: BuildRun, link: bytes) -> None:
    profile = run.profile.name.encode()
    if run.rows.one(LAST, profile) != link:  # so that a build without changes writes nothing
        run.rows.keep(LAST, {profile: link})
