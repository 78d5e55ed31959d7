"""The places that may be asked for blocks, with the labels under which reports tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from publisher.errors import BlockMissing
from publisher.formatting import count
from publisher.http.redact import host_of
from publisher.retrieval.trustless import trustless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.app.context import Session
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.retrieval.fetch import BlockSource
    from publisher.stores.base import Pinner, Store

MUTE = "gives no blocks back: set its `gateway`"
"""Of a cluster or a pinning service that may hold a root all the same."""


def gateways(urls: Iterable[str], proxy: Callable[[str], str]) -> dict[str, Get]:
    """Readers by the label that reports carry: a host without its path, which may hold a key."""
    readers: dict[str, Get] = {}
    for url in dict.fromkeys(urls):
        label = plain = f"gateway {host_of(url)}"
        number = 1
        while label in readers:
            number += 1
            label = f"{plain} ({number})"
        readers[label] = trustless(url, label, proxy=proxy(url))
    return readers


def readers(
    stores: Sequence[Store], pinners: Sequence[Pinner], urls: Iterable[str], proxy: Callable[[str], str]
) -> dict[str, Get]:
    """Everybody who may give blocks back, those that are nearest first."""
    backends: list[Store | Pinner] = [*stores, *pinners]
    own = {each.label: each.reader() for each in backends}
    return {label: get for label, get in own.items() if get is not None} | gateways(urls, proxy)


def without_reader(stores: Sequence[Store], pinners: Sequence[Pinner]) -> tuple[str, ...]:
    """Those who may hold a root and have no way to give its blocks back."""
    backends: list[Store | Pinner] = [*stores, *pinners]
    return tuple(each.label for each in backends if each.reader() is None)


def sources(session: Session, settings: Config) -> tuple[BlockSource, ...]:
    """The same as `fetching` asks them: stores, then the gateways of pinners, then gateways."""
    from publisher.retrieval.fetch import BlockSource

    stores, pinners = session.stores(settings), session.pinners(settings)
    found = readers(stores, pinners, settings.deploy.gateways, session.proxy)
    asked = [BlockSource(label, get) for label, get in found.items()]
    return (*asked, *(BlockSource(label, _never, fault=MUTE) for label in without_reader(stores, pinners)))


def _never(cid: Cid) -> bytes:
    raise BlockMissing("stores", f"block {cid} was asked of who gives none")


def fetch_root(session: Session, settings: Config, root: Cid) -> None:
    """All of a root into the cache, from wherever it is to be had. BlockMissing that says where was looked."""
    from publisher.retrieval.fetch import fetch

    report = session.report
    with session.cache().steady():
        number = fetch(root, session.cache(), sources(session, settings), log=report.say, warn=report.warn)
    if number:
        report.say(f"{count(number, 'block')} of {root} fetched back")
