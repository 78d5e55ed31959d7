"""Find the HTTP proxy that the environment names, in the same way for every kind of store.

Calls to a Kubo node use `requests`, which reads the environment itself. This module follows the same rules.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.errors import ConfigError
from publisher.http.addresses import is_loopback

if TYPE_CHECKING:
    import urllib3


def proxy_for(env: Mapping[str, str], url: str) -> str:
    """Return the URL of the proxy for `url`, or an empty string if no proxy is needed.

    A URL on this machine never needs a proxy. A text that is not a URL has no proxy: the client that opens it raises
    the error.
    """
    try:
        place = urlsplit(url)
        _ = place.port  # This raises ValueError if the port is not a number up to 65535.
    except ValueError:
        return ""
    host = (place.hostname or "").rstrip(".")
    if is_loopback(host) or _direct(env, place, host):
        return ""
    names = [f"{place.scheme}_proxy", "all_proxy"]
    if "REQUEST_METHOD" in env and place.scheme == "http":
        names = names[1:]  # In a CGI script, a client can set HTTP_PROXY by the header `Proxy`.
    found = next((env[each] for name in names for each in (name, name.upper()) if env.get(each)), "")
    return found if "://" in found or not found else f"http://{found}"


def pool(who: str, proxy: str, **how: Any) -> urllib3.PoolManager:
    """Return a connection pool that uses the proxy with the URL `proxy`, or no proxy if it is empty.

    `who` is the subject of errors. `how` has further options of the pool. Raises ConfigError if `proxy` is not a valid
    http:// or https:// URL.
    """
    import urllib3

    if not proxy:
        return urllib3.PoolManager(**how)
    if not _is_usable(proxy):
        what = "the proxy that the environment names is not a valid http:// or https:// URL"
        hint = "correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or name the host in NO_PROXY"
        raise ConfigError(who, what, hint=hint)
    place = urlsplit(proxy)
    # A request to an https:// service goes through a tunnel. The proxy sees only the headers in `proxy_headers`.
    access = f"{unquote(place.username or '')}:{unquote(place.password or '')}"
    headers = {"Proxy-Authorization": "Basic " + b64encode(access.encode()).decode()} if access != ":" else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **how)


def _is_usable(proxy: str) -> bool:
    """Return whether a text is an http:// or https:// URL that both urllib and urllib3 can parse."""
    from urllib3.util import parse_url

    try:
        place = urlsplit(proxy)
        return place.scheme in ("http", "https") and bool(place.hostname and place.port != 0 and parse_url(proxy).host)
    except ValueError:  # The error of urllib3, LocationParseError, is a ValueError too.
        return False


def _direct(env: Mapping[str, str], place: SplitResult, host: str) -> bool:
    """Return whether `no_proxy` excludes the host. It may list the host, a parent domain, host:port, or a network."""
    given = env.get("no_proxy") or env.get("NO_PROXY") or ""
    for each in (part.strip().lstrip(".") for part in given.split(",")):
        if each in ("*", host, f"{host}:{place.port}") or (each and host.endswith(f".{each}")):
            return True
        if "/" in each and _within(host, each):
            return True
    return False


def _within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
