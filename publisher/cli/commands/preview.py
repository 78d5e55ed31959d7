"""`publish preview`: the site as a visitor will get it, reloading on every save."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.group import common, plain
from publisher.errors import PublishError

if TYPE_CHECKING:
    from publisher.dag.cid import Cid, Get

DRAFTS = "drafts"
"""The folder of their cache, beside that of the site."""


@click.command()
@click.option("-D", "--drafts", is_flag=True, help="Show drafts too.")
@click.option("--open", "browse", is_flag=True, help="Open it in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@common
@click.pass_obj
@plain
def command(session: Session, /, drafts: bool, browse: bool, host: str, port: int) -> None:
    """Show the site on a local gateway while you write; every save reloads the page."""
    from publisher.app.trim import tidy
    from publisher.gateway.preview.preview import Preview, Work

    settings = session.settings()
    with kept(session, drafts) as building:
        folder = building.cache().folder
        watched = [session.site / settings.build.content, session.site / settings.build.templates, settings.file]

        def shown() -> Cid | None:
            return preview.root

        work = Work(
            lambda: make(building, drafts, workers=1),
            lambda: mended(building, drafts, folder, shown),
            watched,
            session.report.say,
        )
        preview = Preview(work, origin(settings.site.title), host, port)
        session.report.add("url", preview.address)
        session.report.result(preview.address)
        session.report.say("watching for changes; Ctrl-C ends it")
        session.report.finish()
        # Before there is a second thread, so that a first build may use all processors; its faults are in the page.
        with contextlib.suppress(PublishError):
            make(building, drafts)
            tidy(building, settings)
        if browse:
            click.launch(preview.address)
        preview.run()


@contextlib.contextmanager
def kept(session: Session, drafts: bool) -> Iterator[Session]:
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
        search=session.search(settings),
    )
    session.cache().commit()
    return built.root


@contextlib.contextmanager
def blocks(folder: Path) -> Iterator[Get]:
    """The cache in a folder, as a thread of its own opens it."""
    from publisher.cache.store import Cache
    from publisher.retrieval.failover import by_either_name

    with Cache(folder) as cache:
        yield by_either_name(cache.sound)


@contextlib.contextmanager
def mended(session: Session, drafts: bool, folder: Path, root: Callable[[], Cid | None]) -> Iterator[Get]:
    """The same, and what the cache lacks of the root that is shown is built once more, in the thread that asks."""
    from publisher.app.healing import Mending
    from publisher.build import build
    from publisher.cache.store import Cache
    from publisher.retrieval.failover import by_either_name

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
            search=session.search(settings, remember=False),
        )

    with Cache(folder) as cache:
        yield by_either_name(Mending(root, lambda: contextlib.nullcontext(cache), again, session.report.warn))


def origin(title: str) -> str:
    """A host name of its own for a site, so that its cookies and storage are its own."""
    label = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return label or "site"
