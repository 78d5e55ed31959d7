"""Use a Kubo node as a store. This module defines the settings and opens the store. node.py does the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from publisher.fast_dataclass import dataclass
from publisher.http.auth import consistent, credentials
from publisher.stores.kubo.address import address

if TYPE_CHECKING:
    from publisher.stores.base import Store, StoreContext
    from publisher.stores.kubo.http_session import Authorize


@dataclass(frozen=True, slots=True)
class KuboSettings:
    """The table `[stores.LABEL]` with `kind = "kubo"`."""

    api: str = "/ip4/127.0.0.1/tcp/5001"
    """The RPC interface: a multiaddress, an http:// or https:// URL, or env:PUBLISH_X for a variable with either."""
    token_env: str = ""
    """The name of the variable that holds a bearer token."""
    user_env: str = ""
    """The name of the variable that holds the user of basic authentication."""
    password_env: str = ""
    """The name of the variable that holds the password of basic authentication."""
    timeout: float = 120.0
    """A request fails after this number of seconds without a byte. A whole upload may take longer."""
    gateway: str = ""
    """The URL of this node's gateway, from which blocks are read back. If it is empty, they are read through `api`."""


SETTINGS: type[KuboSettings] = KuboSettings


def connect(
    label: str, settings: KuboSettings, context: StoreContext, sleep: Callable[[float], None] = time.sleep
) -> Store:
    """Open the node. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    api = settings.api
    place = address(label, context.address(api.removeprefix("env:")) if api.startswith("env:") else api)
    _consistent(label, settings)
    sign = _authorizer(label, settings, lambda name: context.credential(name, place.url))
    # Importing the client takes a tenth of a second. So the client is imported only when a node is opened.
    from publisher.stores.kubo.node import Kubo
    from publisher.stores.kubo.rpc import open_rpc

    return Kubo(label, open_rpc(label, place, sign, settings.timeout, sleep), settings.gateway, context.proxy)


def check(settings: KuboSettings) -> None:
    """Raise ConfigError if the settings are wrong. The network is not used."""
    _consistent("kubo", settings)
    if not settings.api.startswith("env:"):
        address("kubo", settings.api)


def where(settings: KuboSettings) -> str:
    """Return the address of the node. It is the same text for two stores with the same node.

    Raises ConfigError if the address cannot be parsed.
    """
    api = settings.api
    if api.startswith("env:"):
        return api
    place = address("kubo", api)
    return f"{place.shown.replace('//127.0.0.1:', '//localhost:').replace('//[::1]:', '//localhost:')}/{place.base}"


def _consistent(label: str, settings: KuboSettings) -> None:
    consistent(label, settings.token_env, settings.user_env, settings.password_env, timeout=settings.timeout)


def _authorizer(label: str, settings: KuboSettings, read: Callable[[str], str]) -> Authorize | None:
    """Return a function that adds the credentials to a request, or None without credentials.

    The function is a closure, so that no `repr` shows the secret.
    """
    value = credentials(label, read, settings.token_env, settings.user_env, settings.password_env)
    if value is None:
        return None

    def authorize(request: Any) -> Any:
        request.headers["Authorization"] = value()
        return request

    return authorize
