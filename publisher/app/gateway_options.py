"""The options of `publish gateway`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The options of the command line."""

    target: str = ""
    upstream: tuple[str, ...] = ()
    rpc: tuple[str, ...] = ()
    chain_id: int | None = None
    dns: str = ""
    """The address of a name server, `none`, or an empty string for those of the system."""
    offline: bool = False
    keep: int = 0
    """The limit in bytes for fetched blocks on the disk."""
    hosts: frozenset[str] = frozenset()
    subdomains: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()
