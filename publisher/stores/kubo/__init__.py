"""A Kubo node as a store: its settings, and how it is opened. Its work is in node.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher.http.auth import consistent, credentials
from publisher.stores.base import Store, StoreContext
from publisher.stores.kubo.address import address

if TYPE_CHECKING:
    from publisher.stores.kubo.session import Authorize


@dataclass(frozen=True, slots=True)
class KuboSettings:
    """`[stores.LABEL]` with `kind = "kubo"`."""

    api: str = "/ip4/127.0.0.1/tcp/5001"
    """The RPC interface: a multiaddress, an http:// or https:// URL, or env:PUBLISH_X for a variable that holds one."""
    token_env: str = ""
    """The name of the variable that holds a bearer token."""
    user_env: str = ""
    """The name of the variable that holds the user of basic authentication."""
    password_env: str = ""
    """The name of the variable that holds the password of basic authentication."""
    timeout: float = 120.0
    """Seconds of silence after which a request fails. An upload may take longer."""
    gateway: str = ""
    """URL of this node's gateway, for reading blocks back; empty: they are read through `api`."""


SETTINGS: type[KuboSettings] = KuboSettings


def connect(
    label: str, settings: KuboSettings, context: StoreContext, sleep: Callable[[float], None] = time.sleep
) -> Store:
    """Open the node. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    api = settings.api
    place = address(label, context.address(api.removeprefix("env:")) if api.startswith("env:") else api)
    _consistent(label, settings)
    sign = _authorizer(label, settings, lambda name: context.credential(name, place.url))
    # Loading the client takes a tenth of a second, so it is loaded only here.
    from publisher.stores.kubo.node import Kubo
    from publisher.stores.kubo.rpc import open_rpc

    return Kubo(label, open_rpc(label, place, sign, settings.timeout, sleep), settings.gateway, context.proxy)


def check(settings: KuboSettings) -> None:
    """Raise ConfigError for settings that are wrong. It uses no network."""
    _consistent("kubo", settings)
    if not settings.api.startswith("env:"):
        address("kubo", settings.api)


def where(settings: KuboSettings) -> str:
    """Return a text that is the same for two stores with the same node. Raises ConfigError for a bad address."""
    api = settings.api
    if api.startswith("env:"):
        return api
    place = address("kubo", api)
    return f"{place.shown.replace('//127.0.0.1:', '//localhost:').replace('//[::1]:', '//localhost:')}/{place.base}"


def _consistent(label: str, settings: KuboSettings) -> None:
    consistent(label, settings.token_env, settings.user_env, settings.password_env, timeout=settings.timeout)


def _authorizer(label: str, settings: KuboSettings, read: Callable[[str], str]) -> Authorize | None:
    """Return a function that adds the header to a request. It is a closure, so that no repr shows the secret."""
    value = credentials(label, read, settings.token_env, settings.user_env, settings.password_env)
    if value is None:
        return None

    def authorize(request: Any) -> Any:
        request.headers["Authorization"] = value()
        return request

    return authorize
