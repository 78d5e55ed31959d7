"""Use a pinning service as a pinner. This module has the settings and opens the pinner. service.py does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass, field
from publisher.http.auth import Clock, check_url, consistent, credentials, place
from publisher.stores.pinning.presets import PRESETS

if TYPE_CHECKING:
    from publisher.stores.base import Pinner, StoreContext

HELP = "set `api` to the endpoint of a Pinning Service API, without /pins at its end"


@dataclass(frozen=True, slots=True)
class PinningSettings:
    """The table `[stores.LABEL]` with `kind = "pinning"`, for any service with the IPFS Pinning Service API."""

    service: str = field(default="", metadata={"choices": tuple(PRESETS)})
    """The name of a well-known service, whose address the program knows. It is empty if `api` is set."""
    api: str = ""
    """The endpoint, without /pins at its end: a URL, or env:PUBLISH_X for a variable that has the URL."""
    token_env: str = ""
    """The name of the variable that holds the access token."""
    gateway: str = ""
    """The URL of a gateway of the service that returns blocks unchanged. If it is empty, blocks are not read back."""
    origins: tuple[str, ...] = ()
    """Further multiaddresses of nodes that have the blocks. Each ends in /p2p/ID."""
    wait: float = 300.0
    """A run waits this number of seconds for the status `pinned`. If a pin takes longer, a later run waits again."""
    timeout: float = 30.0
    """A request fails after this number of seconds without a byte."""


SETTINGS: type[PinningSettings] = PinningSettings


def connect(label: str, settings: PinningSettings, context: StoreContext, clock: Clock | None = None) -> Pinner:
    """Open the service. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    _consistent(label, settings)
    preset = PRESETS.get(settings.service)
    base = place(label, settings.api or (preset.api if preset else ""), context.address).removesuffix("/pins")
    own = preset.hosts if preset else ()
    sign = credentials(label, lambda name: context.credential(name, base, own), settings.token_env)
    from publisher.http.client import open_service
    from publisher.http.errors import ServiceCall
    from publisher.http.redact import host_of
    from publisher.stores.pinning.api import Pins
    from publisher.stores.pinning.service import PinningService

    asked = ServiceCall(label, "Pinning Service API", host_of(base), settings.timeout, sign is not None, HELP)
    pins = Pins(open_service(asked, base, sign, clock or Clock(), context.proxy(base)))
    gateway = settings.gateway or (preset.gateway if preset else "")
    return PinningService(label, pins, settings.wait, gateway, settings.origins, preset, context.proxy)


def check(settings: PinningSettings) -> None:
    """Raise ConfigError if the settings are wrong. The network is not used."""
    _consistent("pinning", settings)
    if settings.api and not settings.api.startswith("env:"):
        check_url("pinning", "api", settings.api)


def where(settings: PinningSettings) -> str:
    """Return a text about the service and the account. It is the same for two pinners with the same account."""
    api = settings.api or PRESETS[settings.service].api
    return f"{api.rstrip('/').removesuffix('/pins')} {settings.token_env}"


def _consistent(label: str, settings: PinningSettings) -> None:
    consistent(label, settings.token_env, timeout=settings.timeout, wait=settings.wait)
    if settings.service and settings.service not in PRESETS:
        raise ConfigError(
            label, f"service: there is no preset {settings.service!r}", hint=f"write one of {', '.join(PRESETS)}"
        )
    if not settings.service and not settings.api:
        hint = f"set api to its endpoint, or service to one of {', '.join(PRESETS)}"
        raise ConfigError(label, "api is missing", hint=hint)
    if settings.gateway:
        check_url(label, "gateway", settings.gateway)
    for one in settings.origins:
        if not one.startswith("/") or "/p2p/" not in one:
            raise ConfigError(
                label, "origins must be multiaddresses that end in /p2p/ID", hint="copy them from `ipfs id`"
            )
