"""Resolve names for `publish gateway`: ENS names on the chain, all others through DNSLink."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from publisher.app.context import Session
from publisher.errors import NameUnusable
from publisher.fast_dataclass import dataclass

if TYPE_CHECKING:
    from publisher.app.gateway_options import GatewayOptions
    from publisher.config import Config
    from publisher.dag.cid import Cid, Get
    from publisher.gateway.caches.name_cache import Resolution, Resolve
    from publisher.names.dnslink import DnsLink, QueryTxt

PRIVATE = ("local", "lan", "home", "internal", "home.arpa", "localdomain")
"""Suffixes of names that exist only in a private network. Such a host has no DNSLink."""

NO_DNS = "none"


@dataclass(frozen=True, slots=True)
class Home:
    """The target of `/`."""

    name: str = ""
    """The part of the host name before `.localhost`. An empty string means that `/` has no target."""
    root: Cid | None = None
    """The root of the target, or None if the name has to be looked up to find the root."""


def home_of(session: Session, settings: Config | None, target: str) -> Home:
    """Return the home for `target`, which is a name or a root.

    An empty `target` means the first name of the site or, without a site, the root that was added last. Raises
    ConfigError for an unknown root, NameUnusable for a text that is not a name, and NamingError if a name cannot be
    read.
    """
    from publisher.app.add import last_added
    from publisher.app.counting_back import parse_steps_back
    from publisher.app.root_arguments import find
    from publisher.dag.cid import Cid
    from publisher.dag.uri import without_prefix
    from publisher.journal.queries import known_roots, pick_root

    text = without_prefix(target).removeprefix("/ipns/").rstrip("/")
    last = tuple(filter(None, [last_added(session)])) if settings is None else ()
    if not text:
        return _at(last[0]) if last else Home(next(iter(own_names(settings)), ""))
    if "." in text:
        return Home(host_of_name(text.removeprefix("ipns://")))
    try:
        root = Cid.parse(text)
    except ValueError:
        if settings is not None and parse_steps_back(text):
            root = find(session, text)
        else:
            root = pick_root(text, known_roots(session.journal().events()) if settings is not None else last)
    return _at(root)


def _at(root: Cid) -> Home:
    root = root.to_v1()
    return Home(f"{root}.ipfs", root)


def own_names(settings: Config | None) -> list[str]:
    """Return the names of the site as a browser writes them. Raises NameUnusable for a text that is not a name."""
    entries = settings.names if settings is not None else ()
    return [host_of_name(entry.settings.name, ens=entry.kind == "ens") for entry in entries]


def host_of_name(name: str, *, ens: bool = False) -> str:
    """Return a name as a browser writes it in a Host header. Raises NameUnusable for something that is not a name."""
    from publisher.names import dnslink
    from publisher.names.ens.normalize import as_host, normalise

    return as_host(normalise(name).text) if ens or is_ens(name) else dnslink.plain(name)


def is_ens(name: str) -> bool:
    """Return whether a name is a .eth name, which only the chain knows."""
    return name.rstrip(".").lower().endswith(".eth")


def resolver(session: Session, settings: Config | None, options: GatewayOptions, home: Home, get: Get) -> Resolve:
    """Return a function from a name to its root. The function raises NameUnusable for a record that is not a root.

    Names that end in .eth and the site's own names are looked up on the chain. Any other name is looked up in DNS. If
    DNS has no record, the name is looked up on the chain. Raises ConfigError for an end point or a name server that
    cannot be used.
    """
    from publisher.gateway.caches.name_cache import Resolution
    from publisher.names.ens.normalize import from_host

    lookup = _ens_lookup(session, settings, options)
    query = _dns_query(options)
    offered = options.hosts | options.subdomains
    own = own_names(settings)

    def of_chain(name: str) -> Cid | None:
        if lookup is None:
            way = "with --rpc URL" if is_ens(name) or name in own else "with --dns ADDRESS"
            hint = f"start the gateway {'without --offline' if options.offline else way}"
            raise NameUnusable(name, "this gateway does not look names up", hint=hint)
        return root_in(name, lookup(from_host(name)))

    def resolve(name: str) -> Resolution:
        if home.root is not None and name == home.name:
            return Resolution(home.root)
        if "." not in name or (name in offered and name.endswith(tuple(f".{end}" for end in PRIVATE))):
            return Resolution(None)
        if is_ens(name) or name in own:
            return Resolution(of_chain(name))
        if query is not None:
            from publisher.names.dnslink import follow

            link = follow(name, query)
            if link.path:
                return Resolution(root_at(name, link, get, of_chain), link.seconds)
        return Resolution(None if name in offered or (lookup is None and query is not None) else of_chain(name))

    return resolve


def root_in(name: str, uri: str) -> Cid | None:
    """Return the root in the record `uri`, or None if the record is empty. Raises NameUnusable for any other record."""
    from publisher.dag.uri import root_of

    root = root_of(uri)
    if root is not None or not uri:
        return root
    if uri.startswith("ipns://"):
        hint = "use another gateway: this one does not resolve IPNS keys"
    else:
        hint = "use another gateway: this one shows roots on IPFS alone"
    raise NameUnusable(name, f"the name shows {uri}", hint=hint)


def root_at(name: str, link: DnsLink, get: Get, of_chain: Callable[[str], Cid | None]) -> Cid | None:
    """Return the root that a DNSLink leads to, or None if the ENS name in the link has no record.

    `get` reads the blocks along the rest of the link's path. Raises NameUnusable if the path does not exist.
    """
    from publisher.dag import walk

    _, space, target, *rest = link.path.split("/", 3)
    chained = space == "ipns" and is_ens(target)
    root = of_chain(target.lower()) if chained else root_in(name, f"{space}://{target}")
    if root is None:
        return None
    for part in filter(None, "".join(rest).split("/")):
        try:
            root = walk.resolve(get, root, part)
        except (walk.PathMissing, walk.Malformed) as error:
            raise NameUnusable(
                name,
                f"the name shows {link.path}, which does not exist: {error}",
                hint="correct the path in the record of the name",
            ) from error
    return root


def _ens_lookup(session: Session, settings: Config | None, options: GatewayOptions) -> Callable[[str], str] | None:
    """Return a function from an ENS name to its record, or None if there is no end point.

    The function asks the end points of the command line or, without these, the end points of the site's names.
    """
    from publisher.names import ens

    if options.offline:
        return None
    context = session.name_context(settings)
    own = [place.settings for place in settings.names if place.kind == "ens"] if settings is not None else []
    if options.rpc:
        chain = options.chain_id or (own[0].chain_id if own else 1)
        return ens.open_lookup(ens.EnsSettings("--rpc", options.rpc, chain), context)
    return ens.open_lookup(own[0], context) if own else None


def _dns_query(options: GatewayOptions) -> QueryTxt | None:
    """Return a function that reads TXT records, or None if the options switch DNS off."""
    from publisher.names.dnslink import server, txt_resolver

    place = server(options.dns) if options.dns not in ("", NO_DNS) else None
    return None if options.offline or options.dns == NO_DNS else txt_resolver(place)
