"""Find out which end points of a Kubo node the credentials may call, without any effect on the node.

A Kubo answers a path that is not allowed with 403. An end point that a deploy needs is called without its arguments.
Then the status 400 means that the call is allowed, and that it has done nothing. An end point that must not run is
never called. Its path is sent with one more letter. Then the status 404 means that the end point is allowed, because
Kubo compares only the beginnings of paths. The letter never follows a slash, because Kubo takes the text after a slash
for an argument: `shutdown/x` stops the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from publisher.findings import Finding
from publisher.http.addresses import is_loopback
from publisher.stores.kubo.errors import MORE, RIGHTS
from publisher.stores.kubo.rpc import Rpc

NOWHERE = "_"
"""A path with this letter at its end leads to no end point."""

TOO_MUCH: Mapping[str, str] = {
    "config": "change its configuration, and with it who may do what",
    "key/gen": "take or replace its keys",
    "name/publish": "publish under its keys",
    "files/rm": "change its files",
    "block/rm": "remove blocks",
    "repo/gc": "collect its garbage",
    "pin/remote": "use its pinning services",
    "bootstrap": "change whom it trusts for its first connections",
    "shutdown": "stop it",
}
"""The end points that no deploy needs, each with a text about what it can do."""

GRANTED = (200, 400, 500)
"""With one of these statuses, the node has accepted the credentials for the call."""


def rights(rpc: Rpc) -> Iterator[Finding]:
    """Yield findings about rights that the credentials lack, and about rights that they do not need.

    Raises StoreError if the node does not answer.
    """
    label = rpc.call_info.label
    if not rpc.call_info.credentials:
        yield from _open_to_all(label, rpc.call_info.where)
        return
    if rpc.call_info.where.startswith("http://") and not _near(rpc.call_info.where):
        what = f"the credentials go to {rpc.call_info.where} unencrypted"
        yield Finding(label, "warning", what, "put TLS before the node, and write https:// in `api`")
    # If the node serves everybody, the tests below would show the rights of everybody, and not those of this token.
    if _granted(rpc, "pin/ls", unsigned=True):
        what = "the node also serves requests without credentials: anyone who connects can stop it and read its keys"
        fix = "stop the node, set API.Authorizations as below, and start the node: it reads them at its start"
        yield Finding(label, "warning", what, fix)
        return
    lacking = [right for right in RIGHTS if not _granted(rpc, right)]
    if lacking:
        what = f"the credentials may not call {_listed(lacking)}"
        yield Finding(label, "fault", what, "add to their AllowedPaths: " + ", ".join(map(_path, lacking)))
    if unmet := [right for right in MORE if not _granted(rpc, right)]:
        what = f"the credentials may not call {_listed(unmet)}: pinning services need that to find the node's blocks"
        yield Finding(label, "note", what)
    much = tuple(_too_much(rpc))
    if much:
        what = f"the credentials may do more than a deploy needs: {'; '.join(much)}"
        yield Finding(label, "warning", what, "give the deploy a token of its own, with the least rights below")
    elif rpc.status("pin/rm" + NOWHERE) == 404:
        yield Finding(
            label, "note", "the credentials may also remove pins: `publish prune` needs that, and a deploy does not"
        )
    if not lacking and not much:
        yield Finding(label, "ok", "the credentials may do what a deploy needs, and nothing else")


def authorizations(names: Iterable[str], basic: bool) -> Mapping[str, object]:
    """Return a value for `API.Authorizations` in the configuration of a node that allows the end points `names`.

    With `basic`, it is for HTTP basic authentication, and otherwise for a token. The user has to fill in the secret.
    """
    secret = "basic:USER:PASSWORD" if basic else "bearer:TOKEN"
    return {"publisher": {"AuthSecret": secret, "AllowedPaths": [_path(name) for name in names]}}


def _too_much(rpc: Rpc) -> Iterator[str]:
    everything = rpc.status("nothing" + NOWHERE) == 404
    if everything:
        # A proxy in front of the node may answer 404 for every path that it blocks. Two real end points show whether
        # the node itself has answered.
        if rpc.status("cid/format") == 400 and rpc.status("config") == 400:
            yield "call the whole interface, to stop the node and to take its keys"
        return
    for path, what in TOO_MUCH.items():
        if rpc.status(path + NOWHERE) == 404:
            yield what


def _granted(rpc: Rpc, right: str, *, unsigned: bool = False) -> bool:
    """Return whether the end point `right` may be called. With `unsigned`, no credentials are sent.

    `pin/ls` and `id` would run without an argument, so they get an invalid argument.
    """
    given = ("x",) if right in ("pin/ls", "id") else ()
    return rpc.status(right, *given, unsigned=unsigned) in GRANTED


def _open_to_all(label: str, where: str) -> Iterator[Finding]:
    if _near(where):
        yield Finding(
            label, "note", "the node's RPC interface asks for no credentials: every program on this machine may use it"
        )
        return
    what = f"{where} asks for no credentials: anyone who can connect to it can stop the node and read its keys"
    yield Finding(label, "warning", what, "set API.Authorizations on the node, as below, and token-env here")


def _near(where: str) -> bool:
    """Return whether the node is on this machine."""
    return where == "unix socket" or is_loopback(urlsplit(where).hostname or "")


def _path(right: str) -> str:
    return f"/api/v0/{right}"


def _listed(rights: Iterable[str]) -> str:
    return ", ".join(rights)
