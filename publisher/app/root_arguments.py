"""Find the root that an argument means, and read its blocks from the cache, stores or gateways."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.build_options import BuildOptions
from publisher.app.context import Session
from publisher.app.repairing_get import repairing_get
from publisher.dag.cid import Block, Cid, Get
from publisher.errors import BlockMissing, ConfigError, NamingError

if TYPE_CHECKING:
    from publisher.config import Config


def find(session: Session, text: str) -> Cid:
    """Return the root that `text` means.

    `text` is a CID or its unique beginning, @N, -N, a name, or the path of a folder or a CAR file.

    Raises ConfigError if no root is found, NamingError if a name cannot be read, StoreError for a damaged CAR file, and
    ContentError for a folder that may not be published.
    """
    if not text:  # An empty text comes from a variable that was not set. It must not mean the working directory.
        raise ConfigError("publish", "the root or path is empty", hint="write . for this folder")
    if Path(text).exists():
        from publisher.app.add import import_path

        return import_path(session, Path(text))
    with contextlib.suppress(ValueError):  # A whole CID is used as it is, and the journal is not read.
        return Cid.parse(text)
    from publisher.app.counting_back import parse_steps_back, root_before
    from publisher.journal.queries import known_roots, pick_root

    if steps := parse_steps_back(text):
        settings = session.settings()
        return root_before(session, settings, steps, public(session, settings))
    return pick_root(text, known_roots(session.journal().events()), lambda name: shows(session, name))


def shows(session: Session, text: str) -> str:
    """Return the URI that a name shows. A name of another site is read from the end points of our own names.

    Raises ConfigError if there is no end point, and NamingError if the name cannot be read.
    """
    settings = session.settings()
    for place, name in zip(settings.names, session.names(settings), strict=True):
        if text in (place.settings.name, name.name):
            return name.shows()
    chains = [place.settings for place in settings.names if place.kind == "ens"]
    if not chains:
        hint = "give a root, a folder or a CAR file, or configure a name with `rpc`"
        raise ConfigError(
            text,
            "this is neither a root nor a path, and publish.toml has no ENS name whose end point could look it up",
            hint=hint,
        )
    from publisher.names.ens import open_chain
    from publisher.names.ens.resolver import lookup

    return lookup(open_chain(chains[0], session.name_context(settings)), text)


def public(session: Session, settings: Config) -> Cid | None:
    """Return the root that visitors see: the one that the first name shows.

    Without a name, or if the name cannot be read, this is the root that was published last. Return None if the name
    shows no root or nothing was published. Raises NamingError if the name cannot be read and nothing was published.
    """
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
        session.report.warn(f"{error}; this run takes {last}, which was published last")
        return last
    root = root_of(uri)
    if uri and root is None:
        session.report.warn(f"{names[0].name} shows {uri}, which is no root on IPFS")
    return root


def reading(session: Session, root: Cid, made: Cid | None = None, options: BuildOptions | None = None) -> Get:
    """Return a `get` for `root` that reads the cache, and fetches missing blocks from stores and gateways into it.

    The stores are opened when the first block is missing. `made` is the root that was just built from the folder, or
    None, and `options` are the options of this build. Missing blocks of this root are built once more. The `get` raises
    BlockMissing if no source has a block.
    """
    cache = session.cache()
    here: Get = cache.get_verified if made is None else repairing_get(session, made, options or BuildOptions())
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
    except ConfigError:  # Without a site there are no stores, so the block stays missing.
        raise missing from None
    return BlockSearch(root, sources(session, settings), session.report.detail)
