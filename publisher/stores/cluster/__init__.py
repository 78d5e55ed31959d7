"""Use an IPFS Cluster as a store. This module defines the settings and opens the store. service.py does the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.http.auth import Clock, check_url, consistent, credentials, place

if TYPE_CHECKING:
    from publisher.stores.base import Store, StoreContext

HELP = (
    "set `api` to the REST interface of a cluster peer (usually port 9094), "
    "not to its proxy (9095) or pinning service (9097)"
)


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """The table `[stores.LABEL]` with `kind = "cluster"`."""

    api: str = "http://127.0.0.1:9094"
    """The REST interface of one peer: an http:// or https:// URL, or env:PUBLISH_X for a variable that has the URL."""
    token_env: str = ""
    """The name of the variable that holds a bearer token."""
    user_env: str = ""
    """The name of the variable that holds the user of basic authentication."""
    password_env: str = ""
    """The name of the variable that holds the password of basic authentication."""
    replication: int = 0
    """This many peers have to hold each root. 0 stands for the cluster's own setting, and -1 for all peers."""
    replication_min: int = 0
    """This many peers are enough if fewer than `replication` are running. 0 stands for the number in `replication`."""
    expire: str = ""
    """The cluster unpins a root after this time, such as "12h" or "30d". If it is empty, the root stays pinned."""
    wait: float = 120.0
    """After the upload, every peer has to report within this number of seconds that it holds the root."""
    timeout: float = 60.0
    """A request fails after this number of seconds without a byte. A whole upload may take longer."""
    gateway: str = ""
    """The URL of a gateway of one of the nodes. If it is empty, blocks are not read back."""


SETTINGS: type[ClusterSettings] = ClusterSettings


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def connect(label: str, settings: ClusterSettings, context: StoreContext, clock: Clock | None = None) -> Store:
    """Open the cluster. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    _consistent(label, settings)
    base = place(label, settings.api, context.address)
    given = settings.token_env, settings.user_env, settings.password_env
    sign = credentials(label, lambda name: context.credential(name, base), *given)
    from publisher.http.client import open_service
    from publisher.http.errors import ServiceCall
    from publisher.http.redact import host_of
    from publisher.stores.cluster.rest import ClusterApi
    from publisher.stores.cluster.service import Cluster, PinOptions

    asked = ServiceCall(label, "IPFS Cluster", host_of(base), settings.timeout, sign is not None, HELP)
    least = settings.replication_min or settings.replication
    terms = PinOptions(settings.replication, least, seconds(settings.expire), settings.wait)
    rest = ClusterApi(open_service(asked, base, sign, clock or Clock(), context.proxy(base)))
    return Cluster(label, rest, terms, settings.gateway, context.proxy)


def check(settings: ClusterSettings) -> None:
    """Raise ConfigError if the settings are wrong. The network is not used."""
    _consistent("cluster", settings)
    if not settings.api.startswith("env:"):
        check_url("cluster", "api", settings.api)


def where(settings: ClusterSettings) -> str:
    """Return the address of the peer. It is the same text for two stores with the same peer."""
    return settings.api.rstrip("/")


def seconds(text: str) -> int:
    """Return the number of seconds in a duration such as "90m", "30d" or "3600". Return 0 for an empty text.

    Raises ValueError for any other text.
    """
    if not text:
        return 0
    parts = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text.strip())
    if not parts or int(parts[1]) < 1:
        raise ValueError(text)
    return int(parts[1]) * UNITS[parts[2] or "s"]


def _consistent(label: str, settings: ClusterSettings) -> None:
    given = settings.token_env, settings.user_env, settings.password_env
    consistent(label, *given, timeout=settings.timeout, wait=settings.wait)
    if settings.replication < -1:
        raise ConfigError(
            label,
            "replication is not a number of peers",
            hint="write a number from 1, 0 for the cluster's own setting, or -1 for all peers",
        )
    if settings.replication_min < 0 or settings.replication_min > max(0, settings.replication):
        raise ConfigError(
            label, "replication-min must be from 1 to `replication`", hint="correct replication-min, or leave it out"
        )
    try:
        seconds(settings.expire)
    except ValueError as error:
        raise ConfigError(label, "expire is not a duration", hint='write "12h", "30d" or "3600" (seconds)') from error
    if settings.gateway:
        check_url(label, "gateway", settings.gateway)
