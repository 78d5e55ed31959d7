"""The reach of IP addresses, by the registries of IANA that `ipaddress` knows.

IANA: https://www.iana.org/assignments/iana-ipv6-special-registry/
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
"""RFC 8215: each network decides where in it an IPv4 address stands."""
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_loopback(host: str) -> bool:
    """Return whether a host, without brackets and port, is this machine: `localhost` or a loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_here(address: str) -> bool:
    """Return whether an address is valid only on this machine or its link. Raises ValueError for a bad address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_loopback or found.is_link_local or found.is_unspecified


def is_public(address: str) -> bool:
    """Return whether an IP address is public, and also the IPv4 address that it may contain. Raises ValueError."""
    return all(each.is_global and not each.is_multicast for each in _within(address))


def _within(address: str) -> Iterator[Any]:
    """Yield the addresses that count: the address itself, or the IPv4 address that it leads to."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        yield found
    elif found.ipv4_mapped is not None:
        yield found.ipv4_mapped
    elif found in _NAT64 or found in _COMPATIBLE:
        yield ipaddress.ip_address(int(found) & 0xFFFFFFFF)
    else:
        yield from (found, *([found.sixtofour] if found.sixtofour is not None else []))
        if found.is_site_local or found in _LOCAL_NAT64:
            yield ipaddress.ip_address("::1")
