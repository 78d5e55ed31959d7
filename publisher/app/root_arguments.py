"""The roots that somebody wants to look at, however they are called, and a way to read them wherever they are."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.healing import repairing_get
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import BlockMissing, ConfigError, NamingError

if TYPE_CHECKING:
    from publisher.config import Config


def find(session: Session, text: str) -> Cid:
    """A root by its CID, its unique beginning, @N, -N, a name that shows it, or as a folder or CAR file."""
    if not text:  # a variable that was not set: never the folder that we happen to be in
        raise ConfigError("publish", "the root or path is empty", hint="write . for this folder")
    if Path(text).exists():
        from publisher.app.add import import_path

        return import_path(session, Path(text))
    with contextlib.suppress(ValueError):  # whole: nobody has to know what was published here
        return Cid.parse(text)
    from publisher.app.counting_back import parse_steps_back, root_before
    from publisher.journal.queries import known_roots, pick_root

    if steps := parse_steps_back(text):
        settings = session.settings()
        return root_before(session, settings, steps, public(session, settings))
    return pick_root(text, known_roots(session.journal().events()), lambda name: shows(session, name))


def shows(session: Session, text: str) -> str:
    """What a name shows, as a URI: one of ours, or any other by the way that ours are asked."""
    settings = session.settings()
    for place, name in zip(settings.names, session.names(settings), strict=True):
        if text in (place.settings.name, name.name):
            return name.shows()
    chains = [place.settings for place in settings.names if place.kind == "ens"]
    if not chains:
        hint = "give a root, a folder or a CAR file, or configure a name with its `rpc`"
        raise ConfigError(text, "neither a root nor a path, and there is nobody to ask what it shows", hint=hint)
    from publisher.names.ens import open_chain
    from publisher.names.ens.resolver import lookup

    return lookup(open_chain(chains[0], session.name_context(settings)), text)


def public(session: Session, settings: Config) -> Cid | None:
    """What visitors see now: what the first name shows, else the root that was published last; None before that."""
    from publisher.dag.uri import root_of
    from publisher.journal.queries import last_published

    last = last_published(session.journal().events())
    names = session.names(settings)
    if not names:
        return last
    try:
        uri = names[0].shows()
    except NamingError as error:
        if last is None:
            raise
        session.report.warn(f"{error}; {last} is taken, which was published last")
        return last
    root = root_of(uri)
    if uri and root is None:
        session.report.warn(f"{names[0].name} shows {uri}, which is no root on IPFS")
    return root


def reading(session: Session, root: Cid, made: Cid | None = None) -> Get:
    """Blocks from the cache; what it lacks is fetched from stores and gateways, and kept. They are opened only then.

    `made` is the root that was just built from the folder: what the cache lacks of it is built once more.
    """
    cache = session.cache()
    here: Get = cache.get_verified if made is None else repairing_get(session, made)
    search: Get | None = None

    def get(cid: Cid) -> bytes:
        nonlocal search
        try:
            return here(cid)
        except BlockMissing as missing:
            if search is None:
                search = _elsewhere(session, root, missing)
            data = search(cid)
        cache.put(Block(cid, data))
        return data

    return get


def _elsewhere(session: Session, root: Cid, missing: BlockMissing) -> Get:
    from publisher.app.sources import sources
    from publisher.retrieval.fetch import BlockSearch

    try:
        settings = session.settings()
    except ConfigError:  # no site here: then there is nobody to ask
        raise missing from None
    return BlockSearch(root, sources(session, settings), session.report.detail)
