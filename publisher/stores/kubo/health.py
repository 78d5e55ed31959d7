"""Test a Kubo node for `publish doctor`. No call changes a setting, a pin or a block of the node."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from publisher.dag.cid import Cid
from publisher.dag.unixfs import MODERN
from publisher.errors import BlockMissing, StoreError, StoreRefused
from publisher.findings import Finding, clocks
from publisher.formatting import volume
from publisher.http.redact import host_of
from publisher.retrieval.trustless import trustless
from publisher.stores.kubo.network import network
from publisher.stores.kubo.profile import own_profile
from publisher.stores.kubo.rights import rights
from publisher.stores.kubo.rpc import Rpc
from publisher.stores.kubo.version import check_version

PATIENCE = 10.0
"""The node has to answer each call within this number of seconds."""

WATERMARK = 90
"""If StorageGCWatermark is not set, Kubo collects garbage when its blocks take this percentage of StorageMax."""

SCARCE, LAST = 2_000_000_000, 100_000_000
"""The doctor warns if the node's disk has fewer than SCARCE free bytes. With fewer than LAST, no more blocks fit."""

NEVER = ("0", "0s", "0m", "0h")
"""The spellings of an interval of zero in Kubo's configuration."""

ENOUGH = 4
"""A node with fewer peers than this finds content, and is found by others, only by chance."""

EMPTY = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
"""The CID of the empty folder. Every Kubo has this block from the start."""


ReplyValue = Mapping[str, Any] | str | None
"""The object of an answer, the words of the node if it refuses, or None if the credentials do not allow the call."""


def examine(
    rpc: Rpc, gateway: str, proxy: Callable[[str], str] = lambda url: "", now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Yield the findings, the most basic one first. They end early if the node does not answer.

    `gateway` is the URL of the node's gateway, or an empty string. `proxy` returns the proxy for a URL, or "". `now`
    returns the present time in seconds since 1970. Raises ConfigError if the URL of the gateway cannot be used.
    """
    label = rpc.call_info.label
    try:
        version = check_version(rpc, PATIENCE)
        yield Finding(label, "ok", f"Kubo {version} answers at {rpc.call_info.where}")
        if apart := clocks(label, rpc.date(), now()):
            yield apart
        yield from rights(rpc)
        yield from _profile(label, own_profile(rpc))
        yield from _state(rpc, proxy)
    except StoreError as error:
        yield Finding(label, "fault", error.message, error.hint)
        return
    if gateway:
        yield _gateway(label, gateway, proxy(gateway))


def _state(rpc: Rpc, proxy: Callable[[str], str]) -> Iterator[Finding]:
    """Yield the findings of tests that need more rights than a deploy.

    If the credentials lack a right, a finding says that the test was left out.
    """
    label = rpc.call_info.label
    storage, system = _said(rpc, "repo/stat", size_only="true"), _said(rpc, "diag/sys")
    peers, providing = _said(rpc, "swarm/peers"), _said(rpc, "provide/stat")
    yield from _storage(label, storage, _value(rpc, "Datastore.StorageGCWatermark"))
    yield from _disk(label, system)
    yield from _peers(label, peers)
    if not isinstance(peers, str):  # An offline node dials nobody.
        yield from network(rpc, proxy)
    settings = {key: _value(rpc, key) for key in ("Routing.Type", "Provide.DHT.Interval", "Provide.Strategy")}
    yield from _announcing(label, providing, settings)
    seen = {"storage": storage, "disk": system, "peers": peers, "announcements": providing}
    if unseen := [what for what, value in seen.items() if value is None]:
        what = f"the credentials may not read the node's {', '.join(unseen)}: not checked"
        yield Finding(label, "note", what)


def _said(rpc: Rpc, endpoint: str, *args: str, **options: str) -> ReplyValue:
    try:
        answer = rpc.ask(endpoint, *args, timeout=min(PATIENCE, rpc.call_info.timeout), **options)
    except StoreRefused:
        return None
    return answer.refusal or (answer.objects[0] if answer.objects else {})


def _value(rpc: Rpc, key: str) -> object:
    """Return the setting `key` of the node, or None if it is not set or the credentials may not read it."""
    value = _said(rpc, "config", key)
    return value.get("Value") if isinstance(value, Mapping) else None


def _profile(label: str, own: str | None) -> Iterator[Finding]:
    if own == MODERN.name:
        yield Finding(label, "ok", f"`ipfs add` on the node uses the profile {own}, as a site does by default")
    elif own is not None:
        called = f"uses the profile {own} and gives" if own else "uses settings of its own and may give"
        what = f"`ipfs add` on the node {called} other roots than this program"
        yield Finding(label, "note", f"{what}; a deploy is not affected: the node keeps roots as they are sent")


def _storage(label: str, value: ReplyValue, watermark: object) -> Iterator[Finding]:
    used, most = _numbers(value, "RepoSize", "StorageMax")
    if not most:
        return
    share = f"the node's repository holds {volume(used)} of {volume(most)}"
    if used * 100 < most * (watermark if isinstance(watermark, int) and watermark else WATERMARK):
        yield Finding(label, "ok", share)
        return
    what = f"{share}: if the node was started with --enable-gc, it now removes blocks that have no pin"
    yield Finding(label, "warning", what, "raise Datastore.StorageMax, or unpin old roots and run `ipfs repo gc`")


def _disk(label: str, value: ReplyValue) -> Iterator[Finding]:
    free, whole = _numbers(value.get("diskinfo") if isinstance(value, Mapping) else None, "free_space", "total_space")
    if whole and free < SCARCE:
        fix = "unpin old roots, then run `ipfs repo gc` on the node"
        yield Finding(label, "fault" if free < LAST else "warning", f"the node's disk has {volume(free)} left", fix)


def _peers(label: str, value: ReplyValue) -> Iterator[Finding]:
    if isinstance(value, str):
        what, fix = (
            "the node is offline: no other node can fetch from it",
            "start the node as `ipfs daemon`, without --offline",
        )
        yield Finding(label, "warning", what, fix)
    elif value is not None:
        listed = value.get("Peers")
        count = len(listed) if isinstance(listed, list) else 0
        if count >= ENOUGH:
            yield Finding(label, "ok", f"the node has {count} peers")
            return
        what = f"the node has {count or 'no'} peer{'' if count == 1 else 's'}: other nodes hardly find its blocks"
        fix = "connect the node to the Internet, open its port 4001, and set Bootstrap peers in its configuration"
        yield Finding(label, "warning", what, fix)


def _announcing(label: str, value: ReplyValue, settings: Mapping[str, object]) -> Iterator[Finding]:
    """Yield findings about announcements. Kubo counts announcements even if Routing.Type disables them."""
    offline = isinstance(value, str) and "online mode" in value  # Another finding has reported this node as offline.
    strategy = settings["Provide.Strategy"]
    if not offline and (isinstance(value, str) or settings["Routing.Type"] == "none"):
        what = "the node announces nothing: only nodes that are connected to it find its blocks"
        yield Finding(label, "warning", what, "set Provide.Enabled to true and Routing.Type to auto on the node")
        return
    if not offline and settings["Provide.DHT.Interval"] in NEVER:
        what = "the node announces new blocks once and never again: after two days other nodes no longer find them"
        yield Finding(label, "warning", what, "remove Provide.DHT.Interval from the node's configuration")
    fix = "set Provide.Strategy to pinned, or to all, on the node"
    if strategy == "roots":
        yield Finding(label, "note", "the node announces roots alone: a link into a site may not be found", fix)
    elif strategy == "mfs":
        yield Finding(label, "warning", "the node announces its own files (MFS), not its pins", fix)


def _gateway(label: str, gateway: str, proxy: str) -> Finding:
    shown = host_of(gateway)
    try:
        trustless(gateway, label, PATIENCE, local=True, proxy=proxy)(EMPTY)
    except BlockMissing:  # The gateway works. It only lacks the block.
        pass
    except StoreError as error:
        return Finding(
            label, "fault", f"the node's gateway: {error.message}", error.hint or "correct `gateway` of this store"
        )
    return Finding(label, "ok", f"the node's gateway {shown} gives blocks")


def _numbers(said: object, *names: str) -> tuple[int, ...]:
    """Return the whole numbers with these names in an answer. A number that the answer lacks is 0."""
    values = [said.get(name) if isinstance(said, Mapping) else 0 for name in names]
    return tuple(value if isinstance(value, int) else 0 for value in values)
