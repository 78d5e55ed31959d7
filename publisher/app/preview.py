"""The site as a visitor will get it, built again on every save."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import PublishError

if TYPE_CHECKING:
    from publisher.dag.cid import Cid, Get

DRAFTS = "drafts"
"""The folder of their cache, beside that of the site."""


@dataclass(frozen=True, slots=True)
class PreviewListener:
    """What a preview calls with its address."""

    bound: Callable[[str], None]
    """Before the first build."""
    built: Callable[[str], None]
    """After the first build, before the first request is answered."""


def preview(session: Session, listener: PreviewListener, *, drafts: bool, host: str, port: int) -> None:
    """Serve until Ctrl-C what the site's folder is, built again on every save."""
    from publisher.app.trim import tidy
    from publisher.gateway.preview.preview import Preview, PreviewActions

    settings = session.settings()
    with preview_session(session, drafts) as building:
        folder = building.cache().folder
        watched = [session.site / settings.build.content, session.site / settings.build.templates, settings.file]

        def shown() -> Cid | None:
            return server.root

        work = PreviewActions(
            lambda: make(building, drafts, workers=1),
            lambda: repairing(building, drafts, folder, shown),
            watched,
            session.report.say,
        )
        server = Preview(work, origin(settings.site.title), host, port)
        listener.bound(server.address)
        # Before there is a second thread, so that a first build may use all processors; its faults are in the page.
        with contextlib.suppress(PublishError):
            make(building, drafts)
            tidy(building, settings)
        listener.built(server.address)
        server.run()


@contextlib.contextmanager
def preview_session(session: Session, drafts: bool) -> Iterator[Session]:
    """The session to build with. Blocks of drafts go into a cache of their own: `publish gateway` gives those of the
    site's cache to every page that knows a CID."""
    if not drafts:
        yield session
        return
    from publisher.cache.store import Cache

    apart = replace(session, _cache=Cache(session.state / DRAFTS, warn=session.report.warn))
    try:
        yield apart
    finally:
        apart.close()


def make(session: Session, drafts: bool, workers: int | None = None) -> Cid:
    """The root of what is on the disk now, its blocks where another thread finds them."""
    from publisher.build import build

    settings = session.settings()
    built = build(
        session.site,
        settings.site,
        settings.build,
        session.cache(),
        drafts=drafts,
        workers=workers,
        search=session.secret_search(settings),
    )
    session.cache().commit()
    return built.root


@contextlib.contextmanager
def blocks(folder: Path) -> Iterator[Get]:
    """The cache in a folder, as a thread of its own opens it."""
    from publisher.cache.store import Cache
    from publisher.retrieval.failover import by_either_version

    with Cache(folder) as cache:
        yield by_either_version(cache.get_verified)


@contextlib.contextmanager
def repairing(session: Session, drafts: bool, folder: Path, root: Callable[[], Cid | None]) -> Iterator[Get]:
    """The same, and what the cache lacks of the root that is shown is built once more, in the thread that asks."""
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
            drafts=drafts,
            workers=1,
            search=session.secret_search(settings, remember=False),
        )

    with Cache(folder) as cache:
        yield by_either_version(RepairingGet(root, lambda: contextlib.nullcontext(cache), again, session.report.warn))


def origin(title: str) -> str:
    """A host name of its own for a site, so that its cookies and storage are its own."""
    label = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return label or "site"
