"""Build a site. Folders become articles, pages, blocks and one root. Valid results of earlier builds are reused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.build.answers import answer
from publisher.build.arrange import Content, arrange
from publisher.build.articles import BODY, Stage, again, articles
from publisher.build.assets import twice
from publisher.build.data_values import DataFiles, data_problems
from publisher.build.extras import make_extras
from publisher.build.fingerprint import stamp
from publisher.build.folder_checks import unreadable
from publisher.build.inputs import CHANGED, Folders, Input, add_files, scan_folders
from publisher.build.pages import FetchBody, PageMemo, make_pages
from publisher.build.root import make_root
from publisher.build.rows import Rows, pack_link
from publisher.build.schedule import Schedule, schedule
from publisher.build.secret_scan import key_of, remember, secrets_in, unused_allowances
from publisher.build.settings import BuildResult, BuildSettings, Progress
from publisher.build.shortcodes import SiteShortcodes
from publisher.build.site_problems import dead_links, of_addresses, of_styles, unfit
from publisher.build.stubs import add_stubs
from publisher.build.whole import WholeBuild, pack_whole, unpack_whole
from publisher.dag.unixfs import PROFILES, Link, Profile
from publisher.errors import ConfigError, ContentError, Problem
from publisher.hashing import digest
from publisher.secrets.scan import SHAPES, SecretSearch
from publisher.site.content.key_problems import key_problems, undated_posts
from publisher.site.content.records import ArticleRecord
from publisher.site.content.scan import theme_folder
from publisher.site.fault_levels import CheckSettings, has_errors, with_levels
from publisher.site.links.address_book import Addresses
from publisher.site.model import SiteSettings
from publisher.site.recorded_reads import Facts
from publisher.site.urls import permalink

if TYPE_CHECKING:
    from publisher.cache.store import Cache

WHOLE = "whole"
"""The cache stage for whole builds. It maps a digest of all inputs to the result of the build."""

LAST = "last"
"""The cache stage for the root of the newest build with each profile.

A build writes its root even if the root was known before. The rows of this stage are never pruned.
"""

USUAL = CheckSettings()

Clock = Callable[[], int]
"""A function that returns the time in nanoseconds since 1970.

The time only decides whether a file is old enough to be recognised by its size and times.
"""


def quiet(text: str) -> None:
    """Print nothing. This is the default for `progress`."""


@dataclass(frozen=True, slots=True)
class _BuildRun:
    """The parameters of one build."""

    site: SiteSettings
    settings: BuildSettings
    profile: Profile
    rows: Rows
    drafts: bool
    workers: int | None
    progress: Progress
    search: SecretSearch
    searched: bytes
    """The key of `search`, as `key_of` returns it."""
    check: CheckSettings
    tolerant: bool
    now: date | None
    future: bool


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
    the number of processes. None means one per core, if forking is safe. `progress` gets a line for each step. `theme`
    is the folder of the theme, or None for the default theme. `search` finds secrets, and a file with a secret is left
    out. `check` sets the level of each kind of problem.

    `now` is the day in the time zone of the site. Articles that have expired on this day are left out. Articles with a
    later date are left out too, unless `future` is set. If `now` is None, no article is left out. The day has no other
    effect.

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
    run = _BuildRun(site, settings, profile, rows, drafts, workers, listener, search, key_of(search), *limits)
    with cache.steady():
        lost = cache.thrown_away
        built = _build(run, folder, theme or theme_folder(), clock)
        if cache.thrown_away != lost:  # the cache was damaged and deleted during the build, so blocks are missing
            built = _build(run, folder, theme or theme_folder(), clock)
        cache.commit()
    return built


def _apart(folder: Path, settings: BuildSettings) -> None:
    """Raise ConfigError if a folder of the settings is outside of the site, or contains other parts of the site.

    Otherwise, files that are not meant for the site would be published.
    """
    for key, what, hint in unreadable(folder, settings):
        raise ConfigError(f"build.{key}", what, hint=hint)


def _build(run: _BuildRun, folder: Path, theme: Path, clock: Clock) -> BuildResult:
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
    made = _files(run, found)
    root = make_root(made.links, run.profile, rows)
    pages = sum(path.endswith(".html") for path in made.links)
    if not has_errors(made.problems):
        whole = WholeBuild(pages, len(made.links), root, made.problems, made.schedule)
        rows.keep(WHOLE, {same: pack_whole(whole)})
        _last(run, pack_link(root))
    remember(root.cid, run.searched, rows.cache)
    return BuildResult(root.cid, pages, len(made.links), made.rendered, made.problems, made.urls, made.schedule)


def _of_day(run: _BuildRun, known: Schedule) -> Schedule:
    """Return the schedule `known` of an earlier build, with the day of this build."""
    return replace(known, now=run.now.isoformat()) if known.now and run.now else known


def _last(run: _BuildRun, link: bytes) -> None:
    profile = run.profile.name.encode()
    if run.rows.one(LAST, profile) != link:  # so that a build without changes writes nothing
        run.rows.keep(LAST, {profile: link})


@dataclass(frozen=True, slots=True)
class _Files:
    """The links of all files of the site by path, the number of pages made now, the problems, and the schedule."""

    links: dict[str, Link]
    rendered: int
    problems: tuple[Problem, ...]
    urls: Mapping[str, str]
    schedule: Schedule


def _files(run: _BuildRun, found: Folders) -> _Files:
    """Make the blocks of all files. Raises ContentError with all problems if one of them is an error."""
    secrets = secrets_in(found, run.site, run.search, run.searched, run.rows)
    if secrets.everywhere:
        raise _refused(run, map(run.search.without_values, (*found.problems, *secrets.problems)))
    sources = {path: file for path, file in found.content.items() if file.article and path != run.site.nav_file}
    run.progress(f"reading {len(sources)} articles")
    held = {path for path, file in sources.items() if file.label in secrets.files}
    read = {path: file for path, file in sources.items() if path not in held}
    data = DataFiles({path: file for path, file in found.data.items() if file.label not in secrets.files})
    now, layers = None if run.future else run.now, (found.templates, found.theme)
    shortcodes = SiteShortcodes(layers, found.content, secrets.files, data, run.site, now)
    stage = articles(read, run.site, stamp(), run.rows, run.workers, shortcodes)
    stage.failed |= {path: permalink(path) for path in held}
    finished = {path: record for path, record in stage.pieces.items() if run.drafts or not record.article.draft}
    waiting, plan_of_days = _schedule(run, finished)
    shown = {path: record for path, record in finished.items() if path not in waiting}
    content = Content(found, sources, stage, shown, data)
    site = arrange(content, run.site, run.settings.content, run.profile)
    plan, assets, pages, addresses = site.plan, site.assets, site.pages, site.plan.addresses
    sound = {path: file for path, file in assets.items() if file.label not in secrets.files}
    links, faults = add_files(sound, run.profile, run.rows, run.rows.cache.put)
    memo = PageMemo(run.rows, Facts(lambda name: answer(name, plan)))
    body = _bodies(run, sources, shortcodes)
    made = make_pages(pages, plan, stamp(), memo, body, run.workers)
    more, faults_of_extras = make_extras(site.extras, site.feeds, site.lists, plan, stamp(), memo, body)
    links |= made.links | more
    links |= add_stubs(site.moved, links, run.site, run.profile, run.rows)
    run.progress(f"{made.rendered} of {len(pages)} pages made anew")

    problems = [*found.problems, *secrets.problems, *faults, *made.problems, *faults_of_extras, *of_styles(assets)]
    problems += (*site.problems, *data_problems(found.data))
    labels = (run.settings.content, run.settings.templates, run.settings.static, run.settings.data)
    problems += unused_allowances(found, labels, run.search)
    claimed = [*assets.items(), *twice(found)]
    problems += of_addresses(run.settings.content, pages, claimed, site.extras, site.moved)
    in_content = (*_of_articles(run, stage, shown, addresses), *site.problems_of_articles)
    problems += (replace(problem, path=f"{run.settings.content}/{problem.path}") for problem in in_content)
    wrong = tuple(sorted(set(with_levels(map(run.search.without_values, problems), run.check))))
    if has_errors(wrong) and not (run.tolerant and made.links):
        raise _refused(run, wrong)
    memo.forget_others(links.keys())
    return _Files(links, made.rendered, wrong, _urls(run, wrong, addresses) if run.tolerant else {}, plan_of_days)


def _schedule(run: _BuildRun, finished: Mapping[str, ArticleRecord]) -> tuple[frozenset[str], Schedule]:
    """Return the paths of the articles that this build leaves out because of its day, and the schedule."""
    articles = [record.article for record in finished.values()]
    if run.site.timezone == "UTC":
        return schedule(articles, run.now, UTC, future=run.future)
    from publisher.site.time_zones import zone

    return schedule(articles, run.now, zone(run.site.timezone), future=run.future)


def _of_articles(
    run: _BuildRun, stage: Stage, shown: Mapping[str, ArticleRecord], addresses: Addresses
) -> Iterator[Problem]:
    """Yield the problems of the articles. Their paths are relative to the content folder."""
    yield from stage.problems
    yield from dead_links([one for one in stage.pointing if run.drafts or not one.draft], addresses.lookups())
    yield from unfit(shown)
    for record in shown.values():
        yield from record.problems
    yield from key_problems(shown.values())
    yield from undated_posts(shown.values())


def _urls(run: _BuildRun, problems: Iterable[Problem], addresses: Addresses) -> dict[str, str]:
    """Return the URLs of the articles that have problems. The keys are the paths that messages show."""
    inside = f"{run.settings.content}/"
    paths = {problem.path for problem in problems if problem.path.startswith(inside)}
    found = ((path, addresses.of(path.removeprefix(inside))) for path in sorted(paths))
    return {path: url for path, url in found if url is not None}


def _refused(run: _BuildRun, problems: Iterable[Problem]) -> ContentError:
    """Commit the cache, and return the error with all problems. So the next build need not repeat the finished work."""
    run.rows.cache.commit()
    return ContentError("build", problems, hint="correct these problems and build again; nothing was written")


def _bodies(run: _BuildRun, sources: Mapping[str, Input], shortcodes: SiteShortcodes) -> FetchBody:
    def body(record: ArticleRecord) -> bytes:
        found = run.rows.cache.recall(BODY, record.key)
        if found is None:  # the cache has lost the body, so make the article again
            again(record.article.source, sources, run.site, stamp(), run.rows, shortcodes)
            found = run.rows.cache.recall(BODY, record.key)
        if found is None:
            where = f"{run.settings.content}/{record.article.source}"
            raise ContentError("build", [Problem(where, 0, 0, *CHANGED)])
        return found

    return body
