"""What a service's settings say of where it is and who we are: read without loading anything that talks."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from publisher.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Clock:
    """How time passes: tests hand in another."""

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


def credentials(
    label: str, read: Callable[[str], str], token_env: str = "", user_env: str = "", password_env: str = ""
) -> Callable[[], str] | None:
    """What makes the Authorization header, None without credentials. ConfigError when a variable cannot be used.

    `read` gives the value of a variable that may be sent to this service.
    """
    if token_env:
        value = "Bearer " + read(token_env).strip()
    elif user_env:
        pair = f"{read(user_env)}:{read(password_env)}"
        value = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        return None
    if not value.isprintable() or not value.isascii() or value == "Bearer ":
        what = "the token is empty or holds characters that no HTTP header can carry"
        raise ConfigError(label, what, hint="a line end inside, perhaps?")
    return lambda: value


def consistent(label: str, token_env: str, user_env: str = "", password_env: str = "", **seconds: float) -> None:
    """ConfigError for variables that exclude or need each other, and for lengths of time that are none."""
    for key, value in seconds.items():
        if not value > 0:
            raise ConfigError(label, f"{key}: {value:g} is not a number of seconds above 0")
    if token_env and (user_env or password_env):
        hint = "keep the one that it knows at the other end"
        raise ConfigError(label, "token-env and user-env exclude each other", hint=hint)
    if bool(user_env) != bool(password_env):
        raise ConfigError(label, "user-env and password-env belong together", hint="set both or none")


def place(label: str, api: str, address: Callable[[str], str]) -> str:
    """The URL that `api` means, without a slash at its end; `address` reads it from a variable. ConfigError when it is
    none."""
    url = address(api.removeprefix("env:")).strip() if api.startswith("env:") else api
    check_url(label, "api", url)
    return url.rstrip("/")


def check_url(label: str, key: str, url: str) -> None:
    """ConfigError, beginning with the key, for what is not an http:// or https:// URL."""
    try:
        parts = urlsplit(url)
        fault = "" if parts.scheme in ("http", "https") and parts.hostname else "not an http:// or https:// URL"
        fault = fault or ("a port that is none" if parts.port == 0 else "")
        fault = fault or ("" if is_host(parts.hostname or "") else "it names no host")
    except ValueError:
        parts, fault = urlsplit(""), "not a URL"
    if parts.username is not None or parts.password is not None:
        fault = "credentials do not belong in the address: name their variables in …-env"
    if parts.query or parts.fragment:
        fault = "an address has no ? or # part"
    if fault:
        raise ConfigError(label, f"{key}: {fault}", hint='write it as "https://host.example.org:9094"')


NAME = re.compile(r"(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?")
"""What a host may be called. A sign of URLs in it would be part of the name to one reader, and its end to another."""


def is_host(text: str) -> bool:
    """Whether this is an address of IPv4 or IPv6, or what a host may be called."""
    return bool(NAME.fullmatch(text)) or host_kind(text) != "dns"


def host_kind(host: str) -> str:
    """ip4 or ip6 for an address, dns for anything else."""
    try:
        return f"ip{ip_address(host).version}"
    except ValueError:
        return "dns"
