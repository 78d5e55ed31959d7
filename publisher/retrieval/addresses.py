"""Check the address of a gateway or a router before anything is sent to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from publisher.errors import ConfigError
from publisher.http.redact import host_of


def check_address(who: str, url: str) -> None:
    """Raise ConfigError for a URL that cannot be the address of a gateway or a router.

    A password in the URL is refused, because messages could show it. `who` is the subject of the error.
    """
    try:
        place = urlsplit(url)
        fault = (
            ""
            if place.scheme in ("http", "https") and place.hostname
            else "the address is not an http:// or https:// URL"
        )
        fault = fault or ("the port must be from 1 to 65535" if place.port == 0 else "")
    except ValueError:
        raise ConfigError(who, "the address is not a URL", hint='write it as "http://127.0.0.1:8080"') from None
    if fault:
        raise ConfigError(who, fault, hint='write it as "http://127.0.0.1:8080"')
    if place.username is not None or place.password is not None:
        hint = "name a gateway that asks for no credentials, or put a proxy before it that adds them"
        raise ConfigError(who, f"{host_of(url)}: credentials in the address are not sent to a gateway", hint=hint)
    if place.query or place.fragment:
        raise ConfigError(
            who, f"{host_of(url)}: the address of a gateway must have no ? or # part", hint="remove that part"
        )
