"""Test the services through which a Kubo node finds other nodes. Each one is tried, because a service may have ended.

The node dials its bootstrap peers. This program asks the AutoConf service and the delegated routers that the node's
configuration names. No setting of the node is changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from publisher.concurrency.threads import run_in_threads
from publisher.dag.cid import Cid
from publisher.errors import StoreError, StoreRefused, StoreUnreachable
from publisher.findings import Finding
from publisher.http.auth import Clock
from publisher.http.client import open_service
from publisher.http.errors import ServiceCall
from publisher.http.redact import host_of
from publisher.stores.kubo.rpc import Rpc

PATIENCE = 10.0
"""Each peer and each service has to answer within this number of seconds."""

MOST = 16
"""At most this many bootstrap peers are dialled."""

AUTOCONF = "https://conf.ipfs-mainnet.org/autoconf.json"
"""The address that a node asks if AutoConf.URL is not set: https://github.com/ipfs/kubo/blob/master/docs/config.md."""

AUTO = "auto"
"""In the configuration, this text stands for the values of the AutoConf service."""

ANSWERS = (200, 404)
"""A router answers 404 if it knows no provider of a CID: https://specs.ipfs.tech/routing/http-routing-v1/."""

KNOWN = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
"""The CID of the empty folder, which every node has."""

OWN_PEERS = "add nodes of people you know to Bootstrap and to Peering.Peers in the node's configuration"


def network(rpc: Rpc, proxy: Callable[[str], str]) -> Iterator[Finding]:
    """Yield findings about bootstrap peers, AutoConf and delegated routers. `proxy` returns the proxy for a URL, or "".

    A service is left out if the credentials may not read the setting that names it.
    """
    boot = _texts(_setting(rpc, "Bootstrap"))
    routers = _texts(_setting(rpc, "Routing.DelegatedRouters"))
    yield from _bootstrap(rpc, _texts(_setting(rpc, "Bootstrap", expand=True)) if AUTO in boot else boot)
    if AUTO in (*boot, *routers) and _setting(rpc, "AutoConf.Enabled") is not False:
        yield _autoconf(rpc, str(_setting(rpc, "AutoConf.URL") or AUTOCONF), proxy)
    if AUTO in routers:
        routers = _texts(_setting(rpc, "Routing.DelegatedRouters", expand=True))
    named = [url for url in routers if url.startswith(("http://", "https://"))]
    yield from run_in_threads(lambda url: _router(rpc, url, proxy), named)


def _bootstrap(rpc: Rpc, addresses: Sequence[str]) -> Iterator[Finding]:
    label = rpc.call_info.label
    peers: dict[str, list[str]] = {}
    for address in addresses:
        if "/p2p/" in address:
            peers.setdefault(address.rpartition("/p2p/")[2], []).append(address)
    if not peers:
        return
    tried = list(peers.values())[:MOST]
    answers = run_in_threads(lambda known: _dial(rpc, known), tried)
    if None in answers:
        yield Finding(label, "note", "the credentials may not dial the node's bootstrap peers: not checked")
        return
    dead = [_peer_name(known[0]) for known, answered in zip(tried, answers, strict=True) if not answered]
    if not dead:
        yield Finding(label, "ok", f"every bootstrap peer of the node answers ({len(tried)})")
    elif len(dead) == len(tried):
        what = f"no bootstrap peer of the node answers: {', '.join(dead)}"
        yield Finding(label, "warning", what, f"{OWN_PEERS}: after a restart, the node would find no other node")
    else:
        what = f"{len(dead)} of the node's {len(tried)} bootstrap peers gave no answer: {', '.join(dead)}"
        yield Finding(label, "note", what, f"if they have ended, remove them from Bootstrap and {OWN_PEERS}")


def _dial(rpc: Rpc, addresses: Sequence[str]) -> bool | None:
    """Return whether the node could connect to a peer, or None if the credentials may not ask for it."""
    try:
        return not rpc.ask("swarm/connect", *addresses, timeout=PATIENCE).refusal
    except StoreRefused:
        return None
    except StoreUnreachable:
        return False


def _peer_name(address: str) -> str:
    """Return a short text for a multiaddress: its host, and the end of the id of the peer."""
    parts = address.split("/")
    return f"{parts[2]} (…{parts[-1][-6:]})" if len(parts) > 2 else address


def _autoconf(rpc: Rpc, url: str, proxy: Callable[[str], str]) -> Finding:
    label, shown = rpc.call_info.label, host_of(url)
    fix = f"set AutoConf.Enabled to false, write the values of that service into the configuration, and {OWN_PEERS}"
    try:
        status, body = _get(label, url, proxy)
    except StoreError as error:
        return Finding(label, "warning", f"the AutoConf service of the node does not answer: {error.message}", fix)
    if status != 200 or not _is_object(body):
        what = f"the AutoConf service of the node, {shown}, gives no configuration (HTTP {status})"
        return Finding(label, "warning", what, fix)
    return Finding(label, "ok", f"the AutoConf service of the node, {shown}, answers")


def _router(rpc: Rpc, url: str, proxy: Callable[[str], str]) -> Finding:
    label, shown = rpc.call_info.label, host_of(url)
    base = url.rstrip("/").removesuffix("/routing/v1")
    fix = "remove it from Routing.DelegatedRouters, or name another router there"
    try:
        status, _ = _get(label, f"{base}/routing/v1/providers/{KNOWN}", proxy)
    except StoreError as error:
        return Finding(label, "warning", f"a delegated router of the node does not answer: {error.message}", fix)
    if status not in ANSWERS:
        return Finding(label, "warning", f"the delegated router {shown} gives no providers (HTTP {status})", fix)
    return Finding(label, "ok", f"the delegated router {shown} answers")


def _get(label: str, url: str, proxy: Callable[[str], str]) -> tuple[int, bytes]:
    """Return the status and the body of a GET request. Raises StoreError if there is no answer."""
    asked = ServiceCall(label, "service of the node", host_of(url), PATIENCE, False, "correct the node's configuration")
    service = open_service(asked, url, None, Clock(lambda seconds: None), proxy(url))
    answer = service.call("GET", "", repeatable=False, ok_statuses=tuple(range(400, 600)))
    return answer.status, answer.body


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _setting(rpc: Rpc, key: str, *, expand: bool = False) -> object:
    """Return a setting of the node, or None if it is not set or the credentials may not read it.

    With `expand`, the node replaces `auto` with the values that it got from its AutoConf service.
    """
    more = {"expand_auto": "true"} if expand else {}
    try:
        answer = rpc.ask("config", key, timeout=min(PATIENCE, rpc.call_info.timeout), **more)
    except StoreRefused:
        return None
    value = answer.objects[0] if answer.objects else {}
    return value.get("Value") if isinstance(value, Mapping) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
