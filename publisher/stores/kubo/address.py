"""Parse the address of a node's RPC interface, which is a multiaddress or a URL."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.http.addresses import is_loopback
from publisher.http.auth import host_kind, is_host

PORTS = {"http": 80, "https": 443}
HOSTS = ("ip4", "ip6", "dns", "dns4", "dns6")
SECURE = {(): "http", ("http",): "http", ("https",): "https", ("tls", "http"): "https"}
"""This maps the parts after the port of a multiaddress to a scheme. The specification now writes https as (tls, http).
"""


EXAMPLES = 'write it as "/ip4/127.0.0.1/tcp/5001" or "https://node.example.org:5001"'


@dataclass(frozen=True, slots=True)
class KuboAddress:
    """The address of an RPC interface, in the forms that the client needs."""

    multiaddr: str
    base: str
    """The path of the interface on its server, without a leading slash."""
    shown: str
    """The address in messages: scheme, host and port. A path may contain a key and is never shown."""
    loopback: bool
    """This is true if the interface is on this machine. Then no proxy of the environment is used."""

    @property
    def url(self) -> str:
        """Return the URL of the server without a path, or unix:// and the path of a socket."""
        return self.shown if "://" in self.shown else f"unix:///{self.multiaddr.removeprefix('/unix/').lstrip('/')}"


def address(who: str, text: str) -> KuboAddress:
    """Parse an address. Raises ConfigError with the fault if it cannot be parsed. `who` is the subject of the error."""
    written = text.strip()
    try:
        return _from_multiaddr(written) if written.startswith("/") else _from_url(written)
    except ValueError as error:
        raise ConfigError(who, f"api: {error}", hint=EXAMPLES) from error


def _from_multiaddr(text: str) -> KuboAddress:
    kind, _, rest = text[1:].partition("/")
    if kind == "unix" and rest:
        return KuboAddress(f"/unix/{rest}", "api/v0", "unix socket", loopback=True)
    parts = text.strip("/").split("/")
    if kind not in HOSTS or len(parts) < 4 or parts[2] != "tcp" or tuple(parts[4:]) not in SECURE:
        raise ValueError("the address is not a multiaddress that HTTP can reach")
    scheme = SECURE[tuple(parts[4:])]
    return _address(scheme, kind, parts[1], _port(parts[3]), "api/v0")


def _from_url(text: str) -> KuboAddress:
    url = urlsplit(text)
    if url.scheme not in PORTS or not url.hostname:
        raise ValueError("the address is neither a multiaddress nor an http:// or https:// URL")
    if url.username is not None or url.password is not None:
        raise ValueError("the address must have no credentials: name their variables in user-env and password-env")
    if url.query or url.fragment:
        raise ValueError("the address must have no ? or # part")
    return _address(url.scheme, host_kind(url.hostname), url.hostname, _port_of(url), _base(url.path))


def _address(scheme: str, kind: str, host: str, port: int, base: str) -> KuboAddress:
    if kind in ("ip4", "ip6") and host_kind(host) != kind:
        raise ValueError(f"{host} is not an {kind} address")
    if not is_host(host):
        raise ValueError("the address names no host")
    netloc = f"[{host}]" if kind == "ip6" else host
    shown = f"{scheme}://{netloc}:{port}"
    local = is_loopback(host)
    return KuboAddress(f"/{kind}/{host}/tcp/{port}/{scheme}", base, shown, local)


def _port_of(url: SplitResult) -> int:
    port = url.port  # This raises ValueError if the port is not a number or is out of range.
    return PORTS[url.scheme] if port is None else _port(str(port))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f"{text} is not a port")
    return int(text)


def _base(path: str) -> str:
    """Return the path of the interface. It is `kubo/api/v0` for both the path `/kubo` and the path `/kubo/api/v0`."""
    prefix = path.strip("/").removesuffix("api/v0").strip("/")
    return f"{prefix}/api/v0" if prefix else "api/v0"
