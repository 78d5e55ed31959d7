"""Put the parts of `publish gateway` together: blocks from caches and upstreams, names, and the server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.app.name_resolution import Home, home_of, resolver
from publisher.errors import ConfigError, PublishError, SecretWithheld
from publisher.http.proxies import proxy_for
from publisher.http.redact import host_of
from publisher.retrieval.failover import Failover, Upstream, by_either_version, first_of
from publisher.retrieval.trustless import alive, trustless

if TYPE_CHECKING:
    from publisher.app.gateway_options import GatewayOptions
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.gateway.caches.block_cache import BlockCache
    from publisher.gateway.caches.name_cache import NameCache
    from publisher.gateway.context import Gateway
    from publisher.gateway.message import Request, Response
    from publisher.gateway.serve.server import Server
    from publisher.retrieval.disk_cache import DiskCache

READERS = 32
"""This many blocks are fetched in parallel. Readers mostly wait for the network, so many readers cost little."""

READ_TIMEOUT, TOTAL_TIMEOUT = 10.0, 20.0
"""The next gateway is asked after READ_TIMEOUT seconds without a byte, or TOTAL_TIMEOUT seconds for a whole block."""


@contextlib.contextmanager
def opened(session: Session, options: GatewayOptions, host: str, port: int) -> Iterator[tuple[Server, Home]]:
    """Yield a server that is bound but does not serve yet, and the target of `/`.

    Raises ConfigError for an address or a URL that cannot be used, NameUnusable for a text that is not a name, and
    NamingError if a name cannot be read.
    """
    from publisher.gateway.caches.block_cache import BlockCache
    from publisher.gateway.caches.name_cache import NameCache
    from publisher.gateway.context import Gateway, PlainReader

    settings = session.settings() if session.has_site() else None
    home = home_of(session, settings, options.target)
    with (
        _cached(session, settings) as own,
        _cached(session, settings) as quick,  # The event loop must not wait for the lock that the readers share.
        _fetched(session, settings, options) as fetched,
    ):
        kept = [*([own] if own is not None else []), *([fetched.get] if fetched is not None else [])]
        nearby = [by_either_version(get) for get in kept]
        places = upstreams_of(session, settings, options)
        far = Failover(places, fetched.put if fetched is not None else lambda block: None, log=session.report.say)
        disk = first_of(*nearby, Failover(()))
        blocks = BlockCache(
            first_of(*nearby, far), own=by_either_version(quick) if quick is not None else None, disk=disk
        )
        names = NameCache(resolver(session, settings, options, home, blocks))
        gateway = Gateway(
            blocks,
            names,
            hosts=options.hosts,
            home=home.name,
            subdomains=options.subdomains,
            trusted=options.behind,
            at_hand=PlainReader(disk),
        )
        yield _server(session, options, gateway, blocks, names, host, port), home


def _server(
    session: Session,
    options: GatewayOptions,
    gateway: Gateway,
    blocks: BlockCache,
    names: NameCache,
    host: str,
    port: int,
) -> Server:
    from publisher.gateway.locate import locate
    from publisher.gateway.message import ResponseReady
    from publisher.gateway.respond import respond
    from publisher.gateway.serve.server import Server, ServerOptions

    def answer(request: Request) -> Response:
        return respond(request, gateway)

    def from_memory(request: Request) -> Response:
        return respond(request, replace(gateway, get=blocks.near(), resolve_name=names.at_hand, at_hand=None))

    def from_disk(request: Request) -> Response:
        return respond(request, replace(gateway, get=blocks.here(), resolve_name=names.at_hand, at_hand=None))

    def look_up(request: Request) -> None:
        with contextlib.suppress(ResponseReady, PublishError):
            locate(request, gateway)

    def report_request(request: Request, status: int) -> None:
        session.report.detail(access(request, status))

    log_request = report_request if session.report.verbose else None
    server_options = ServerOptions(
        readers=READERS,
        from_memory=from_memory,
        from_disk=from_disk,
        look_up=look_up,
        behind=options.behind,
        log_request=log_request,
    )
    return Server(lambda: contextlib.nullcontext(answer), host, port, log=session.report.say, options=server_options)


def access(request: Request, status: int) -> str:
    """Return the line of the access log for a request: client, method, host with path and query, status."""
    query = f"?{request.query}" if request.query else ""
    return f"{request.peer} {request.method} {request.host}{request.path}{query} {status}"


@contextlib.contextmanager
def _cached(session: Session, settings: Config | None) -> Iterator[Get | None]:
    """Yield a `get` that reads the cache of the site, or the cache of `publish add`. Yield None if there is no cache.

    All threads share one connection, because each connection takes 8 MB.
    """
    from publisher.cache.store import Cache

    if settings is None and not session.has_cache():
        yield None
        return
    cache, lock = Cache(session.cache_folder, warn=session.report.warn, threads=True), threading.Lock()

    def own(cid: Cid) -> bytes:
        with lock:
            return cache.get_verified(cid)

    try:
        yield own
    finally:
        cache.close()


@contextlib.contextmanager
def _fetched(session: Session, settings: Config | None, options: GatewayOptions) -> Iterator[DiskCache | None]:
    """Yield the cache of fetched blocks, or None if the options keep no blocks.

    With a site, this cache is beside the site's cache. Otherwise it is in the user's cache folder.
    """
    from publisher.retrieval.disk_cache import DiskCache

    if not options.keep:
        yield None
        return
    user = Path(session.env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazeth"
    kept = DiskCache((session.state if settings is not None else user) / "gateway", options.keep, session.report.warn)
    try:
        yield kept
    finally:
        kept.close()


def upstreams_of(session: Session, settings: Config | None, options: GatewayOptions) -> tuple[Upstream, ...]:
    """Return the sources of missing blocks in their order: the site's stores, its gateways, the gateways of --upstream.

    With --offline, there are none. Raises ConfigError for a bad URL, with --offline too.
    """
    urls = dict.fromkeys([*(settings.deploy.gateways if settings is not None else ()), *options.upstream])
    for url in urls:
        trustless(url)  # This raises ConfigError for a bad URL before anything is served.
    if options.offline:
        return ()
    return (*_stores(session, settings), *(_upstream(session.env, url) for url in urls))


def _stores(session: Session, settings: Config | None) -> Iterator[Upstream]:
    """Yield the stores, then the pinners. If the secret of a store is missing, warn and leave it out.

    The embedded store is also left out, because the embedded store is the cache of the site. Raises SecretWithheld if a
    secret may not be sent to the host of a store.
    """
    from publisher.stores.kinds import PINNERS, backend_kind

    if settings is None:
        return
    context = session.store_context(settings)
    for entry in sorted(settings.stores, key=lambda entry: entry.kind in PINNERS):
        if entry.kind == "embedded":
            continue
        try:
            get = backend_kind(entry.kind).connect(entry.label, entry.settings, context).reader()
        except SecretWithheld:
            raise
        except ConfigError as error:
            session.report.warn(f"{error}; {entry.label} is not asked for blocks")
            continue
        if get is not None:
            yield Upstream(entry.label, get)


def _upstream(env: Mapping[str, str], url: str) -> Upstream:
    label = f"gateway {host_of(url)}"
    proxy = proxy_for(env, url)
    return Upstream(
        label,
        trustless(url, label, READ_TIMEOUT, total_timeout=TOTAL_TIMEOUT, max_connections=READERS, proxy=proxy),
        alive(url, proxy=proxy),
    )
