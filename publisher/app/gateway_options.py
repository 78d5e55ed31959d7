"""Define the options of `publish gateway`."""

from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The options of `publish gateway` on the command line."""

    target: str = ""
    """The name or root that `/` leads to. An empty string stands for the first name of the site."""
    upstream: tuple[str, ...] = ()
    """The URLs of gateways that are asked for missing blocks."""
    rpc: tuple[str, ...] = ()
    """The URLs of the end points that look ENS names up."""
    chain_id: int | None = None
    """The chain of these end points. None stands for the chain of the site's first name, or for Ethereum."""
    dns: str = ""
    """The address of a name server, or `none`. An empty string stands for the name servers of the system."""
    offline: bool = False
    """Serve only blocks that are on this machine, and look no names up."""
    keep: int = 0
    """At most this many bytes of fetched blocks are kept on the disk. With 0, no block is kept."""
    hosts: frozenset[str] = frozenset()
    """The host names that are answered besides localhost and IP addresses."""
    subdomains: frozenset[str] = frozenset()
    """The host names below which each root has a subdomain."""
    behind: frozenset[str] = frozenset()
    """The addresses of the proxies whose headers X-Forwarded-Host and X-Forwarded-Proto are trusted."""
