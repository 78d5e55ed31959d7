"""Which site a request means, by its host and the beginning of its path.

https://specs.ipfs.tech/http-gateways/path-gateway/ and .../subdomain-gateway/
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from publisher.dag.cid import Cid
from publisher.gateway.message import Request, Response, Settled, plain, to

ResolveName = Callable[[str], Cid | None]
"""The root that a name shows; None when nobody knows the name here. May raise a PublishError."""

MAX_LABEL = 63
"""RFC 1035; a longer CID cannot be an origin of its own."""

LOCAL = "localhost"
_SAFE = "!$&'()*+,;=:@-._~"
PRINTED = "".join(map(chr, range(0x21, 0x7F)))
"""Characters that a header holds as they are; % among them, so that what is encoded stays."""

_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Place:
    """A path below a root."""

    root: Cid
    space: str
    """`/ipfs/CID` or `/ipns/NAME`: what X-Ipfs-Path begins with."""
    base: str
    """What an address on this host begins with: empty where the site has an origin of its own."""
    segments: tuple[str, ...]
    """Decoded names below the root."""
    slash: bool
    """Whether the path ends with a slash."""
    name: str = ""
    """The name that led to the root; empty for one addressed by its CID, which never changes."""

    @property
    def isolated(self) -> bool:
        """Whether the site has an origin of its own: only there does its `_redirects` count."""
        return not self.base

    def url(self, *, slash: bool) -> str:
        """This place's address on its host."""
        return joined(self.base, self.segments, slash)


def joined(base: str, segments: tuple[str, ...], slash: bool) -> str:
    """An address from decoded names. It never begins with two slashes, which would name another host."""
    path = base + "".join("/" + quote(segment, safe=_SAFE) for segment in segments)
    return path + "/" if slash or not path else path


def locate(request: Request, resolve_name: ResolveName, hosts: frozenset[str], home: str) -> Place:
    """The place a request means; raises Settled with a redirect, 400, 403 or 404.

    Hosts that nobody allowed are refused: a foreign page whose name was pointed at this machine (DNS rebinding) must
    not read what is served here. An address in figures and the names below localhost cannot be pointed elsewhere.
    """
    host, port = _host(request.host)
    segments, slash = _segments(request)
    if _is_address(host) or host == LOCAL:
        return _by_path(request, host, port, segments, slash, resolve_name, home)
    label, _, zone = host.partition(".")
    if zone == f"ipfs.{LOCAL}":
        return _by_label(request, label, port, segments, slash)
    if host.endswith("." + LOCAL):
        return _by_name(host.removesuffix("." + LOCAL), segments, slash, resolve_name)
    if host not in hosts:
        raise Settled(plain(403, f"this gateway does not serve {host}: allow the host where the gateway is started"))
    root = resolve_name(host)
    if root is None:
        return _by_path(request, host, port, segments, slash, resolve_name, home)
    return Place(root, f"/ipns/{host}", "", segments, slash, host)


def _host(text: str) -> tuple[str, str]:
    """Host in lower case and without its final dot, and `:port` or nothing."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/@\s]+)(:[0-9]{1,5})?", text)
    if match is None:
        raise Settled(plain(400, "a request needs one Host header"))
    return match[1].lower().rstrip("."), match[2] or ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _segments(request: Request) -> tuple[tuple[str, ...], bool]:
    """The decoded names of a path. Empty ones, `.` and `..` are taken out by a redirect, as links would count them."""
    if not request.path.startswith("/"):
        raise Settled(plain(400, "a path begins with /"))
    raw = request.path[1:].split("/")
    slash = raw[-1] == ""
    names = [_decoded(part) for part in (raw[:-1] if slash else raw)]
    if not any(name in ("", ".", "..") for name in names):
        return tuple(names), slash
    clean: list[str] = []
    for name in names:
        if name == "..":
            clean = clean[:-1]
        elif name not in ("", "."):
            clean.append(name)
    raise Settled(to(307, with_query(joined("", tuple(clean), slash or names[-1] in ("", ".", "..")), request.query)))


def _decoded(part: str) -> str:
    if _ESCAPE.search(part):
        raise Settled(plain(400, f"{part}: % must be followed by two hex digits; a percent sign itself is %25"))
    try:
        name = unquote_to_bytes(part.encode("latin-1")).decode()
    except UnicodeError as error:
        raise Settled(plain(400, f"{part}: a path is UTF-8, percent-encoded")) from error
    if "/" in name or "\0" in name:
        raise Settled(plain(400, f"{part}: no name in a folder holds a slash or NUL"))
    return name


def with_query(address: str, query: str) -> str:
    """The address with the query of the request, before its fragment."""
    if not query:
        return address
    address, mark, fragment = address.partition("#")
    query = quote(query, safe=PRINTED, encoding="latin-1")
    return address + ("&" if "?" in address else "?") + query + mark + fragment


def _by_path(
    request: Request,
    host: str,
    port: str,
    segments: tuple[str, ...],
    slash: bool,
    resolve_name: ResolveName,
    home: str,
) -> Place:
    """`/ipfs/CID/...`; on localhost it leads on to an origin of its own."""
    if not segments and home:
        raise Settled(_way_home(host, port, resolve_name, home))
    if not segments or segments[0] != "ipfs":
        raise Settled(plain(404, "nothing is here; content is at /ipfs/CID/"))
    if len(segments) < 2:
        raise Settled(plain(400, "which content? its address is /ipfs/CID/"))
    cid, rest = _cid(segments[1]), segments[2:]
    if host == LOCAL:
        label = _label(cid)
        address = f"http://{label}.ipfs.{LOCAL}{port}{joined('', rest, slash)}"
        raise Settled(to(301, with_query(address, request.query)))
    return Place(cid, f"/ipfs/{segments[1]}", f"/ipfs/{segments[1]}", rest, slash)


def _way_home(host: str, port: str, resolve_name: ResolveName, home: str) -> Response:
    """From a bare host to the site; by its path where the names of localhost would lead to the visitor's machine."""
    never = {"Cache-Control": "no-store"}
    if host == LOCAL or (_is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback):
        return to(302, f"http://{home}.{LOCAL}{port}/", never)
    root = resolve_name(home)
    return to(302, f"/ipfs/{root}/", never) if root else plain(404, f"{home} shows nothing yet", never)


def _by_label(request: Request, label: str, port: str, segments: tuple[str, ...], slash: bool) -> Place:
    """`CID.ipfs.localhost`; any other way to write the CID leads to the one origin that it has."""
    cid = _cid(label)
    right = _label(cid)
    if right != label:
        address = f"http://{right}.ipfs.{LOCAL}{port}{joined('', segments, slash)}"
        raise Settled(to(301, with_query(address, request.query)))
    return Place(cid, f"/ipfs/{cid}", "", segments, slash)


def _by_name(name: str, segments: tuple[str, ...], slash: bool, resolve_name: ResolveName) -> Place:
    root = resolve_name(name)
    if root is None:
        raise Settled(plain(404, f"nothing is known here of the name {name}"))
    return Place(root, f"/ipns/{name}", "", segments, slash, name)


def _cid(text: str) -> Cid:
    try:
        return Cid.parse(text)
    except ValueError as error:
        raise Settled(plain(400, str(error))) from error


def _label(cid: Cid) -> str:
    label = str(cid.to_v1())
    if len(label) > MAX_LABEL:
        raise Settled(plain(400, f"{label} is longer than the {MAX_LABEL} characters of a DNS label"))
    return label
