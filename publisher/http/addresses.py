"""How far an IP address reaches: told by the registers of IANA that `ipaddress` knows, not by its digits."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
"""RFC 8215: where in it an address of IPv4 stands is for each network to say."""
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_loopback(host: str) -> bool:
    """Whether a host, without brackets and port, is this machine: `localhost`, or an address that never leaves it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_here(address: str) -> bool:
    """Whether an address means something on this machine or its own wire alone. ValueError for what is no address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_loopback or found.is_link_local or found.is_unspecified


def is_public(address: str) -> bool:
    """Whether an address of IPv4 or IPv6 is one of the public network; also one that carries another one in it.

    ValueError for what is no address.
    """
    return all(each.is_global and not each.is_multicast for each in _within(address))


def _within(address: str) -> Iterator[Any]:
    """The addresses that count: itself, and the one of IPv4 that it leads to."""
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
