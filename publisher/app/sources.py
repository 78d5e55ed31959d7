"""Open the stores and gateways that can return blocks, with the labels that reports use."""

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
"""The message about a cluster or a pinning service that may hold a root but cannot return its blocks."""


def gateways(urls: Iterable[str], proxy: Callable[[str], str]) -> dict[str, Get]:
    """Return a map from a label to the reader of each gateway. `proxy` returns the proxy for a URL, or "".

    Raises ConfigError for a URL that cannot be the address of a gateway, and for a proxy that cannot be used.
    """
    return {label: trustless(url, label, proxy=proxy(url)) for label, url in labelled(urls).items()}


def labelled(urls: Iterable[str], what: str = "gateway") -> dict[str, str]:
    """Return a map from a label to the URL of each gateway. `what` is the first word of the labels.

    The label has only the host of the URL, because the path may contain a key.
    """
    found: dict[str, str] = {}
    for url in dict.fromkeys(urls):
        label = plain = f"{what} {host_of(url)}"
        number = 1
        while label in found:
            number += 1
            label = f"{plain} ({number})"
        found[label] = url
    return found


def readers(
    stores: Sequence[Store], pinners: Sequence[Pinner], urls: Iterable[str], proxy: Callable[[str], str]
) -> dict[str, Get]:
    """Return a map from a label to the reader of each store, pinner and gateway, in this order.

    Raises ConfigError for a URL in `urls` that cannot be the address of a gateway.
    """
    backends: list[Store | Pinner] = [*stores, *pinners]
    own = {each.label: each.reader() for each in backends}
    return {label: get for label, get in own.items() if get is not None} | gateways(urls, proxy)


def without_reader(stores: Sequence[Store], pinners: Sequence[Pinner]) -> tuple[str, ...]:
    """Return the labels of stores and pinners that may hold a root but cannot return its blocks."""
    backends: list[Store | Pinner] = [*stores, *pinners]
    return tuple(each.label for each in backends if each.reader() is None)


def sources(session: Session, settings: Config) -> tuple[BlockSource, ...]:
    """Return the sources from which `fetch` reads blocks: stores, the gateways of pinners, then other gateways.

    A store that cannot return blocks is a source with a fault, so that errors name it. Raises ConfigError if a store
    cannot be opened.
    """
    from publisher.retrieval.fetch import BlockSource

    stores, pinners = session.stores(settings), session.pinners(settings)
    found = readers(stores, pinners, settings.deploy.gateways, session.proxy)
    asked = [BlockSource(label, get) for label, get in found.items()]
    return (*asked, *(BlockSource(label, _never, fault=MUTE) for label in without_reader(stores, pinners)))


def _never(cid: Cid) -> bytes:
    raise BlockMissing("stores", f"no store gives block {cid}", hint="set `gateway` of a store in publish.toml")


def fetch_root(session: Session, settings: Config, root: Cid) -> None:
    """Fetch every missing block of a root into the cache.

    Raises BlockMissing with the list of the sources if none has a block, StoreRefused for a root that is not a file
    system, and ConfigError if a store cannot be opened.
    """
    from publisher.retrieval.fetch import fetch

    report = session.report
    with session.cache().steady():
        number = fetch(root, session.cache(), sources(session, settings), log=report.say, warn=report.warn)
    if number:
        report.say(f"{count(number, 'block')} of {root} fetched back")
