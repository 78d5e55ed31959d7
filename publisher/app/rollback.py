"""Roll back to an earlier root: fetch it if too few stores hold it, and deploy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.counting_back import parse_steps_back, root_before
from publisher.app.deploying import DeployListener, DeployOptions, carry_out, check_names
from publisher.dag.uri import root_of
from publisher.errors import StoreError

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get


def rollback(session: Session, target: str, options: DeployOptions, listener: DeployListener) -> None:
    """Deploy an earlier root again. The root is sent to every store that no longer holds it.

    Raises ConfigError for an unknown root, BlockMissing if no source has its blocks, other kinds of StoreError,
    NamingError, VerifyError, StateError and Unfinished.
    """
    from publisher.intake.archive import must_be_folder

    settings = session.settings()
    check_names(settings, options)
    root = find(session, settings, target)
    get = at_hand(session, settings, root, dry_run=options.dry_run)
    must_be_folder(get, root, target)
    carry_out(session, settings, root, options, listener, get=get, back=True)


def find(session: Session, settings: Config, target: str) -> Cid:
    """Return the root that `target` means: a CID, its beginning, @N, or -N, which counts N publishes back.

    Raises ConfigError if no such root is known, and NamingError if the name cannot be read.
    """
    from publisher.journal.queries import known_roots, pick_root

    steps = parse_steps_back(target)
    if not steps:
        return pick_root(target, known_roots(session.journal().events()))
    names = session.names(settings)
    shown = root_of(names[0].shows()) if names else None
    root = root_before(session, settings, steps, shown)
    if shown is not None and root.to_v1() == shown:
        further = f"`publish rollback -{steps + 1}` goes further back"
        session.report.say(f"{names[0].name} was rolled back already; {further}")
    return root


def at_hand(session: Session, settings: Config, root: Cid, *, dry_run: bool) -> Get:
    """Return a `get` for a root. If too few stores hold the root, fetch it into the cache first.

    With `dry_run`, nothing is fetched in advance. Raises BlockMissing if no source has a block, StoreRefused for a root
    that is not a file system, and ConfigError if a store cannot be opened.
    """
    from publisher.app.sources import fetch_root, sources
    from publisher.concurrency.threads import run_in_threads
    from publisher.retrieval.fetch import BlockSearch, through

    backends = (*session.stores(settings), *session.pinners(settings))

    def held(number: int) -> bool:
        try:
            return backends[number].held(root)
        except StoreError:
            return False

    holding = sum(run_in_threads(held, range(len(backends))))
    cache = session.cache_pool()
    if not dry_run and holding < (settings.deploy.copies or len(backends)):
        fetch_root(session, settings, root)
        return cache.get_verified
    return through(cache.get_verified, BlockSearch(root, sources(session, settings), session.report.warn))
