"""Serve the site as a visitor will get it, and build it again on every save."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import PublishError

if TYPE_CHECKING:
    from publisher.build import BuildResult
    from publisher.dag.cid import Cid, Get
    from publisher.errors import Problem
    from publisher.gateway.preview.live import PageFault

DRAFTS = "drafts"
"""The folder of the cache for drafts, beside the cache of the site."""


@dataclass(frozen=True, slots=True)
class PreviewListener:
    """The functions that a preview calls with its address."""

    bound: Callable[[str], None]
    """Called before the first build."""
    built: Callable[[str], None]
    """Called after the first build, before the first request is answered."""


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """What a preview shows beside what is published today."""

    drafts: bool = False
    future: bool = False
    """Articles of a later date."""
    now: date | None = None
    """The day for which it is built; None for today."""

    @property
    def private(self) -> bool:
        """Whether it shows what is not to be published yet."""
        return self.drafts or self.future or self.now is not None


def preview(session: Session, listener: PreviewListener, options: PreviewOptions, *, host: str, port: int) -> None:
    """Serve until Ctrl-C what the site's folder is, built again on every save."""
    from publisher.app.trim import tidy
    from publisher.gateway.preview.preview import Preview, PreviewActions

    settings = session.settings()
    with preview_session(session, options) as building:
        folder = building.cache().folder
        read = (settings.build.content, settings.build.templates, settings.build.static)
        watched = [*(session.site / name for name in read), settings.file]

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
            watched,
            session.report.say,
        )
        server = Preview(work, origin(settings.site.title), host, port)
        listener.bound(server.address)
        # No second thread runs yet, so this build may use all processors. Its problems are shown in the page.
        with contextlib.suppress(PublishError):
            make(building, options)
            tidy(building, settings)
        listener.built(server.address)
        server.run()


def when_new(tell: Callable[[tuple[Problem, ...]], None]) -> Callable[[tuple[Problem, ...]], None]:
    """Tells problems once, not at every save: only those that are others than the last ones."""
    known: tuple[Problem, ...] = ()

    def once(problems: tuple[Problem, ...]) -> None:
        nonlocal known
        if problems != known:
            known = problems
            tell(problems)

    return once


@contextlib.contextmanager
def preview_session(session: Session, options: PreviewOptions) -> Iterator[Session]:
    """The session to build with. Blocks of drafts go into a cache of their own: `publish gateway` gives those of the
    site's cache to every page that knows a CID."""
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
    """What is on the disk now, its blocks where another thread finds them, and what is wrong with it.

    Raises ConfigError, and ContentError if no page could be made.
    """
    from publisher.app.building import today
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
    """Return the errors and warnings for pages to show, errors first. A note does not cover a part of a page."""
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
    """The same, and what the cache lacks of the root that is shown is built once more, in the thread that asks."""
    from publisher.app.building import today
    from publisher.app.healing import RepairingGet
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
    """Return a host name for a site, made from its title. Each site then has cookies and storage of its own."""
    label = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return label or "site"
