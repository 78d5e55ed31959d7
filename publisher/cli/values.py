"""Values of options: sizes, host names, addresses."""

from __future__ import annotations

import re

import click

from publisher.errors import ConfigError

UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt]?)b?", re.IGNORECASE)
LEAST = 20_000_000
"""Bytes below which no block of the largest size would be kept."""


def size(ctx: click.Context, param: click.Parameter, text: str) -> int:
    """Bytes, from `500MB` or `2 GB`."""
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r} is no size: write it as 500MB or 2GB, or 0")
    count = int(float(match[1]) * UNITS[match[2].lower()])
    if 0 < count < LEAST:
        raise click.BadParameter(f"at least {LEAST // 1_000_000}MB, or 0 for nothing on the disk")
    return count


def hosts(given: tuple[str, ...]) -> frozenset[str]:
    """Host names in lower case. ConfigError for what is an address with a port, or a URL."""
    for host in given:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?", host):
            raise ConfigError("publish gateway", f"{host!r} is no host name", hint="write it as gateway.example.org")
    return frozenset(host.lower().rstrip(".") for host in given)


def addresses(given: tuple[str, ...]) -> frozenset[str]:
    """Addresses of proxies, as a socket tells them."""
    import ipaddress

    try:
        return frozenset(str(ipaddress.ip_address(each)) for each in given)
    except ValueError as error:
        raise ConfigError("publish gateway", f"--behind: {error}", hint="write it as 127.0.0.1 or ::1") from error
