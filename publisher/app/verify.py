"""Hash the blocks that stores and gateways return for a root, and check that a folder gives this root."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.dag.walk import Malformed
from publisher.deploy.verify import Check, check_together, every, pages, spread
from publisher.errors import BlockMissing, ConfigError, StoreError, StoreRefused, StoreUnreachable, VerifyError
from publisher.formatting import count
from publisher.secrets.own_files import CONFIG_FILE

if TYPE_CHECKING:
    from publisher.cache.store import Cache
    from publisher.dag.cid import Cid, Get

CONNECTIONS = 4
"""Each store or gateway is asked for this many blocks in parallel."""
STEP = 1000
"""A line of progress is printed after each group of this many blocks."""
SOME = 5
"""At most this many paths are listed. Of the other paths, only the number is shown."""


def verify(
    session: Session,
    target: str | None,
    on_check: Callable[[Check, Mapping[Cid, Sequence[str]]], None],
    *,
    full: bool,
    folder: Path | None,
    urls: tuple[str, ...],
    now: date | None = None,
) -> Cid:
    """Check the root that `target` means at every store and gateway, and return it. `urls` are further gateways.

    `on_check` is called with each check, and with a map from each wrong block to the pages that contain it. With
    `full`, every block is checked. With `folder`, the site in this folder is built for the day `now`, and must give the
    same root. Raises VerifyError for wrong bytes or another root, StoreUnreachable if no store or gateway returned
    every block, StoreRefused for a root that is not a site, NamingError and ConfigError.
    """
    root = root_to_verify(session, target)
    session.report.add("root", str(root))
    session.report.say(f"asked for {root}")
    places = readers_for(session, urls)
    if not places and folder is None:
        raise ConfigError(
            "publish verify", "there is no store or gateway to ask", hint="name a gateway with --gateway URL"
        )
    get = read_from_any(session, root, places)
    wrong = sources_fault(session, root, folder, get, now) if folder is not None else ""
    try:
        checks = check_all(session, root, places, get, full=full)
        for each in checks:
            on_check(each, pages(get, root, each.differing) if each.differing else {})
    except Malformed as error:
        raise StoreRefused(str(root), str(error), hint="give a root that is a folder of files") from error
    if wrong:
        raise VerifyError(
            "sources",
            wrong,
            hint="use the same content, templates, configuration and version: only these give the same root",
        )
    conclude(session, root, checks, get)
    return root


def root_to_verify(session: Session, target: str | None) -> Cid:
    """Return the root that `target` means. If `target` is None, return the root that visitors see.

    Raises ConfigError if there is no such root, and NamingError if a name cannot be read.
    """
    from publisher.app.root_arguments import find, public

    if target is not None:
        return find(session, target)
    settings = session.settings()
    root = public(session, settings)
    if root is None:
        what = f"{settings.names[0].settings.name} shows no root" if settings.names else "nothing was published yet"
        raise ConfigError("publish verify", what, hint="give a root or a name")
    return root


def readers_for(session: Session, urls: tuple[str, ...]) -> dict[str, Get]:
    """Return a map from a label to the reader of each store and gateway. Without a site, it has only those of `urls`.

    Raises ConfigError if a store cannot be opened, or a URL cannot be the address of a gateway.
    """
    from publisher.app.sources import MUTE, gateways, readers, without_reader

    if not session.has_site():
        return gateways(urls, session.proxy)
    settings = session.settings()
    stores, pinners = session.stores(settings), session.pinners(settings)
    for label in without_reader(stores, pinners):
        session.report.say(f"{label}: not asked, it {MUTE}")
    return readers(stores, pinners, [*settings.deploy.gateways, *urls], session.proxy)


def read_from_any(session: Session, root: Cid, places: Mapping[str, Get]) -> Get:
    """Return a `get` that asks each store and gateway in turn for a block, and hashes it.

    The `get` raises BlockMissing if no source returns the right bytes. A source that returned a wrong block is still
    asked for other blocks. So the report can name the pages of more blocks.
    """
    silent: set[str] = set()
    own: dict[str, Get] = {"cache": session.cache().get_verified} if session.has_site() else {}

    def get(cid: Cid) -> bytes:
        for label, read in (own | dict(places)).items():
            if label in silent:
                continue
            try:
                data = read(cid)
            except StoreUnreachable:
                silent.add(label)
            except StoreError:
                continue
            else:
                return data
        raise BlockMissing(
            str(root), f"no source has block {cid}", hint="name a gateway that has the root, with --gateway URL"
        )

    return get


def check_all(session: Session, root: Cid, places: Mapping[str, Get], get: Get, *, full: bool) -> tuple[Check, ...]:
    """Check a sample of the blocks at each store and gateway, all in parallel. With `full`, check every block.

    `get` reads the blocks with links, to find the blocks of the root. Raises Malformed for a root that is not a file
    system.
    """
    from publisher.concurrency.threads import run_in_threads

    cids = list(every(get, root)) if full else list(spread(get, root))
    session.report.add("full", full)
    if places and len(cids) > 1:
        each = f" from each of {count(len(places), 'place')}" if len(places) > 1 else ""
        more = "" if full else ", a sample of the whole site; --full checks every block"
        session.report.say(f"{count(len(cids), 'block')}{each}{more}")

    def progress_of(by: str) -> Callable[[int], None]:
        def on_progress(done: int) -> None:
            if done % STEP == 0:
                session.report.say(f"{by}: {done:,} of {len(cids):,} blocks")

        return on_progress

    return run_in_threads(
        lambda place: check_together(*place, cids, CONNECTIONS, progress_of(place[0])), list(places.items())
    )


def conclude(session: Session, root: Cid, checks: tuple[Check, ...], get: Get) -> None:
    """Raise VerifyError if a block differs, and StoreUnreachable if no store or gateway returned every block."""
    for each in checks:
        if each.differing:
            found = pages(get, root, each.differing[:1])[each.differing[0]]
            more = f", and for {len(each.differing) - 1} more" if len(each.differing) > 1 else ""
            what = f"this source returned wrong bytes for block {each.differing[0]} of {named(found)}{more}"
            raise VerifyError(each.by, what, hint="do not trust this source: visitors who use it may get another page")
    good = [each.by for each in checks if each.ok]
    if checks and not good:
        why = "; ".join(f"{each.by}: {each.why}" for each in checks)
        raise StoreUnreachable(
            "publish verify", f"no source gave the root back: {why}", hint="run again, or name a --gateway URL"
        )
    if good:
        session.report.say(f"the right blocks of {root} came from {', '.join(good)}")


def sources_fault(session: Session, root: Cid, folder: Path, get: Get, now: date | None) -> str:
    """Build `folder` and return a text that says how its root differs from `root`, or "" if both are equal.

    `get` reads the blocks of `root`. `now` is the day for which the site is built, or None to try the likely days.
    Raises ConfigError if there is no such folder, and ContentError for errors in its articles.
    """
    from publisher.cache.store import Cache
    from publisher.dag import walk
    from publisher.retrieval.fetch import through

    if not folder.is_dir():
        raise ConfigError(str(folder), "there is no such folder", hint="name the folder of a site after --from")
    report = session.report
    with tempfile.TemporaryDirectory(prefix="publish-") as place, Cache(Path(place) / "cache") as fresh:
        made = rebuild(session, root, folder, fresh, now)
        why = "" if made.same_block(root) else f"the sources give {made}, not {root}"
        if why:
            try:
                sets = walk.changed(through(fresh.get, get), root, made)
            except (BlockMissing, Malformed) as error:
                why += f"; this program cannot find out which pages differ: {error}"
            else:
                found = dict(zip(("added", "changed", "removed"), map(sorted, sets), strict=True))
                report.add("differences", found)
                why += "".join(f"; {what}: {named(paths)}" for what, paths in found.items() if paths)
    report.say(f"sources: {why or 'they give this root'}")
    report.append("verified", {"by": "sources", "ok": not why, "why": why, "blocks": 0, "bytes": 0})
    return why


def rebuild(session: Session, root: Cid, folder: Path, cache: Cache, now: date | None) -> Cid:
    """Build a folder and return its root. A folder without publish.toml is read as `publish add` reads it.

    If the root of a site depends on the day, the site is built for `now`. If `now` is None, the site is built for one
    likely day after the other until the result is `root`. Raises ConfigError and ContentError for faults in the folder.
    """
    if (folder / CONFIG_FILE).exists():
        from publisher.app.build_day import likely_days
        from publisher.app.secret_values import search_for
        from publisher.build import build
        from publisher.config import load
        from publisher.site.fault_levels import lenient

        settings = load(folder)
        # Somebody else may have written this publish.toml, so the program reads no variable that it names.
        search = search_for(settings, lambda name: "", None)
        progress = session.report.detail
        site = (folder, settings.site, settings.build, cache)
        check = lenient(settings.check)
        for day in [now] if now else likely_days(session, settings, root):
            built = build(*site, progress=progress, search=search, check=check, now=day)
            if built.root.same_block(root) or not built.schedule.now:
                break
        return built.root
    from publisher.app.add import profile_name, secret_search_of
    from publisher.dag.unixfs import PROFILES
    from publisher.intake.folder import add_folder

    profile, search = PROFILES[profile_name(session)], secret_search_of(session)
    return add_folder(folder, profile, cache.put, session.report.detail, search=search).root


def named(paths: Sequence[str]) -> str:
    """Return a text with the first SOME paths, and the number of the other paths."""
    if not paths:
        return "an unknown page"
    more = f" and {len(paths) - SOME} more" if len(paths) > SOME else ""
    return ", ".join(paths[:SOME]) + more
