"""Corridor 1: folders -> articles -> pages -> blocks -> a root. What an earlier build made is not made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.build.articles import BODY, again, articles
from publisher.build.extras import make_extras, names
from publisher.build.faults import dead_links, of_addresses, of_styles, unfit
from publisher.build.fingerprint import stamp
from publisher.build.folders import unreadable
from publisher.build.inputs import CHANGED, Folders, Input, add_files, scan_folders
from publisher.build.pages import FetchBody, PageMemo, make_pages
from publisher.build.plan import BuildPlan, layered
from publisher.build.root import make_root
from publisher.build.rows import Rows, pack_link, unpack_link
from publisher.build.secret_scan import ASSETS, key_of, remember, secrets_in, unused_allowances
from publisher.build.settings import BuildResult, BuildSettings, Progress
from publisher.dag.unixfs import PROFILES, Link, Profile
from publisher.errors import ConfigError, ContentError, Problem
from publisher.hashing import Facts, digest
from publisher.secrets.scan import SHAPES, SecretSearch
from publisher.site.content.records import ArticleRecord
from publisher.site.content.scan import theme_folder
from publisher.site.links.addresses import Addresses
from publisher.site.model import SiteSettings
from publisher.site.structure.collect import ArticlePage, collect, pages_of
from publisher.site.templates.views import site_fact, site_values
from publisher.site.urls import file_of

if TYPE_CHECKING:
    from publisher.cache.store import Cache

WHOLE = "whole"
"""Whole builds: everything that goes in -> the root."""

LAST = "last"
"""The root of the last build of each profile, whether it was made then or known: it is never pruned."""

NOT_FOUND = "404.html"

Clock = Callable[[], int]
"""The time in nanoseconds; it only decides whether a file is old enough to be known by its stamp."""


def quiet(text: str) -> None:
    """A `progress` for those who do not listen."""


@dataclass(frozen=True, slots=True)
class _BuildRun:
    """One build, and everything that was handed to it."""

    site: SiteSettings
    settings: BuildSettings
    profile: Profile
    rows: Rows
    drafts: bool
    workers: int | None
    progress: Progress
    search: SecretSearch
    searched: bytes
    """The key of that search."""


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
    clock: Clock = time.time_ns,
) -> BuildResult:
    """The site in a folder as a root, all of whose blocks are in the cache.

    `fresh` trusts no earlier result. `workers` are processes (default: one for each core, where forking is safe).
    `search` says what may not be in it. Raises ContentError with every fault of the whole site, and ConfigError; then
    nothing is published or written but memo rows that are right. Of a file with a secret nothing is made.
    """
    profile = PROFILES.get(settings.profile)
    if profile is None:
        raise ConfigError("build.profile", f"no profile is called {settings.profile!r}", hint=" or ".join(PROFILES))
    if site.timezone != "UTC":
        from publisher.site.content.parser import zone  # brings YAML, which a build without changes does not need

        zone(site.timezone)
    _apart(folder, settings)
    run = _BuildRun(
        site, settings, profile, Rows(cache, fresh), drafts, workers, progress or quiet, search, key_of(search)
    )
    with cache.steady():
        lost = cache.thrown_away
        built = _build(run, folder, theme or theme_folder(), clock)
        if cache.thrown_away != lost:  # damaged meanwhile: what was put before that is gone, and has to be made again
            built = _build(run, folder, theme or theme_folder(), clock)
        cache.commit()
    return built


def _apart(folder: Path, settings: BuildSettings) -> None:
    """The content folder holds content alone, and what is read lies in the site: else more would be published."""
    for key, what, hint in unreadable(folder, settings):
        raise ConfigError(f"build.{key}", what, hint=hint)


def _build(run: _BuildRun, folder: Path, theme: Path, clock: Clock) -> BuildResult:
    settings, rows = run.settings, run.rows
    labels = (settings.content, settings.templates)
    found = scan_folders(folder / settings.content, folder / settings.templates, theme, labels, rows, clock())
    same = digest(
        stamp(),
        run.profile.name,
        repr(run.site),
        settings.content,
        settings.templates,
        str(run.drafts),
        run.searched,
        *found.digests(),
    )
    row = rows.one(WHOLE, same)
    if row is not None and not found.problems:
        known = unpack_link(row[16:])
        if rows.cache.has(known.cid):
            _last(run, row[16:])
            counts = (int.from_bytes(row[:8], "big"), int.from_bytes(row[8:16], "big"))
            return BuildResult(known.cid, counts[0], counts[1], 0)
    files, rendered = _files(run, found)
    root = make_root(files, run.profile, rows)
    pages = sum(path.endswith(".html") for path in files)
    rows.keep(WHOLE, {same: pages.to_bytes(8, "big") + len(files).to_bytes(8, "big") + pack_link(root)})
    _last(run, pack_link(root))
    remember(root.cid, run.searched, rows.cache)
    return BuildResult(root.cid, pages, len(files), rendered)


def _last(run: _BuildRun, link: bytes) -> None:
    profile = run.profile.name.encode()
    if run.rows.one(LAST, profile) != link:  # a build that finds all as it was writes nothing
        run.rows.keep(LAST, {profile: link})


def _files(run: _BuildRun, found: Folders) -> tuple[dict[str, Link], int]:
    """Every file of the site as a link, and how many pages were rendered. Raises ContentError with all faults."""
    secrets = secrets_in(found, run.site, run.search, run.searched, run.rows)
    if secrets.everywhere:
        raise _refused(run, (*found.problems, *secrets.problems))
    sources = {path: file for path, file in found.content.items() if path.endswith(".md")}
    run.progress(f"reading {len(sources)} articles")
    held = {path for path, file in sources.items() if file.label in secrets.files}
    read = {path: file for path, file in sources.items() if path not in held}
    stage = articles(read, run.site, stamp(), run.rows, run.workers)
    stage.failed |= held
    shown = {path: record for path, record in stage.pieces.items() if run.drafts or not record.article.draft}
    site, problems_of_tags = collect(shown.values(), run.site)
    drafts = frozenset(stage.pieces.keys() - shown.keys())
    assets = _assets(found, drafts, _used(stage.pieces, drafts) - _used(stage.pieces, shown.keys()))
    pages = [page for page in pages_of(site) if page.url != NOT_FOUND or NOT_FOUND not in assets]
    lists = [page.url for page in pages if not isinstance(page, ArticlePage)]
    extras = [name for name in names(run.site) if name not in assets]
    others = {*map(file_of, lists), *assets, *extras}
    addresses = Addresses(shown, drafts=drafts, failed=stage.failed, files=others)
    plan = BuildPlan(
        site, site_values(site), addresses, (found.templates, found.theme), run.profile, run.settings.content
    )

    sound = {path: file for path, file in assets.items() if file.label not in secrets.files}
    links, faults = add_files(sound, run.profile, run.rows, run.rows.cache.put)
    memo = PageMemo(run.rows, Facts(lambda name: _answer(name, plan)))
    body = _bodies(run, sources)
    made = make_pages(pages, plan, stamp(), memo, body, run.workers)
    more, faults_of_extras = make_extras(extras, [url for url in lists if url != NOT_FOUND], plan, stamp(), memo, body)
    links |= made.links | more
    run.progress(f"{made.rendered} of {len(pages)} pages made anew")

    lookups = addresses.lookups()
    broken = [article for article in stage.pointing if run.drafts or not article.draft]
    in_content = (*stage.problems, *dead_links(broken, lookups), *problems_of_tags, *unfit(shown))
    problems = [*found.problems, *secrets.problems, *faults, *made.problems, *faults_of_extras, *of_styles(assets)]
    problems += unused_allowances(found, (run.settings.content, run.settings.templates), run.search)
    problems += of_addresses(run.settings.content, pages, assets, extras)
    problems += (replace(problem, path=f"{run.settings.content}/{problem.path}") for problem in in_content)
    if problems:
        raise _refused(run, problems)
    memo.forget_others(links.keys())
    return links, made.rendered


def _refused(run: _BuildRun, problems: Iterable[Problem]) -> ContentError:
    """All that is wrong with the site. What was made is kept, of no file with a secret in it."""
    run.rows.cache.commit()
    told = map(run.search.without_values, problems)
    return ContentError("build", told, hint="nothing was written; correct these and build again")


def _used(pieces: Mapping[str, ArticleRecord], articles: Iterable[str]) -> frozenset[str]:
    """The files that some articles show or link to."""
    return frozenset(path for article in articles if pieces[article].uses for path in pieces[article].uses.split("\0"))


def _assets(found: Folders, drafts: frozenset[str], unshown: frozenset[str]) -> dict[str, Input]:
    """Files that are copied as they are, by their place in the site: the author's over the theme's.

    What lies in the folder of a draft (`posts/first/index.md`) is a part of it, and stays behind with it; so does
    what only drafts show (`unshown`).
    """
    layers = {path: file for inputs in (found.theme, found.templates) for path, file in inputs.items()}
    assets = {path: file for path, file in layers.items() if path.startswith(ASSETS)}
    behind = tuple(path.removesuffix("index.md") for path in drafts if path.endswith("/index.md"))
    mine = ((path, file) for path, file in found.content.items() if not path.endswith(".md"))
    return assets | {path: file for path, file in mine if not path.startswith(behind) and path not in unshown}


def _answer(name: str, plan: BuildPlan) -> bytes:
    """The answer to a recorded read."""
    if name.startswith("@"):
        return plan.addresses.answer(name[1:]).encode()
    kind, _, rest = name.partition(" ")
    if kind == "template":
        file = layered(plan.layers, rest)
        return file.digest + file.label.encode() if file else b""
    return site_fact(name, plan.values)


def _bodies(run: _BuildRun, sources: Mapping[str, Input]) -> FetchBody:
    def body(record: ArticleRecord) -> bytes:
        found = run.rows.cache.recall(BODY, record.key)
        if found is None:  # the row was lost: once more
            again(record.article.source, sources, run.site, stamp(), run.rows)
            found = run.rows.cache.recall(BODY, record.key)
        if found is None:
            where = f"{run.settings.content}/{record.article.source}"
            raise ContentError("build", [Problem(where, 0, 0, *CHANGED)])
        return found

    return body
