"""What somebody who starts a gateway wants of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What the command line says."""

    target: str = ""
    upstream: tuple[str, ...] = ()
    rpc: tuple[str, ...] = ()
    chain_id: int | None = None
    dns: str = ""
    """The address of a name server, `none`, or empty for those of the system."""
    offline: bool = False
    keep: int = 0
    """Bytes of fetched blocks on the disk."""
    hosts: frozenset[str] = frozenset()
    subdomains: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()
