"""Find the site and the path that a request asks for, by its host and the beginning of its path.

See path-gateway/, subdomain-gateway/ and dnslink-gateway/ below https://specs.ipfs.tech/http-gateways/.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

from publisher.dag.cid import Cid
from publisher.fast_dataclass import dataclass, replace
from publisher.gateway import subdomains
from publisher.gateway.context import ANY, Gateway
from publisher.gateway.message import Request, Response, ResponseReady, plain, to
from publisher.gateway.negotiate import parameters, wanted
from publisher.gateway.path import PRINTED, ContentPath, encoded, joined, with_query

LOCAL = "localhost"
MAX_DEPTH = 256
"""The largest number of names in a path. For each name, a block is read and X-Ipfs-Roots gets a CID."""

_SPACES = ("ipfs", "ipns")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._$-]+)(:[0-9]{1,5})?")
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NEVER = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class _ParsedRequest:
    """The parts of a request."""

    request: Request
    scheme: str
    host: str
    """The host in lower case, without its port and final dot."""
    port: str
    """The port with a colon, such as `:8080`, or ""."""
    segments: tuple[str, ...]
    """The decoded names of the path."""
    slash: bool
    """Whether the path ends with a slash."""
    query: str

    def url(self, host: str, segments: tuple[str, ...]) -> str:
        """Return the absolute URL of these segments on another host, with the same port and query."""
        return with_query(f"{self.scheme}://{host}{self.port}{joined('', segments, self.slash)}", self.query)


def locate(request: Request, gateway: Gateway) -> ContentPath:
    """Return the root and the path that a request asks for.

    Raises ResponseReady with a redirect, or with status 400, 403, 404, 406, 414 or 501. Exceptions of
    `gateway.resolve_name` pass through.
    """
    place = _place(request, gateway)
    if gateway.shows is None:
        return place
    if not gateway.shows(place.root):
        raise ResponseReady(plain(404, "one site is shown here, and no other content"))
    return replace(place, alone=True)


def _place(request: Request, gateway: Gateway) -> ContentPath:
    """Return the root and the path, without the check whether the root is shown.

    Hosts that are not allowed get 403. Otherwise, a page of another site could read the content of this gateway, if the
    DNS name of that site was pointed at this machine (DNS rebinding). This cannot happen with IP addresses and names
    below localhost.
    """
    asked = _asked(request, gateway)
    host = asked.host
    if host == LOCAL or _is_address(host) or host in gateway.subdomains:
        return _by_path(request, asked, gateway)
    below = _below(host, gateway.subdomains)
    if below is not None:
        label, space, zone = below
        return (_by_cid if space == "ipfs" else _by_label)(label, zone, asked, gateway)
    if host.endswith("." + LOCAL):
        return _by_name(host.removesuffix("." + LOCAL), asked, gateway)
    if host not in gateway.hosts and ANY not in gateway.hosts:
        raise ResponseReady(
            plain(403, f"this gateway does not serve {host}: the host was not allowed when the gateway was started")
        )
    root = gateway.resolve_name(host)
    if root is None:
        return _by_path(request, asked, gateway)
    return _site(host, root, asked)


def _asked(request: Request, gateway: Gateway) -> _ParsedRequest:
    scheme, authority, path, query = "http", request.host, request.path, request.query
    if not path.startswith("/"):  # a client that uses this gateway as its proxy sends an absolute URL
        scheme, mark, rest = path.partition("://")
        if scheme.lower() != "http" or not mark:
            raise ResponseReady(plain(400, "a path begins with /"))
        authority, slash, path = rest.partition("/")
        path = slash + path or "/"
    if gateway.trusted and request.peer in gateway.trusted:
        authority = request.header("x-forwarded-host").partition(",")[0].strip() or authority
        if request.header("x-forwarded-proto").partition(",")[0].strip().lower() == "https":
            scheme = "https"
    host, port = _host(authority)
    return _ParsedRequest(request, scheme.lower(), host, port, *_segments(path, query), query)


@lru_cache(maxsize=1024)
def _host(text: str) -> tuple[str, str]:
    """Return the host in lower case without its final dot, and the port as `:8080` or "".

    Raises ResponseReady with 400 if `text` is not a host.
    """
    match = _HOST.fullmatch(text)
    if match is None:
        raise ResponseReady(plain(400, "a request needs one Host header"))
    return match[1].lower().rstrip("."), match[2] or ""


@lru_cache(maxsize=1024)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _below(host: str, subdomains: frozenset[str]) -> tuple[str, str, str] | None:
    """Split a host `LABEL.SPACE.ZONE` into its three parts, if ZONE is localhost or one of `subdomains`.

    Return None for any other host.
    """
    for zone in (LOCAL, *subdomains):
        head = host[: -len(zone) - 1]
        if host.endswith("." + zone) and head[-5:] in (".ipfs", ".ipns"):
            return head[:-5], head[-4:], zone
    return None


def _segments(path: str, query: str) -> tuple[tuple[str, ...], bool]:
    """Return the decoded names of a path, and whether it ends with a slash.

    Raises ResponseReady with a redirect if the path has empty names, `.` or `..`. The target is the path without them.
    Raises ResponseReady with 414 if the path has too many names, and with 400 if a name is not valid.
    """
    raw = path[1:].split("/")
    if len(raw) > MAX_DEPTH + 2:
        raise ResponseReady(plain(414, f"a path of more than {MAX_DEPTH} names"))
    slash = raw[-1] == ""
    if slash:
        raw.pop()
    if _PLAIN.fullmatch(path):
        return tuple(raw), slash
    names = [_decoded(part) for part in raw]
    if not any(name in ("", ".", "..") for name in names):
        return tuple(names), slash
    clean: list[str] = []
    for name in names:
        if name == "..":
            clean = clean[:-1]
        elif name not in ("", "."):
            clean.append(name)
    raise ResponseReady(to(307, with_query(joined("", tuple(clean), slash or names[-1] in ("", ".", "..")), query)))


def _decoded(part: str) -> str:
    if _ESCAPE.search(part):
        raise ResponseReady(plain(400, f"{part}: % must be followed by two hex digits; a percent sign itself is %25"))
    try:
        name = unquote_to_bytes(part.encode("latin-1")).decode()
    except UnicodeError as error:
        raise ResponseReady(plain(400, f"{part}: a path is UTF-8, percent-encoded")) from error
    if "/" in name or "\0" in name:
        raise ResponseReady(plain(400, f"{part}: no name in a folder holds a slash or NUL"))
    return name


def _by_path(request: Request, parsed: _ParsedRequest, gateway: Gateway) -> ContentPath:
    """Return the content of `/ipfs/CID/...` or `/ipns/NAME/...`.

    A host with subdomains redirects such a path to a subdomain, where the site has a separate origin.
    """
    segments, host = parsed.segments, parsed.host
    own = host == LOCAL or host in gateway.subdomains
    if not segments and gateway.home:
        raise ResponseReady(_redirect_home(parsed, gateway))
    if not segments or segments[0] not in _SPACES:
        root = gateway.resolve_name(host) if host in gateway.subdomains else None
        if root is not None:
            return _site(host, root, parsed)
        raise ResponseReady(plain(404, "content is at /ipfs/CID/, and the content of a name is at /ipns/NAME/"))
    if len(segments) < 2:
        raise ResponseReady(_by_uri(parsed.query, segments[0]))
    if segments[1] in _SPACES and len(segments) > 2:
        raise ResponseReady(to(301, with_query(joined("", segments[1:], parsed.slash), parsed.query)))
    if len(segments) == 2 and not own and not parsed.slash and request.header("service-worker") == "script":
        raise ResponseReady(plain(400, "navigator.serviceWorker: registration is not allowed for this scope"))
    if segments[0] == "ipns":
        return _named(parsed, own, gateway)
    root = subdomains.cid(segments[1])
    if own:
        raise ResponseReady(to(301, parsed.url(f"{subdomains.of_cid(root)}.ipfs.{host}", segments[2:])))
    base = f"/ipfs/{segments[1]}"
    return ContentPath(root, base, base, segments[2:], parsed.slash)


def _named(parsed: _ParsedRequest, own: bool, gateway: Gateway) -> ContentPath:
    """Return the content of `/ipns/NAME/...`, or raise ResponseReady with a redirect to the right spelling or host."""
    text, rest = parsed.segments[1], parsed.segments[2:]
    key = subdomains.key(text)
    name = key.base36() if key else subdomains.name(text)
    if own:
        label = subdomains.fitting(name, "key") if key else subdomains.of_name(name)
        raise ResponseReady(to(301, parsed.url(f"{label}.ipns.{parsed.host}", rest)))
    if key and text != name:
        raise ResponseReady(to(302, with_query(joined(f"/ipns/{name}", rest, parsed.slash), parsed.query)))
    base = joined("", ("ipns", text), slash=False)
    return ContentPath(_known((name,), parsed, gateway)[1], base, base, rest, parsed.slash, name)


def _by_uri(query: str, space: str) -> Response:
    """Return a redirect from `/ipfs/?uri=ipfs://CID/...` to `/ipfs/CID/...`, or an error.

    A page can register this address in a browser as its handler for ipfs:// links.
    """
    uri = parameters(query).get("uri", "")
    if not uri:
        return plain(400, f"the address names no content: write it as /{space}/{'CID' if space == 'ipfs' else 'NAME'}/")
    try:
        place = urlsplit(uri)
    except ValueError as error:
        return plain(400, f"not an address: {error}")
    if place.scheme not in _SPACES or not place.netloc:
        return plain(400, "the uri must begin with ipfs:// or ipns:// and name some content")
    address = f"/{place.scheme}/{place.netloc}{place.path}" + (f"?{place.query}" if place.query else "")
    return to(301, quote(address, safe=PRINTED))


def _redirect_home(parsed: _ParsedRequest, gateway: Gateway) -> Response:
    """Return the redirect from `/` of a host that names no content to the home of the gateway.

    The target is a name below localhost if the visitor is on this machine. Otherwise the target is a path, because
    names below localhost would lead the visitor to the visitor's own machine.
    """
    host, home = parsed.host, gateway.home
    if host == LOCAL or (_is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback):
        return to(302, f"{parsed.scheme}://{home}.{LOCAL}{parsed.port}/", _NEVER)
    root = gateway.home_root or gateway.resolve_name(home)
    return to(302, f"/ipfs/{root}/", _NEVER) if root else plain(404, f"{home} shows nothing yet", _NEVER)


def _by_cid(label: str, zone: str, parsed: _ParsedRequest, gateway: Gateway) -> ContentPath:
    """Return the content of `CID.ipfs.HOST`.

    Raises ResponseReady with a redirect if the CID has another spelling, so that each root has only one origin.
    """
    root = subdomains.cid(label)
    right = subdomains.of_cid(root)
    if right != label:
        raise ResponseReady(to(301, parsed.url(f"{right}.ipfs.{zone}", parsed.segments)))
    return ContentPath(root, f"/ipfs/{label}", "", parsed.segments, parsed.slash, "", f"//{zone}{parsed.port}")


def _by_label(label: str, zone: str, parsed: _ParsedRequest, gateway: Gateway) -> ContentPath:
    """Return the content of `NAME.ipns.HOST`.

    With https, NAME is one label, because a certificate covers only one label. With http, NAME may have several labels.
    Raises ResponseReady with a redirect if the name has another spelling.
    """
    key = subdomains.key(label)
    right = subdomains.fitting(key.base36(), "key") if key else subdomains.name(label)
    if not key and parsed.scheme == "https" and "." in label:
        right = subdomains.of_name(label)
    if right != label:
        raise ResponseReady(to(301, parsed.url(f"{right}.ipns.{zone}", parsed.segments)))
    meant = (label,) if key else tuple(name for name in subdomains.names(label) if subdomains.is_name(name))
    name, root = _known(meant, parsed, gateway)
    return _site(name, root, parsed, f"//{zone}{parsed.port}")


def _by_name(name: str, parsed: _ParsedRequest, gateway: Gateway) -> ContentPath:
    """Return the content of `NAME.localhost`. This address is for visitors on this machine."""
    return _site(*_known((subdomains.name(name),), parsed, gateway), parsed)


def _site(name: str, root: Cid, parsed: _ParsedRequest, cid_base: str | None = None) -> ContentPath:
    """Return the requested path in the site `name`, which has a separate origin."""
    origin = f"//{parsed.host}{parsed.port}"
    return ContentPath(root, f"/ipns/{encoded(name)}", "", parsed.segments, parsed.slash, name, cid_base, origin)


def _known(names: tuple[str, ...], parsed: _ParsedRequest, gateway: Gateway) -> tuple[str, Cid]:
    """Return the first of `names` that shows a root, and the root.

    Raises ResponseReady with 404 if no name shows a root. The status is 501 if the name is an IPNS key.
    """
    name = names[0]
    for each in names:
        root = gateway.resolve_name(each)
        if root is not None:
            return each, root
    if subdomains.key(name):
        wanted(parsed.request)  # raises ResponseReady with 406 if the request asks for an IPNS record
        raise ResponseReady(plain(501, f"{name} is a key of IPNS: this gateway resolves names of ENS and DNSLink only"))
    raise ResponseReady(plain(404, f"nothing is known here of the name {name}"))
