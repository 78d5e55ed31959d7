"""Serve the site as a visitor will see it, and build it again after every save."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import PublishError
from publisher.fast_dataclass import dataclass, replace

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.errors import Problem
    from publisher.gateway.preview.live import PageFault

DRAFTS = "drafts"
"""The name of the folder in `.publish` that has the cache for drafts."""


@dataclass(frozen=True, slots=True)
class PreviewListener:
    """The functions that a preview calls with its address."""

    bound: Callable[[str], None]
    """The preview calls this function with the address before the first build."""
    built: Callable[[str], None]
    """The preview calls this function with the address after the first build, before it answers the first request."""


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """The articles that a preview shows besides those that a publish would show today."""

    drafts: bool = False
    """Show drafts."""
    future: bool = False
    """Show articles with a later date."""
    now: date | None = None
    """The site is built for this day. None stands for today."""

    @property
    def private(self) -> bool:
        """Return whether the preview can show articles that are not to be published yet."""
        return self.drafts or self.future or self.now is not None


def watched(site: Path, settings: Config) -> list[Path]:
    """Return the folders and the file whose changes cause a new build."""
    build = settings.build
    return [*(site / name for name in (build.content, build.templates, build.static, build.data)), settings.file]


def preview(session: Session, listener: PreviewListener, options: PreviewOptions, *, host: str, port: int) -> None:
    """Serve the site until Ctrl-C. Build it again after every save.

    Raises ConfigError if the address cannot be bound or publish.toml has a fault. Faults of articles are shown in the
    pages.
    """
    from publisher.app.trim import tidy
    from publisher.gateway.preview.preview import Preview, PreviewActions

    settings = session.settings()
    with preview_session(session, options) as building:
        folder = building.cache().folder
        tell = when_new(session.report.problems)

        def shown() -> Cid | None:
            return server.root

        def rebuild() -> tuple[Cid, tuple[PageFault, ...]]:
            built = make(building, options, workers=1)
            tell(built.problems)
            return built.root, faults_of(built)

        work = PreviewActions(
            rebuild,
            lambda: repairing(building, options, folder, shown),
            watched(session.site, settings),
            session.report.say,
        )
        server = Preview(work, origin(settings.site.title), host, port)
        listener.bound(server.address)
        # No second thread runs yet, so this build may use all processors. The page shows its problems.
        with contextlib.suppress(PublishError):
            make(building, options)
            tidy(building, settings)
        listener.built(server.address)
        server.run()


def when_new(tell: Callable[[tuple[Problem, ...]], None]) -> Callable[[tuple[Problem, ...]], None]:
    """Return a function that calls `tell` with the problems of a build, if they differ from those of the last build."""
    known: tuple[Problem, ...] = ()

    def once(problems: tuple[Problem, ...]) -> None:
        nonlocal known
        if problems != known:
            known = problems
            tell(problems)

    return once


@contextlib.contextmanager
def preview_session(session: Session, options: PreviewOptions) -> Iterator[Session]:
    """Yield the session that builds. With drafts, later articles or another day, the session has a cache of its own.

    The reason is that `publish gateway` serves every block of the site's cache to every page that knows its CID.
    """
    if not options.private:
        yield session
        return
    from publisher.cache.store import Cache

    apart = replace(session, _cache=Cache(session.state / DRAFTS, warn=session.report.warn))
    try:
        yield apart
    finally:
        apart.close()


def make(session: Session, options: PreviewOptions, workers: int | None = None) -> BuildResult:
    """Build the site, commit its blocks to the cache so that other threads can read them, and return the result.

    `workers` is the number of processes, or None for the default. Raises ConfigError for settings that cannot be used,
    and ContentError if no page could be made.
    """
    from publisher.app.build_options import today
    from publisher.build import build

    settings = session.settings()
    built = build(
        session.site,
        settings.site,
        settings.build,
        session.cache(),
        drafts=options.drafts,
        now=options.now or today(settings),
        future=options.future,
        workers=workers,
        search=session.secret_search(settings),
        check=settings.check,
        tolerant=True,
    )
    session.cache().commit()
    return built


def faults_of(built: BuildResult) -> tuple[PageFault, ...]:
    """Return the errors and warnings that the pages show, errors first. Notes are left out."""
    from publisher.gateway.preview.live import PageFault

    shown = [problem for problem in built.problems if problem.level != "note"]
    shown.sort(key=lambda problem: problem.level != "error")
    return tuple(PageFault(str(problem), problem.level, built.urls.get(problem.path, "")) for problem in shown)


@contextlib.contextmanager
def blocks(folder: Path) -> Iterator[Get]:
    """Open the cache in `folder` for the calling thread and yield a `get`."""
    from publisher.cache.store import Cache
    from publisher.retrieval.failover import by_either_version

    with Cache(folder) as cache:
        yield by_either_version(cache.get_verified)


@contextlib.contextmanager
def repairing(session: Session, options: PreviewOptions, folder: Path, root: Callable[[], Cid | None]) -> Iterator[Get]:
    """Open the cache in `folder` for the calling thread and yield a `get` that repairs the root.

    `root` returns the root that the preview shows, or None before the first build. If a block of this root is missing
    or damaged, the calling thread builds the site once more. The `get` raises BlockMissing if that does not help.
    """
    from publisher.app.build_options import today
    from publisher.app.repairing_get import RepairingGet
    from publisher.build import build
    from publisher.cache.store import Cache
    from publisher.retrieval.failover import by_either_version

    def again(cache: Cache) -> None:
        settings = session.settings()
        build(
            session.site,
            settings.site,
            settings.build,
            cache,
            fresh=True,
            drafts=options.drafts,
            now=options.now or today(settings),
            future=options.future,
            workers=1,
            search=session.secret_search(settings, remember=False),
            check=settings.check,
            tolerant=True,
        )

    with Cache(folder) as cache:
        yield by_either_version(RepairingGet(root, lambda: contextlib.nullcontext(cache), again, session.report.warn))


def origin(title: str) -> str:
    """Return a label for the host name of a site, made from its title.

    Browsers keep cookies and storage for each host name, so two sites do not share them.
    """
    label = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return label or "site"
