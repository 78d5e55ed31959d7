"""Read the address and the credentials in the settings of a service. No HTTP library is imported for this."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The time functions, both in seconds. Tests pass other functions."""

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


def credentials(
    label: str, read: Callable[[str], str], token_env: str = "", user_env: str = "", password_env: str = ""
) -> Callable[[], str] | None:
    """Return a function that returns the value of the Authorization header. Return None without credentials.

    `read` returns the value of a variable that may be sent to this service. Raises ConfigError if a header cannot
    contain the value.
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
        raise ConfigError(label, what, hint="copy the token again, without a line end inside")
    return lambda: value


def consistent(label: str, token_env: str, user_env: str = "", password_env: str = "", **seconds: float) -> None:
    """Raise ConfigError for variables that exclude or need each other, and for times that are not above 0 seconds."""
    for key, value in seconds.items():
        if not value > 0:
            raise ConfigError(
                label, f"{key} is {value:g}, not a number of seconds above 0", hint="write a number above 0"
            )
    if token_env and (user_env or password_env):
        hint = "keep the one that the service knows"
        raise ConfigError(label, "token-env and user-env exclude each other", hint=hint)
    if bool(user_env) != bool(password_env):
        raise ConfigError(label, "user-env and password-env belong together", hint="set both or none")


def place(label: str, api: str, address: Callable[[str], str]) -> str:
    """Return the URL in the setting `api`, without a slash at its end. Raises ConfigError if it is not a URL.

    If `api` is `env:PUBLISH_X`, `address` returns the value of this variable.
    """
    url = address(api.removeprefix("env:")).strip() if api.startswith("env:") else api
    check_url(label, "api", url)
    return url.rstrip("/")


def check_url(label: str, key: str, url: str) -> None:
    """Raise ConfigError if `url` is not an http:// or https:// URL. The message begins with `key`."""
    try:
        parts = urlsplit(url)
        fault = (
            ""
            if parts.scheme in ("http", "https") and parts.hostname
            else "the address is not an http:// or https:// URL"
        )
        fault = fault or ("the port must be from 1 to 65535" if parts.port == 0 else "")
        fault = fault or ("" if is_host(parts.hostname or "") else "the address names no host")
    except ValueError:
        parts, fault = urlsplit(""), "the address is not a URL"
    if parts.username is not None or parts.password is not None:
        fault = "the address must have no credentials: put them into variables, and name these in the …-env settings"
    if parts.query or parts.fragment:
        fault = "the address must have no ? or # part"
    if fault:
        raise ConfigError(label, f"{key}: {fault}", hint='write it as "https://host.example.org:9094"')


NAME = re.compile(r"(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?")
"""Matches host names. Other characters are refused, because programs disagree about the host of such a URL."""


def is_host(text: str) -> bool:
    """Return whether a text is an IP address or can be a host name."""
    return bool(NAME.fullmatch(text)) or host_kind(text) != "dns"


def host_kind(host: str) -> str:
    """Return `ip4` or `ip6` for an IP address, and `dns` for any other text."""
    try:
        return f"ip{ip_address(host).version}"
    except ValueError:
        return "dns"
