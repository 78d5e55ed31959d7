"""Find out which machines can reach an IP address. `ipaddress` knows the registries of IANA.

The registry for IPv6 is https://www.iana.org/assignments/iana-ipv6-special-registry/.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
"""An address in this network contains an IPv4 address (RFC 8215).

The operator of the network decides which bits contain it, so this program cannot read it.
"""
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_loopback(host: str) -> bool:
    """Return whether `host` is `localhost` or a loopback address. `host` has no brackets and no port."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_here(address: str) -> bool:
    """Return whether an IP address is valid only on this machine or its link. Raises ValueError for another text."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_loopback or found.is_link_local or found.is_unspecified


def is_public(address: str) -> bool:
    """Return whether an IP address is public. An IPv4 address in it has to be public too.

    Raises ValueError for a text that is not an IP address.
    """
    return all(each.is_global and not each.is_multicast for each in _within(address))


def _within(address: str) -> Iterator[Any]:
    """Yield the addresses to which packets for this address may go: itself, or an IPv4 address in it.

    A loopback address is added if the address is in a private network, or if its IPv4 address is unknown. So the
    address does not count as public.
    """
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
